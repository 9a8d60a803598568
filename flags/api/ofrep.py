"""OpenFeature Remote Evaluation Protocol: any OpenFeature SDK can ask this server.

The protocol: https://github.com/open-feature/protocol, service/openapi.yaml, 0.3.0. It has
bodies of its own for 400 and 404; every other refusal is in the envelope of the product.
"""

import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from uuid import UUID

from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.models import User
from flags.api.asking import subjects_of
from flags.api.serializers import Scope
from flags.evaluation import Decision, Reason, Snapshot
from saas.errors import NotAllowed, NotFound
from workspaces.errors import WorkspaceDisabled, WorkspaceSuspended
from workspaces.models import Workspace


class ContextSerializer(serializers.Serializer):
    """Whom to evaluate for. More properties may be sent and are not looked at."""

    targetingKey = serializers.UUIDField(
        required=False, help_text="A user's id: yours, unless staff ask."
    )
    workspace_id = serializers.UUIDField(
        required=False, help_text="A workspace of that user."
    )


class EvaluationSubjectSerializer(serializers.Serializer):
    context = ContextSerializer(required=False)


class MetadataSerializer(serializers.Serializer):
    scope = serializers.ChoiceField(Scope.choices, help_text="Of the row that decided.")


class EvaluationSerializer(serializers.Serializer):
    key = serializers.CharField()
    value = serializers.BooleanField()
    reason = serializers.ChoiceField([reason.value for reason in Reason])
    variant = serializers.ChoiceField(["on", "off"])
    metadata = MetadataSerializer()


class EvaluationsSerializer(serializers.Serializer):
    """Every feature that has a row for this context."""

    flags = EvaluationSerializer(many=True)


class EvaluationFailureSerializer(serializers.Serializer):
    key = serializers.CharField(required=False)
    errorCode = serializers.ChoiceField(
        ["PARSE_ERROR", "INVALID_CONTEXT", "FLAG_NOT_FOUND"]
    )
    errorDetails = serializers.CharField()


@dataclass
class Refused(Exception):
    """A refusal that the protocol has a body for."""

    status: HTTPStatus
    code: str
    details: str


class EvaluationViewSet(ViewSet):
    """What both routes share: whom they evaluate for, and how they refuse."""

    def subjects(self) -> tuple[User, Workspace | None]:
        context = self._body().get("context", {})
        if not isinstance(context, dict):
            _refuse_context("The context is no object.")
        try:
            return subjects_of(
                self.request,
                _uuid(context, "targetingKey"),
                _uuid(context, "workspace_id"),
            )
        except (WorkspaceDisabled, WorkspaceSuspended):
            raise
        except (NotFound, NotAllowed) as e:
            _refuse_context(e.message, e)

    def _body(self) -> dict[str, Any]:
        try:
            return self.request.data
        except (ParseError, ValidationError) as e:
            details = "The body is not a JSON object."
            raise Refused(HTTPStatus.BAD_REQUEST, "PARSE_ERROR", details) from e

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, Refused):
            return super().handle_exception(exc)
        body = {"errorCode": exc.code, "errorDetails": exc.details}
        if "key" in self.kwargs:
            body["key"] = self.kwargs["key"]
        return Response(body, status=exc.status)


FAILURE = OpenApiResponse(EvaluationFailureSerializer)


class EvaluateOneViewSet(EvaluationViewSet):
    @extend_schema(
        operation_id="ofrep_evaluate_one",
        tags=["ofrep"],
        parameters=[OpenApiParameter("key", str, OpenApiParameter.PATH)],
        request=EvaluationSubjectSerializer,
        responses={
            HTTPStatus.OK: EvaluationSerializer,
            HTTPStatus.BAD_REQUEST: FAILURE,
            HTTPStatus.NOT_FOUND: FAILURE,
        },
    )
    def create(self, request: Request, key: str) -> Response:
        """Evaluate one feature (OpenFeature, for servers).

        404 where it has no row for this context: an SDK then takes the default in the code.
        """
        who = self.subjects()
        decision = Snapshot.of(*who, key).decide(key, *who)
        if decision.reason == Reason.UNKNOWN:
            details = "There is no such flag for this context."
            raise Refused(HTTPStatus.NOT_FOUND, "FLAG_NOT_FOUND", details)
        return Response(_evaluation(decision))


class EvaluateAllViewSet(EvaluationViewSet):
    @extend_schema(
        operation_id="ofrep_evaluate_all",
        tags=["ofrep"],
        parameters=[OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)],
        request=EvaluationSubjectSerializer,
        responses={
            HTTPStatus.OK: EvaluationsSerializer,
            HTTPStatus.NOT_MODIFIED: None,
            HTTPStatus.BAD_REQUEST: FAILURE,
        },
    )
    def create(self, request: Request) -> Response:
        """Evaluate all features (OpenFeature, for browsers and apps).

        The ETag stands for the answer itself, so that another context is never told 304.
        """
        who = self.subjects()
        decisions = Snapshot.of(*who).decide_all(*who)
        body = {"flags": [_evaluation(decision) for decision in decisions]}
        canonical = json.dumps([str(who[0].pk), body], sort_keys=True).encode()
        etag = f'"{hashlib.sha256(canonical).hexdigest()}"'
        # By hand: Django's own conditional answers are 412 for a POST.
        known = request.headers.get("If-None-Match", "").split(",")
        if etag in {tag.strip().removeprefix("W/") for tag in known}:
            return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
        return Response(body, headers={"ETag": etag})


def _evaluation(decision: Decision) -> dict[str, Any]:
    return {
        "key": decision.feature_name,
        "value": decision.is_enabled,
        "reason": decision.reason,
        "variant": "on" if decision.is_enabled else "off",
        "metadata": {"scope": decision.scope},
    }


def _uuid(context: dict[str, Any], name: str) -> UUID | None:
    """SDKs send no key, null or "" where they know nobody: that is the caller."""
    value = context.get(name)
    if value in (None, ""):
        return None
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as e:
        _refuse_context(f"{name} is not a UUID.", e)


def _refuse_context(details: str, cause: Exception | None = None) -> NoReturn:
    raise Refused(HTTPStatus.BAD_REQUEST, "INVALID_CONTEXT", details) from cause
