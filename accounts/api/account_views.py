"""The routes under /auth for whoever is signed in: profile, password, the end of logins."""

from http import HTTPStatus

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, errors, sessions
from accounts.api import bridge, serializers
from accounts.api.answers import refuse
from accounts.api.base import AccountsViewSet
from accounts.api.schema import describe

NOBODY = "`not_authenticated`, `token_not_valid`, `session_expired`."
LIMITED = {HTTPStatus.TOO_MANY_REQUESTS: "`rate_limited`, with Retry-After."}


class AccountViewSet(AccountsViewSet):
    @describe(
        "Who I am.",
        answer=serializers.UserSerializer,
        refusals={HTTPStatus.UNAUTHORIZED: NOBODY},
    )
    @action(detail=False, methods=["get"])
    def me(self, request: Request) -> Response:
        return Response(serializers.UserSerializer(request.user).data)

    @describe(
        "Change my settings; other fields have no effect.",
        request=serializers.UserSerializer(partial=True),
        answer=serializers.UserSerializer,
        refusals={HTTPStatus.UNAUTHORIZED: NOBODY},
    )
    @me.mapping.patch
    def change_me(self, request: Request) -> Response:
        serializer = serializers.UserSerializer(
            request.user, data=request.data, partial=True
        )
        serializer.is_valid(raise_exception=True)
        actions.change_settings(request.user, **serializer.validated_data)
        return Response(serializers.UserSerializer(request.user).data)

    @describe(
        "End this login.",
        status=HTTPStatus.NO_CONTENT,
        refusals={HTTPStatus.UNAUTHORIZED: NOBODY},
    )
    @action(detail=False, methods=["post"])
    def logout(self, request: Request) -> Response:
        sessions.end_session(request.auth, sessions.LOGOUT)
        return Response(status=HTTPStatus.NO_CONTENT)

    @describe(
        "End all my logins, in the API and on pages.",
        request=serializers.LogoutAllSerializer,
        status=HTTPStatus.NO_CONTENT,
        refusals={HTTPStatus.UNAUTHORIZED: NOBODY},
    )
    @action(detail=False, methods=["post"])
    def logout_all(self, request: Request) -> Response:
        data = self.valid(request, serializers.LogoutAllSerializer)
        keep = request.auth if data["keep_current"] else None
        sessions.end_all_sessions(request.user, sessions.LOGOUT_ALL, keep=keep)
        return Response(status=HTTPStatus.NO_CONTENT)

    @describe(
        "Change my password. All logins end; the answer is a new one.",
        request=serializers.PasswordChangeSerializer,
        answer=serializers.LoginAnswerSerializer,
        refusals={
            HTTPStatus.UNAUTHORIZED: NOBODY,
            HTTPStatus.CONFLICT: "`conflict`: it was changed in the meantime.",
            **LIMITED,
        },
    )
    @action(detail=False, methods=["post"], url_path="password/change")
    def password_change(self, request: Request) -> Response:
        data = self.valid(request, serializers.PasswordChangeSerializer)
        answer = self._call(request, "account/password/change", data)
        if answer.status == HTTPStatus.CONFLICT:
            raise errors.Conflict
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        user = request.user
        user.refresh_from_db()
        # A new login instead of the old: whoever copied its tokens is out as well.
        session, login = bridge.sign_in(request, user, answer.session_key)
        sessions.end_all_sessions(user, sessions.PASSWORD_CHANGED, keep=session)
        return Response(serializers.LoginAnswerSerializer(login).data)

    @describe(
        "Prove again who I am, by password or second factor; holds for 5 minutes.",
        request=serializers.ReauthenticationSerializer,
        status=HTTPStatus.NO_CONTENT,
        refusals={HTTPStatus.UNAUTHORIZED: NOBODY, **LIMITED},
    )
    @action(detail=False, methods=["post"])
    def reauthenticate(self, request: Request) -> Response:
        data = self.valid(request, serializers.ReauthenticationSerializer)
        by_code = "code" in data
        path = "auth/2fa/reauthenticate" if by_code else "auth/reauthenticate"
        answer = self._call(request, path, data)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _call(self, request: Request, path: str, data: dict) -> bridge.Answer:
        return bridge.call(
            request, "POST", path, data, session_key=request.auth.session_key
        )
