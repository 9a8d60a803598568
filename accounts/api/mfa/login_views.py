"""The routes of a second factor in use: to complete a login, or to prove again who one is."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.api import bridge
from accounts.api.answers import IN_A_FLOW, finish_login, refuse
from accounts.api.base import AccountsViewSet
from accounts.api.flows import session_key_of
from accounts.api.mfa import serializers
from accounts.api.serializers import FlowSerializer, LoginAnswerSerializer
from accounts.mfa.enrolment import open_to_unenrolled
from saas.errors import RateLimited
from saas.schema import refuses

OPTIONS = serializers.PasskeyOptionsSerializer


def options_of(answer: bridge.Answer) -> Response:
    """
    Raises:
        NoSecondFactor: there is no passkey that could answer.
    """
    found = answer.data["request_options"]
    if not found["publicKey"].get("allowCredentials"):
        raise errors.NoSecondFactor
    return Response(found)


@extend_validation_errors(["incorrect_code"], "code", ["login_mfa"])
@extend_validation_errors(["incorrect_code"], "credential", ["login_mfa"])
class LoginFactorViewSet(AccountsViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Complete a login with a second factor",
        request=serializers.LoginFactorSerializer,
        responses=LoginAnswerSerializer,
    )
    @refuses(*IN_A_FLOW, errors.SecondFactorUnreadable)
    @action(detail=False, methods=["post"], url_path="login/mfa")
    def login_mfa(self, request: Request) -> Response:
        """With a code of the app, a recovery code, or the answer of a passkey."""
        data = self.valid(request, serializers.LoginFactorSerializer)
        key = session_key_of(data.pop("flow"))
        kind = "2fa" if "code" in data else "webauthn"
        path = f"auth/{kind}/authenticate"
        answer = bridge.call(request, "POST", path, data, session_key=key)
        login = finish_login(request, answer, otherwise=errors.FlowNotPending)
        return Response(LoginAnswerSerializer(login).data)

    @extend_schema(
        summary="Begin to complete a login with a passkey",
        request=FlowSerializer,
        responses=OPTIONS,
    )
    @refuses(errors.SessionExpired, errors.FlowNotPending, errors.NoSecondFactor)
    @action(detail=False, methods=["post"], url_path="login/mfa/options")
    def login_mfa_options(self, request: Request) -> Response:
        """What the browser needs to ask for one, in this flow."""
        data = self.valid(request, FlowSerializer)
        key = session_key_of(data["flow"])
        path = "auth/webauthn/authenticate"
        answer = bridge.call(request, "GET", path, session_key=key)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise errors.FlowNotPending
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return options_of(answer)


@open_to_unenrolled
@extend_validation_errors(["incorrect_password"], "password", ["reauthenticate"])
@extend_validation_errors(["incorrect_code"], "code", ["reauthenticate"])
@extend_validation_errors(["incorrect_code"], "credential", ["reauthenticate"])
class ReauthenticationViewSet(AccountsViewSet):
    @extend_schema(
        summary="Prove again who I am",
        request=serializers.ReauthenticationSerializer,
        responses={204: None},
    )
    @refuses(errors.SessionExpired, errors.SecondFactorUnreadable, RateLimited)
    @action(detail=False, methods=["post"])
    def reauthenticate(self, request: Request) -> Response:
        """By password, code or passkey; holds for 5 minutes."""
        data = self.valid(request, serializers.ReauthenticationSerializer)
        path = {
            "password": "auth/reauthenticate",
            "code": "auth/2fa/reauthenticate",
            "credential": "auth/webauthn/reauthenticate",
        }[next(iter(data))]
        answer = self._call(request, "POST", path, data)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        summary="Begin to prove it by passkey", request=None, responses=OPTIONS
    )
    @refuses(errors.SessionExpired, errors.NoSecondFactor)
    @action(detail=False, methods=["post"], url_path="reauthenticate/options")
    def reauthenticate_options(self, request: Request) -> Response:
        """What the browser needs to ask for one, for this login."""
        answer = self._call(request, "GET", "auth/webauthn/reauthenticate")
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        return options_of(answer)

    def _call(
        self, request: Request, method: str, path: str, data: dict | None = None
    ) -> bridge.Answer:
        key = request.auth.session_key
        return bridge.call(request, method, path, data, session_key=key)
