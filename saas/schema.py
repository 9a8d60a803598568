"""How routes describe themselves in OpenAPI, what they refuse included.

A viewset says what an action refuses with `@refuses(OwnerCannotLeave)`, and what all of its
actions refuse in `refusals = (WorkspaceDisabled,)`. The rest follows from its authentication,
permissions, path and serializers. What any route may answer (405, 406, 413, 415, 500, 503)
is its `default` response.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from drf_standardized_errors.openapi import AutoSchema
from rest_framework import serializers

from saas.api import status_of
from saas.errors import DomainError, NotAllowed, NotFound
from saas.pagination import InvalidCursor, InvalidPageSize

BAD_REQUEST = HTTPStatus.BAD_REQUEST
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

    def get_operation_id(self) -> str:
        """A name that every language takes for a function: without dots."""
        return re.sub(r"\W+", "_", super().get_operation_id()).strip("_")

    def get_summary(self) -> str | None:
        """The first sentence of the docstring, unless `extend_schema` says another one."""
        sentence = re.split(r"[.:;]\s|\.$|\n\n", self.get_description() or "")[0]
        return super().get_summary() or " ".join(sentence.split())

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction=direction)
        if direction != "response":
            return responses
        envelope = self.resolve_serializer(ErrorSerializer, "response").ref
        for status, codes in sorted(self._codes_by_status().items()):
            if str(int(status)) not in responses:
                fields = self._codes_by_field() if status == BAD_REQUEST else {}
                schema = narrowed(envelope, codes, fields)
                responses[str(int(status))] = answer(status.phrase, schema)
        responses["default"] = answer("Any other refusal", envelope)
        return responses

    def _should_add_error_response(self, responses: dict, status_code: str) -> bool:
        return False  # they are added above: inline, instead of five components each

    def _codes_by_status(self) -> dict[HTTPStatus, set[str]]:
        found: defaultdict[HTTPStatus, set[str]] = defaultdict(set)
        for refusal in self._refusals():
            found[status_of(refusal())].add(refusal.code)
        if self._should_add_http401_error_response():
            found[HTTPStatus.UNAUTHORIZED] |= AUTHENTICATION_CODES
        if self.method in {"POST", "PUT", "PATCH"}:
            found[BAD_REQUEST].add("parse_error")
        elif self._should_add_validation_error_response():
            found[BAD_REQUEST] |= set()
        return found

    def _refusals(self) -> set[type[DomainError]]:
        method = getattr(self.view, getattr(self.view, "action", None) or "", None)
        found = {*getattr(self.view, "refusals", ()), *getattr(method, "refusals", ())}
        if self._should_add_http403_error_response():
            found.add(NotAllowed)
        if any(p["in"] == "path" for p in self._get_parameters()):
            found.add(NotFound)
        if self._is_list_view() and self._get_paginator():
            found |= {InvalidCursor, InvalidPageSize}
        return found

    def _codes_by_field(self) -> dict[str, set[str]]:
        """What validation says of each field of the body, or of each filter."""
        if not self._should_add_validation_error_response():
            return {}
        fields = self._determine_fields_with_error_codes()
        return self._get_validation_error_codes_by_field(fields)


def answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


def narrowed(
    envelope: dict[str, Any], codes: set[str], fields: dict[str, set[str]]
) -> dict[str, Any]:
    """The schema of an envelope whose errors are of these codes, or of these fields."""
    kinds = [
        {"attr": {"type": "string", "enum": [name]}, "code": enum(of_field)}
        for name, of_field in sorted(fields.items())
    ]
    if codes:
        kinds.append({"code": enum(codes)})
    items = [{"type": "object", "properties": kind} for kind in kinds]
    errors = {
        "type": "array",
        "items": items[0] if len(items) == 1 else {"anyOf": items},
    }
    return {"allOf": [envelope, {"type": "object", "properties": {"errors": errors}}]}


def enum(codes: set[str]) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(codes)}
