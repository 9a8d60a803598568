"""The routes under /auth for anyone: register, sign in, stay signed in, reset a password."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors, sessions
from accounts.api import bridge, serializers
from accounts.api.answers import IN_A_FLOW, finish_login, refuse
from accounts.api.base import AccountsViewSet
from accounts.api.flows import flow_token, session_key_of, spend_attempt
from accounts.api.schema import NEW_PASSWORD_CODES
from saas.errors import RateLimited
from saas.schema import refuses

LOGIN = serializers.LoginAnswerSerializer
SENT = {202: serializers.VerificationSentSerializer}


@extend_validation_errors(["incorrect_code", "email_taken"], "code", ["email_verify"])
@extend_validation_errors(["invalid_password_reset"], "key", ["password_reset_confirm"])
@extend_validation_errors(
    NEW_PASSWORD_CODES, "password", ["register", "password_reset_confirm"]
)
class AuthViewSet(AccountsViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Register",
        request=serializers.CredentialsSerializer,
        responses=SENT,
    )
    @refuses(errors.SignupClosed, RateLimited)
    @action(detail=False, methods=["post"])
    def register(self, request: Request) -> Response:
        """A code goes to the address. A taken address gets the same answer."""
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

    @extend_schema(
        summary="Confirm an address",
        request=serializers.CodeSerializer,
        responses=LOGIN,
    )
    @refuses(*IN_A_FLOW)
    @action(detail=False, methods=["post"], url_path="email/verify")
    def email_verify(self, request: Request) -> Response:
        """With the code of the mail, in the flow that asked for it; signs in."""
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

    @extend_schema(
        summary="Send a new code", request=serializers.FlowSerializer, responses=SENT
    )
    @refuses(errors.SessionExpired, errors.FlowNotPending, RateLimited)
    @action(detail=False, methods=["post"], url_path="email/resend")
    def email_resend(self, request: Request) -> Response:
        """The old code stops working."""
        data = self.valid(request, serializers.FlowSerializer)
        session_key = session_key_of(data["flow"])
        answer = bridge.call(
            request, "POST", "auth/email/verify/resend", session_key=session_key
        )
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return self._verification_sent(session_key)

    @extend_schema(
        summary="Sign in", request=serializers.CredentialsSerializer, responses=LOGIN
    )
    @refuses(
        errors.InvalidCredentials,
        errors.AccountDisabled,
        errors.MfaRequired,
        errors.LoginCodeRequired,
        errors.EmailNotVerified,
        RateLimited,
    )
    @action(detail=False, methods=["post"])
    def login(self, request: Request) -> Response:
        """`mfa_required` and `email_not_verified` carry the `flow` to go on with."""
        data = self.valid(request, serializers.CredentialsSerializer)
        answer = bridge.call(request, "POST", "auth/login", data)
        login = finish_login(request, answer, otherwise=errors.AccountDisabled)
        return Response(LOGIN(login).data)

    @extend_schema(
        summary="Stay signed in",
        request=serializers.RefreshSerializer,
        responses=serializers.TokensSerializer,
    )
    @refuses(errors.TokenNotValid, errors.SessionExpired, errors.TokenReused)
    @action(detail=False, methods=["post"])
    def refresh(self, request: Request) -> Response:
        """Trade a refresh token for a new pair. A spent one ends its whole login."""
        data = self.valid(request, serializers.RefreshSerializer)
        return Response(sessions.refresh_session(data["refresh"]))

    @extend_schema(
        summary="Ask for a new password",
        request=serializers.EmailSerializer,
        responses={202: serializers.ResetSentSerializer},
    )
    @refuses(RateLimited)
    @action(detail=False, methods=["post"], url_path="password/reset")
    def password_reset(self, request: Request) -> Response:
        """A link goes to the address. An unknown address gets the same answer."""
        data = self.valid(request, serializers.EmailSerializer)
        answer = bridge.call(request, "POST", "auth/password/request", data)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return Response({"status": "reset_sent"}, status=HTTPStatus.ACCEPTED)

    @extend_schema(
        summary="Set a new password",
        request=serializers.PasswordResetSerializer,
        responses=serializers.PasswordResetDoneSerializer,
    )
    @refuses(errors.InvalidResetKey, RateLimited)
    @action(detail=False, methods=["post"], url_path="password/reset/confirm")
    def password_reset_confirm(self, request: Request) -> Response:
        """With the key of the link, once; every login ends, and none begins."""
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
