"""Pages of lists."""

from typing import Any

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """`{next, previous, results}`; the cost of a page does not grow with its depth.

    A viewset orders its queryset itself, ending on the key; `ordering` of the view says so.
    """

    ordering = ("-created_at", "-id")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
