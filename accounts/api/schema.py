"""How the routes of accounts describe themselves in OpenAPI."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class RefusalDetailSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class RefusalSerializer(serializers.Serializer):
    """The envelope of every error; some codes add fields beside it."""

    type = serializers.ChoiceField(["client_error", "validation_error"])
    errors = RefusalDetailSerializer(many=True)


def describe(
    summary: str,
    *,
    request: Any = None,
    answer: Any = None,
    status: HTTPStatus = HTTPStatus.OK,
    refusals: dict[HTTPStatus, str] | None = None,
    public: bool = False,
) -> Callable[..., Any]:
    """`extend_schema` in one line a route; `refusals` says the codes of each status."""
    responses: dict[int, Any] = {
        status: answer or OpenApiResponse(description="Done; no body.")
    }
    for refused, codes in (refusals or {}).items():
        responses[refused] = OpenApiResponse(RefusalSerializer, description=codes)
    return extend_schema(
        summary=summary,
        request=request,
        responses=responses,
        auth=[] if public else None,
        tags=["auth"],
    )
