"""The routes under /auth for whoever is signed in: profile, password, the end of logins."""

from http import HTTPStatus

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, deletion, errors, export, sessions
from accounts.api import bridge, serializers
from accounts.api.answers import refuse
from accounts.api.base import AccountsViewSet
from accounts.api.schema import NEW_PASSWORD_CODES
from accounts.mfa.enrolment import open_to_unenrolled
from saas.errors import Conflict, RateLimited
from saas.schema import refuses


@extend_validation_errors(
    ["enter_current_password"], "current_password", ["password_change"]
)
@extend_validation_errors(NEW_PASSWORD_CODES, "new_password", ["password_change"])
class AccountViewSet(AccountsViewSet):
    @extend_schema(summary="Who I am", responses=serializers.UserSerializer)
    @open_to_unenrolled
    @action(detail=False, methods=["get"])
    def me(self, request: Request) -> Response:
        """Profile and settings of the caller."""
        return Response(serializers.UserSerializer(request.user).data)

    @extend_schema(
        summary="Change my settings",
        request=serializers.UserSerializer(partial=True),
        responses=serializers.UserSerializer,
    )
    @me.mapping.patch
    def change_me(self, request: Request) -> Response:
        """Fields that are no settings have no effect."""
        serializer = serializers.UserSerializer(
            request.user, data=request.data, partial=True
        )
        serializer.is_valid(raise_exception=True)
        actions.change_settings(request.user, **serializer.validated_data)
        return Response(serializers.UserSerializer(request.user).data)

    @extend_schema(
        summary="Export my data", responses={200: serializers.ExportSerializer}
    )
    @action(detail=False, methods=["get"], url_path="me/export")
    def export(self, request: Request) -> Response:
        """Everything stored about the caller, as one file; no secrets."""
        found = export.everything_about(request.user)
        return Response(found, headers=export.AS_A_FILE)

    @extend_schema(summary="Delete my account", responses={204: None})
    @refuses(
        errors.AccountInUse,
        errors.ReauthenticationRequired,
        *(import_string(path) for path in settings.ACCOUNT_DELETION_REFUSALS),
    )
    @me.mapping.delete
    def delete_me(self, request: Request) -> Response:
        """All personal data goes, every login ends, and one's own workspaces go as well.

        Refused with `blockers` (`[{"code", "detail", "id"}]`) while a workspace with other
        members or a subscription that is renewed depends on it. Invoices are kept.
        """
        answer = self._call(request, "account/recent_proof", {})
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        deletion.delete_account(request.user, by=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(summary="Sign out", request=None, responses={204: None})
    @open_to_unenrolled
    @action(detail=False, methods=["post"])
    def logout(self, request: Request) -> Response:
        """This login ends, with all its tokens; others live."""
        sessions.end_session(request.auth, sessions.LOGOUT)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        summary="Sign out everywhere",
        request=serializers.LogoutAllSerializer,
        responses={204: None},
    )
    @open_to_unenrolled
    @action(detail=False, methods=["post"])
    def logout_all(self, request: Request) -> Response:
        """In the API and on pages; `keep_current` spares this login."""
        data = self.valid(request, serializers.LogoutAllSerializer)
        keep = request.auth if data["keep_current"] else None
        sessions.end_all_sessions(request.user, sessions.LOGOUT_ALL, keep=keep)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        summary="Change my password",
        request=serializers.PasswordChangeSerializer,
        responses=serializers.LoginAnswerSerializer,
    )
    @refuses(Conflict, RateLimited)
    @action(detail=False, methods=["post"], url_path="password/change")
    def password_change(self, request: Request) -> Response:
        """All logins end, this one too; the answer is a new one."""
        data = self.valid(request, serializers.PasswordChangeSerializer)
        answer = self._call(request, "account/password/change", data)
        if answer.status == HTTPStatus.CONFLICT:
            raise Conflict
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        user = request.user
        user.refresh_from_db()
        # A new login instead of the old: whoever copied its tokens is out as well.
        session, login = bridge.sign_in(request, user, answer.session_key)
        sessions.end_all_sessions(user, sessions.PASSWORD_CHANGED, keep=session)
        return Response(serializers.LoginAnswerSerializer(login).data)

    def _call(self, request: Request, path: str, data: dict) -> bridge.Answer:
        return bridge.call(
            request, "POST", path, data, session_key=request.auth.session_key
        )
