"""The routes of a login by passkey, instead of password and second factor."""

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
from accounts.api.flows import flow_token, session_key_of
from accounts.api.mfa import serializers
from accounts.api.serializers import LoginAnswerSerializer
from accounts.login.ways import only_with
from saas.errors import RateLimited
from saas.schema import refuses

PATH = "auth/webauthn/login"
BEGUN = serializers.PasskeyLoginOptionsSerializer


@extend_validation_errors(["incorrect_code"], "credential", ["login_passkey"])
class PasskeyLoginViewSet(AccountsViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Begin to sign in with a passkey", request=None, responses=BEGUN
    )
    @refuses(errors.LoginWayDisabled, RateLimited)
    @action(detail=False, methods=["post"], url_path="login/passkey/options")
    @only_with("MFA_PASSKEY_LOGIN_ENABLED", otherwise=errors.LoginWayDisabled)
    def login_passkey_options(self, request: Request) -> Response:
        """What the browser needs to ask for one; the passkey says whose it is."""
        answer = bridge.call(request, "GET", PATH)
        if answer.status != HTTPStatus.OK:
            refuse(answer)
        body = {
            **answer.data["request_options"],
            "flow": flow_token(answer.session_key),
        }
        return Response(BEGUN(body).data)

    @extend_schema(
        summary="Sign in with a passkey",
        request=serializers.PasskeyLoginSerializer,
        responses=LoginAnswerSerializer,
    )
    @refuses(errors.LoginWayDisabled, *IN_A_FLOW)
    @action(detail=False, methods=["post"], url_path="login/passkey")
    @only_with("MFA_PASSKEY_LOGIN_ENABLED", otherwise=errors.LoginWayDisabled)
    def login_passkey(self, request: Request) -> Response:
        """It has asked for a finger or a PIN, so it is both factors in one."""
        data = self.valid(request, serializers.PasskeyLoginSerializer)
        key = session_key_of(data.pop("flow"))
        answer = bridge.call(request, "POST", PATH, data, session_key=key)
        login = finish_login(request, answer, otherwise=errors.AccountDisabled)
        return Response(LoginAnswerSerializer(login).data)
