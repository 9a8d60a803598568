"""The routes under /auth for anyone: register, sign in, stay signed in, reset a password."""

from http import HTTPStatus

from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors, sessions
from accounts.api import bridge, serializers
from accounts.api.answers import finish_login, refuse
from accounts.api.base import AccountsViewSet
from accounts.api.flows import flow_token, session_key_of, spend_attempt
from accounts.api.schema import describe
from saas.errors import RateLimited

LOGIN = serializers.LoginAnswerSerializer
LIMITED = {HTTPStatus.TOO_MANY_REQUESTS: "`rate_limited`, with Retry-After."}
FLOW_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: "`session_expired`: start again.",
    HTTPStatus.CONFLICT: "`flow_not_pending`: nothing to complete in this flow.",
    **LIMITED,
}


class AuthViewSet(AccountsViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @describe(
        "Register an address; a code goes to it. A taken address gets the same answer.",
        request=serializers.CredentialsSerializer,
        answer=serializers.VerificationSentSerializer,
        status=HTTPStatus.ACCEPTED,
        refusals={HTTPStatus.FORBIDDEN: "`signup_closed`.", **LIMITED},
        public=True,
    )
    @action(detail=False, methods=["post"])
    def register(self, request: Request) -> Response:
        data = self.valid(request, serializers.CredentialsSerializer)
        answer = bridge.call(request, "POST", "auth/signup", data)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise errors.SignupClosed
        if answer.status != HTTPStatus.UNAUTHORIZED:
            refuse(answer)
        if answer.pending is None:
            # Registered, but this address has had its share of mails for now.
            raise RateLimited
        return self._verification_sent(answer.session_key)

    @describe(
        "Confirm an address with the code of the mail, and be signed in.",
        request=serializers.CodeSerializer,
        answer=LOGIN,
        refusals=FLOW_REFUSALS,
        public=True,
    )
    @action(detail=False, methods=["post"], url_path="email/verify")
    def email_verify(self, request: Request) -> Response:
        data = self.valid(request, serializers.CodeSerializer)
        session_key = session_key_of(data["flow"])
        spend_attempt(session_key)
        answer = bridge.call(
            request,
            "POST",
            "auth/email/verify",
            {"key": data["code"]},
            session_key=session_key,
        )
        login = finish_login(request, answer, otherwise=errors.FlowNotPending)
        return Response(LOGIN(login).data)

    @describe(
        "Send a new code; the old one stops working.",
        request=serializers.FlowSerializer,
        answer=serializers.VerificationSentSerializer,
        status=HTTPStatus.ACCEPTED,
        refusals=FLOW_REFUSALS,
        public=True,
    )
    @action(detail=False, methods=["post"], url_path="email/resend")
    def email_resend(self, request: Request) -> Response:
        data = self.valid(request, serializers.FlowSerializer)
        session_key = session_key_of(data["flow"])
        answer = bridge.call(
            request, "POST", "auth/email/verify/resend", session_key=session_key
        )
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return self._verification_sent(session_key)

    @describe(
        "Sign in with address and password.",
        request=serializers.CredentialsSerializer,
        answer=LOGIN,
        refusals={
            HTTPStatus.UNAUTHORIZED: "`invalid_credentials`, `account_disabled`, or "
            "`mfa_required` with `flow` and `types`.",
            HTTPStatus.FORBIDDEN: "`email_not_verified`, with `flow`.",
            **LIMITED,
        },
        public=True,
    )
    @action(detail=False, methods=["post"])
    def login(self, request: Request) -> Response:
        data = self.valid(request, serializers.CredentialsSerializer)
        answer = bridge.call(request, "POST", "auth/login", data)
        login = finish_login(request, answer, otherwise=errors.AccountDisabled)
        return Response(LOGIN(login).data)

    @describe(
        "Complete a login with a code of the second factor.",
        request=serializers.CodeSerializer,
        answer=LOGIN,
        refusals=FLOW_REFUSALS,
        public=True,
    )
    @action(detail=False, methods=["post"], url_path="login/mfa")
    def login_mfa(self, request: Request) -> Response:
        data = self.valid(request, serializers.CodeSerializer)
        answer = bridge.call(
            request,
            "POST",
            "auth/2fa/authenticate",
            {"code": data["code"]},
            session_key=session_key_of(data["flow"]),
        )
        login = finish_login(request, answer, otherwise=errors.FlowNotPending)
        return Response(LOGIN(login).data)

    @describe(
        "Trade a refresh token for a new pair. A spent one ends its whole login.",
        request=serializers.RefreshSerializer,
        answer=serializers.TokensSerializer,
        refusals={
            HTTPStatus.UNAUTHORIZED: "`token_not_valid`, `session_expired`, "
            "`token_reused`.",
        },
        public=True,
    )
    @action(detail=False, methods=["post"])
    def refresh(self, request: Request) -> Response:
        data = self.valid(request, serializers.RefreshSerializer)
        return Response(sessions.refresh_session(data["refresh"]))

    @describe(
        "Mail a link to set a new password. An unknown address gets the same answer.",
        request=serializers.EmailSerializer,
        answer=serializers.StatusSerializer,
        status=HTTPStatus.ACCEPTED,
        refusals=LIMITED,
        public=True,
    )
    @action(detail=False, methods=["post"], url_path="password/reset")
    def password_reset(self, request: Request) -> Response:
        data = self.valid(request, serializers.EmailSerializer)
        answer = bridge.call(request, "POST", "auth/password/request", data)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return Response({"status": "reset_sent"}, status=HTTPStatus.ACCEPTED)

    @describe(
        "Set a new password with the key of the mail; every login ends.",
        request=serializers.PasswordResetSerializer,
        answer=serializers.StatusSerializer,
        refusals=LIMITED,
        public=True,
    )
    @action(detail=False, methods=["post"], url_path="password/reset/confirm")
    def password_reset_confirm(self, request: Request) -> Response:
        data = self.valid(request, serializers.PasswordResetSerializer)
        answer = bridge.call(request, "POST", "auth/password/reset", data)
        if answer.status == HTTPStatus.CONFLICT:
            raise errors.InvalidResetKey(attr="key")
        # allauth says 401 for "done, and nobody is logged in".
        if answer.status not in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}:
            refuse(answer)
        return Response({"status": "password_reset"})

    def _verification_sent(self, session_key: str) -> Response:
        return Response(
            {"status": "verification_sent", "flow": flow_token(session_key)},
            status=HTTPStatus.ACCEPTED,
        )
