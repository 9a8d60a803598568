"""The route of a login with the ID token of a provider, which an app has got from it."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from drf_standardized_errors.openapi_validation_errors import extend_validation_errors
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.api import bridge, serializers
from accounts.api.answers import finish_login
from accounts.api.base import AccountsViewSet
from saas.errors import RateLimited
from saas.schema import refuses

LOGIN = serializers.LoginAnswerSerializer


@extend_validation_errors(
    ["unknown_provider", "provider_without_id_tokens"], "provider", ["login_provider"]
)
@extend_validation_errors(["invalid_token"], "id_token", ["login_provider"])
class ProviderLoginViewSet(AccountsViewSet):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]

    @extend_schema(
        summary="Sign in with a provider",
        request=serializers.ProviderLoginSerializer,
        responses=LOGIN,
    )
    @refuses(
        errors.AccountDisabled,
        errors.MfaRequired,
        errors.EmailNotVerified,
        errors.SignupClosed,
        errors.ConnectFirst,
        errors.ProviderAddressMissing,
        RateLimited,
    )
    @action(detail=False, methods=["post"], url_path="login/provider")
    def login_provider(self, request: Request) -> Response:
        """Who is new has an account afterwards. It goes on as after `/auth/login`.

        `connect_first`: the address has an account. Sign in to it, then connect this one.
        """
        data = self.valid(request, serializers.ProviderLoginSerializer)
        answer = bridge.call(request, "POST", "auth/provider/token", data)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise errors.SignupClosed
        login = finish_login(request, answer, otherwise=errors.AccountDisabled)
        return Response(LOGIN(login).data)
