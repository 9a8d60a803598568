"""The routes under /auth/providers: which providers sign me in, one more, or one less."""

from http import HTTPStatus
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from drf_spectacular.utils import OpenApiResponse, extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.api import bridge
from accounts.api.answers import refuse
from accounts.api.base import AccountsViewSet
from accounts.api.connections import serializers
from accounts.api.serializers import ProviderLoginSerializer
from accounts.providers import connections
from saas.errors import RateLimited
from saas.schema import refuses

CONNECTION = serializers.ConnectionSerializer


@extend_validation_errors(
    ["unknown_provider", "provider_without_id_tokens"], "provider", ["create"]
)
@extend_validation_errors(["invalid_token"], "id_token", ["create"])
class ConnectionViewSet(AccountsViewSet):
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"

    @extend_schema(
        summary="Which providers sign me in",
        operation_id="auth_providers_list",
        responses=serializers.ConnectionsSerializer,
    )
    def list(self, request: Request) -> Response:
        """The oldest first; and all that there are to connect."""
        found = {
            "results": connections.connections_of(request.user),
            "providers": connections.providers(),
        }
        return Response(serializers.ConnectionsSerializer(found).data)

    @extend_schema(
        summary="Connect a provider",
        operation_id="auth_providers_create",
        request=ProviderLoginSerializer,
        responses={
            HTTPStatus.OK: OpenApiResponse(CONNECTION, "Was connected already."),
            HTTPStatus.CREATED: OpenApiResponse(CONNECTION, "Connected."),
        },
    )
    @refuses(
        errors.ReauthenticationRequired,
        errors.SessionExpired,
        errors.ConnectedElsewhere,
        RateLimited,
    )
    def create(self, request: Request) -> Response:
        """With an ID token of it: from now on it signs in here. You are told by mail."""
        data = self.valid(request, ProviderLoginSerializer)
        before = {row.id for row in connections.connections_of(request.user)}
        # First, for it is asked for again, and the token works once.
        self._prove(request)
        answer = self._call(request, "account/connect", data)
        row = SocialAccount.objects.get(pk=answer.data["id"])
        made = connections.described(row)
        status = HTTPStatus.OK if made.id in before else HTTPStatus.CREATED
        return Response(CONNECTION(made).data, status=status)

    @extend_schema(
        summary="Disconnect a provider",
        operation_id="auth_providers_destroy",
        responses={204: None},
    )
    @refuses(errors.ReauthenticationRequired, errors.SessionExpired, errors.LastWayIn)
    def destroy(self, request: Request, id: UUID) -> Response:
        """It does not sign in here any more. You are told by mail."""
        row = connections.connection_by_id(request.user, id)
        self._prove(request)
        connections.disconnect(row)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _prove(self, request: Request) -> None:
        self._call(request, "account/recent_proof", {})

    def _call(self, request: Request, path: str, data: dict) -> bridge.Answer:
        key = request.auth.session_key
        answer = bridge.call(request, "POST", path, data, session_key=key)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return answer
