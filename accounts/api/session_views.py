"""The routes of one's own logins: where I am signed in, and the end of one of them."""

from http import HTTPStatus
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import AccountsViewSet
from accounts.api.serializers import LoginListSerializer
from accounts.sessions import logins


class SessionViewSet(AccountsViewSet):
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"

    @extend_schema(
        summary="Where I am signed in",
        operation_id="auth_sessions_list",
        responses=LoginListSerializer,
    )
    def list(self, request: Request) -> Response:
        """Logins of the API and of pages, the last used first: the 100 most recent."""
        found = logins.logins_of(request.user, sid=request.auth.pk)
        return Response(LoginListSerializer({"results": found}).data)

    @extend_schema(
        summary="End one of my logins",
        operation_id="auth_sessions_destroy",
        responses={204: None},
    )
    def destroy(self, request: Request, id: UUID) -> Response:
        """Its tokens and its cookie are refused from the next request on."""
        logins.end_login(request.user, id)
        return Response(status=HTTPStatus.NO_CONTENT)
