"""Views of allauth.headless for second factors, with our forms as their inputs."""

import json
from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.headless.base.response import APIResponse
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa import views
from allauth.headless.mfa.response import AddWebAuthnResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import get_totp_secret
from allauth.mfa.webauthn.internal.flows import begin_registration
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator

from accounts import mfa
from accounts.mfa import forms


class AuthenticateInput(forms.AuthenticateForm, inputs.Input):
    pass


class ReauthenticateInput(forms.ReauthenticateForm, inputs.Input):
    pass


class ActivateTOTPInput(forms.ActivateTOTPForm, inputs.Input):
    pass


class AuthenticateWebAuthnInput(forms.AuthenticateWebAuthnForm, inputs.Input):
    pass


class ReauthenticateWebAuthnInput(forms.ReauthenticateWebAuthnForm, inputs.Input):
    pass


class AddWebAuthnInput(forms.AddWebAuthnForm, inputs.Input):
    pass


class AuthenticateView(views.AuthenticateView):
    input_class = AuthenticateInput


class ReauthenticateView(views.ReauthenticateView):
    input_class = ReauthenticateInput


class AuthenticateWebAuthnView(views.AuthenticateWebAuthnView):
    input_class = {"POST": AuthenticateWebAuthnInput}


class ReauthenticateWebAuthnView(views.ReauthenticateWebAuthnView):
    input_class = {"POST": ReauthenticateWebAuthnInput}


class Guarded:
    """Mixed into a view, asks who is there before it looks at anything that was sent."""

    @method_decorator(reauthentication_required(app="allauth.mfa"))
    def handle(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().handle(*args, **kwargs)


class BeginTOTPView(Guarded, AuthenticatedAPIView):
    """Ours: allauth shows a seed to any session, and here a POST begins something."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """A new seed, `{"secret", "uri"}`, which waits in the session for its code."""
        with forms.open_seed():
            secret = get_totp_secret(regenerate=True)
        uri = get_adapter().build_totp_url(request.user, secret)
        return APIResponse(request, data={"secret": secret, "uri": uri})


class ManageTOTPView(Guarded, views.ManageTOTPView):
    input_class = {"POST": ActivateTOTPInput}


class ShowRecoveryCodesView(Guarded, views.ManageRecoveryCodesView):
    def get(self, request: HttpRequest) -> HttpResponse:
        response = super().get(request)
        if "unused_codes" in json.loads(response.content).get("data", {}):
            mfa.notify_of_shown_codes(request.user)
        return response


class ManageWebAuthnView(Guarded, views.ManageWebAuthnView):
    input_class = {**views.ManageWebAuthnView.input_class, "POST": AddWebAuthnInput}

    def get(self, request: HttpRequest) -> HttpResponse:
        """One that may sign in alone is stored in the device, and asks who holds it."""
        begun = begin_registration(
            request, request.user, passwordless=settings.MFA_PASSKEY_LOGIN_ENABLED
        )
        return AddWebAuthnResponse(request, begun)

    @transaction.atomic
    def post(self, request: HttpRequest) -> HttpResponse:
        """Or a key would be added without the recovery codes that come with it."""
        return super().post(request)


MFA_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "auth/2fa/authenticate": AuthenticateView.as_api_view(client=Client.APP),
    "auth/2fa/reauthenticate": ReauthenticateView.as_api_view(client=Client.APP),
    "auth/webauthn/authenticate": AuthenticateWebAuthnView.as_api_view(
        client=Client.APP
    ),
    "auth/webauthn/reauthenticate": ReauthenticateWebAuthnView.as_api_view(
        client=Client.APP
    ),
    "account/authenticators/totp/begin": BeginTOTPView.as_api_view(client=Client.APP),
    "account/authenticators/recovery-codes": ShowRecoveryCodesView.as_api_view(
        client=Client.APP
    ),
    "account/authenticators/totp": ManageTOTPView.as_api_view(client=Client.APP),
    "account/authenticators/webauthn": ManageWebAuthnView.as_api_view(
        client=Client.APP
    ),
}
