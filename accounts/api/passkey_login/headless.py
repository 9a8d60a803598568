"""The view of allauth.headless for a login by passkey, with our form as its input."""

from collections.abc import Callable
from typing import Any

from allauth.decorators import rate_limit
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa.views import LoginWebAuthnView
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from accounts.login.attempts import spend_challenge
from accounts.mfa.forms import LoginWebAuthnForm


class PasskeyLoginInput(LoginWebAuthnForm, inputs.Input):
    pass


@method_decorator(rate_limit(action="login"), name="handle")
class PasskeyLoginView(LoginWebAuthnView):
    input_class = {"POST": PasskeyLoginInput}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        spend_challenge(request)
        return super().get(request, *args, **kwargs)


PASSKEY_LOGIN_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "auth/webauthn/login": PasskeyLoginView.as_api_view(client=Client.APP),
}
