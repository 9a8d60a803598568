"""The routes of a login by a code in a mail, instead of the password."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.api import bridge, serializers
from accounts.api.answers import IN_A_FLOW, finish_login, refuse
from accounts.api.base import AccountsViewSet
from accounts.api.flows import flow_token, session_key_of
from accounts.login.ways import only_with
from saas.errors import RateLimited
from saas.schema import refuses

LOGIN = serializers.LoginAnswerSerializer
SENT = serializers.CodeSentSerializer


@extend_validation_errors(["incorrect_code"], "code", ["login_code_confirm"])
class CodeLoginViewSet(AccountsViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Ask for a code to sign in with",
        request=serializers.EmailSerializer,
        responses={202: SENT},
    )
    @refuses(errors.LoginWayDisabled, RateLimited)
    @action(detail=False, methods=["post"], url_path="login/code")
    @only_with("ACCOUNT_LOGIN_BY_CODE_ENABLED", otherwise=errors.LoginWayDisabled)
    def login_code(self, request: Request) -> Response:
        """It goes to the address, if that is a proved one. The answer is always this one."""
        data = self.valid(request, serializers.EmailSerializer)
        answer = bridge.call(request, "POST", "auth/code/request", data)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            refuse(answer)
        body = {"status": "code_sent", "flow": flow_token(answer.session_key)}
        return Response(SENT(body).data, status=HTTPStatus.ACCEPTED)

    @extend_schema(
        summary="Sign in with a code",
        request=serializers.CodeSerializer,
        responses=LOGIN,
    )
    @refuses(errors.LoginWayDisabled, *IN_A_FLOW)
    @action(detail=False, methods=["post"], url_path="login/code/confirm")
    @only_with("ACCOUNT_LOGIN_BY_CODE_ENABLED", otherwise=errors.LoginWayDisabled)
    def login_code_confirm(self, request: Request) -> Response:
        """Of the mail, in the flow that asked for it. It goes on as after `/auth/login`."""
        data = self.valid(request, serializers.CodeSerializer)
        key = session_key_of(data["flow"])
        code = {"code": data["code"]}
        answer = bridge.call(
            request, "POST", "auth/code/confirm", code, session_key=key
        )
        login = finish_login(request, answer, otherwise=errors.AccountDisabled)
        return Response(LOGIN(login).data)
