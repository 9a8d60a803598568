"""Pages of lists."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from saas.errors import Invalid

NOWHERE = Cursor(offset=0, reverse=False, position=None)  # what no link of ours says


class InvalidCursor(Invalid):
    code = "invalid_cursor"
    message = "This cursor is not one of ours. Take it from `next` or `previous`."


class InvalidPageSize(Invalid):
    code = "invalid_page_size"
    message = "page_size must be a whole number, 1 or more."


class Pages(CursorPagination):
    """`{next, previous, results}`; the cost of a page does not grow with its depth.

    A viewset orders its queryset itself, ending on the key; `ordering` of the view says so.
    """

    ordering = ("-created_at", "-id")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(
        self, queryset: QuerySet, request: Request, view: Any = None
    ) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (DataError, ValidationError, ValueError, OverflowError) as e:
            if self.cursor_query_param not in request.query_params:
                raise
            # The position in a forged cursor is not of the column's type.
            raise InvalidCursor(attr=self.cursor_query_param) from e

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
        except NotFound as e:
            raise InvalidCursor(attr=self.cursor_query_param) from e
        if cursor == NOWHERE:
            raise InvalidCursor(attr=self.cursor_query_param)
        return cursor

    def get_page_size(self, request: Request) -> int:
        """What the client asked for, up to the maximum."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdecimal() and asked.strip("0")):
            raise InvalidPageSize(attr=self.page_size_query_param)
        return min(int(asked[:9]), self.max_page_size)

    def get_ordering(
        self, request: Request, queryset: QuerySet, view: Any
    ) -> tuple[str, ...]:
        return tuple(getattr(view, "ordering", self.ordering))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor, size = super().get_schema_operation_parameters(view)
        size["schema"] |= {
            "minimum": 1,
            "maximum": self.max_page_size,
            "default": self.page_size,
        }
        return [cursor, size]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
