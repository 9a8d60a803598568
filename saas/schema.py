"""How routes describe themselves in OpenAPI, what they refuse included.

A viewset says what an action refuses with `@refuses(OwnerCannotLeave)`, and what all of its
actions refuse in `refusals = (WorkspaceDisabled,)`. The rest follows from its authentication,
permissions, path and serializers. What any route may answer (405, 406, 413, 415, 500, 503)
is its `default` response.
"""

from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from drf_spectacular.utils import PolymorphicProxySerializer
from drf_standardized_errors.openapi import AutoSchema
from drf_standardized_errors.openapi_serializers import ClientErrorEnum
from inflection import camelize
from rest_framework import serializers

from saas.api import status_of
from saas.errors import DomainError, NotAllowed, NotFound
from saas.pagination import InvalidCursor, InvalidPageSize

# What the bearer authentication of `accounts` answers, which this floor cannot import.
AUTHENTICATION_CODES = {"not_authenticated", "token_not_valid", "session_expired"}

Method = TypeVar("Method", bound=Callable[..., Any])


def refuses(*refusals: type[DomainError]) -> Callable[[Method], Method]:
    """Declare the errors of the domain that this action may end in."""

    def declare(method: Method) -> Method:
        method.refusals = refusals
        return method

    return declare


class ErrorItemSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable: switch on this.")
    detail = serializers.CharField(help_text="For people; it may be reworded.")
    attr = serializers.CharField(
        allow_null=True, help_text="The field that is wrong, where it is one field."
    )

    class Meta:
        ref_name = "ErrorItem"


class ErrorSerializer(serializers.Serializer):
    type = serializers.CharField(
        help_text="`validation_error`, `client_error` or `server_error`."
    )
    errors = ErrorItemSerializer(many=True)

    class Meta:
        ref_name = "Error"


class Schema(AutoSchema):
    """drf-spectacular with the error envelope of every route, and its real codes."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction=direction)
        if direction != "response":
            return responses
        envelope = self.resolve_serializer(ErrorSerializer, "response").ref
        for status, codes in sorted(self._codes_by_status().items()):
            if status != HTTPStatus.BAD_REQUEST and str(int(status)) not in responses:
                responses[str(int(status))] = {
                    "description": status.phrase,
                    "content": {
                        "application/json": {"schema": narrowed(envelope, codes)}
                    },
                }
        responses["default"] = {
            "description": "Any other refusal",
            "content": {"application/json": {"schema": envelope}},
        }
        return responses

    def _codes_by_status(self) -> dict[HTTPStatus, set[str]]:
        found: defaultdict[HTTPStatus, set[str]] = defaultdict(set)
        for refusal in self._refusals():
            found[status_of(refusal())].add(refusal.code)
        if self._should_add_http401_error_response():
            found[HTTPStatus.UNAUTHORIZED] |= AUTHENTICATION_CODES
        return found

    def _refusals(self) -> set[type[DomainError]]:
        method = getattr(self.view, getattr(self.view, "action", None) or "", None)
        found = {*getattr(self.view, "refusals", ()), *getattr(method, "refusals", ())}
        if self._should_add_http403_error_response():
            found.add(NotAllowed)
        if any(p["in"] == "path" for p in self._get_parameters()):
            found.add(NotFound)
        if self._get_paginator():
            found |= {InvalidCursor, InvalidPageSize}
        return found

    def _should_add_error_response(self, responses: dict, status_code: str) -> bool:
        if super()._should_add_error_response(responses, status_code):
            return True
        is_declared = HTTPStatus(int(status_code)) in self._codes_by_status()
        return status_code not in responses and is_declared

    def _should_add_parse_error_response(self) -> bool:
        # A GET has no body to parse, whatever parsers the viewset has.
        return self.method in {"POST", "PUT", "PATCH"}

    def _get_http400_serializer(self) -> PolymorphicProxySerializer:
        """Validation errors by field, and the one-line refusals of the same status."""
        name = camelize(self.get_operation_id())
        codes = set(self._codes_by_status().get(HTTPStatus.BAD_REQUEST, ()))
        if self._should_add_parse_error_response():
            codes.add("parse_error")
        kinds = {}
        if self._should_add_validation_error_response():
            kinds["validation_error"] = (
                self._get_serializer_for_validation_error_response()
            )
        if codes:
            kinds["client_error"] = client_error(f"{name}ClientError", codes)
        return PolymorphicProxySerializer(
            component_name=f"{name}ErrorResponse400",
            serializers=kinds,
            resource_type_field_name="type",
        )


def narrowed(envelope: dict[str, Any], codes: set[str]) -> dict[str, Any]:
    """The schema of an envelope whose code is one of `codes`."""
    code = {"type": "string", "enum": sorted(codes)}
    items = {"type": "object", "properties": {"code": code}}
    errors = {"type": "array", "items": items}
    return {"allOf": [envelope, {"type": "object", "properties": {"errors": errors}}]}


def client_error(name: str, codes: set[str]) -> type[serializers.Serializer]:
    """A serializer, for a polymorphic schema takes nothing else."""

    class Item(ErrorItemSerializer):
        code = serializers.ChoiceField(choices=[(code, code) for code in sorted(codes)])

        class Meta:
            ref_name = f"{name}ItemErrorComponent"  # so its enum stays in place

    class ClientError(serializers.Serializer):
        type = serializers.ChoiceField(choices=ClientErrorEnum.choices)
        errors = Item(many=True)

        class Meta:
            ref_name = name

    return ClientError
