"""Views of allauth.headless whose inputs treat passwords wrongly, put right.

Upstream trims spaces off passwords, so that one set on a page fails here; and it checks
a new password before it knows whose it is, so that the address passes as the password.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.headless.account import inputs, views
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit.inputs import Input
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from accounts.api.code_login.headless import CODE_VIEWS
from accounts.api.connections.headless import CONNECTION_VIEWS
from accounts.api.mfa.headless import MFA_VIEWS
from accounts.api.passkey_login.headless import PASSKEY_LOGIN_VIEWS
from accounts.api.provider_login.headless import PROVIDER_VIEWS
from accounts.forms import RaceSafeSignup, ResetPasswordForm, ToldWhen
from accounts.login.stages import brings_back
from accounts.models import User
from accounts.passwords.length import PASSWORD_MAX_LENGTH


def password_field(required: bool = True) -> forms.CharField:
    return forms.CharField(
        strip=False, max_length=PASSWORD_MAX_LENGTH, required=required
    )


class LoginInput(ToldWhen, inputs.LoginInput):
    password = password_field()


class SignupInput(RaceSafeSignup, inputs.SignupInput):
    password = password_field()

    def clean_password(self) -> str:
        return self.cleaned_data["password"]  # checked in clean, with the address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "password" in cleaned and "email" in cleaned:
            try:
                get_adapter().clean_password(
                    cleaned["password"], user=User(email=cleaned["email"])
                )
            except forms.ValidationError as e:
                self.add_error("password", e)
        return cleaned


class RequestResetInput(ResetPasswordForm, Input):
    """The form of the page, for both doors to be alike."""


class ResetPasswordInput(inputs.ResetPasswordInput):
    password = password_field()


class ChangePasswordInput(inputs.ChangePasswordInput):
    current_password = password_field(required=False)
    new_password = password_field()


class LoginView(views.LoginView):
    input_class = LoginInput


class SignupView(views.SignupView):
    input_class = {"POST": SignupInput}


class VerifyEmailInput(inputs.VerifyEmailInput):
    def clean_key(self) -> str:
        user, email = self.process.user, self.process.email
        # Gone meanwhile, or a flow that only pretends.
        if user is None or brings_back(user, email):
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_key()


class VerifyEmailView(views.VerifyEmailView):
    """Upstream answers 500 where another flow of the account has confirmed the address."""

    input_class = VerifyEmailInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.process.email_address.verified:
            return ConflictResponse(request)
        return super().post(request, *args, **kwargs)


class RequestResetView(views.RequestPasswordResetView):
    input_class = RequestResetInput


class ResetPasswordView(views.ResetPasswordView):
    input_class = ResetPasswordInput


class ChangePasswordView(views.ChangePasswordView):
    input_class = ChangePasswordInput


class RecentProofView(AuthenticatedAPIView):
    """Ours: 200 within 5 minutes of a re-authentication, and 401 otherwise."""

    @method_decorator(reauthentication_required(app="allauth.account"))
    def post(self, request: HttpRequest) -> HttpResponse:
        return AuthenticationResponse(request)


CORRECTED_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    **MFA_VIEWS,
    **PROVIDER_VIEWS,
    **CODE_VIEWS,
    **PASSKEY_LOGIN_VIEWS,
    **CONNECTION_VIEWS,
    "auth/login": LoginView.as_api_view(client=Client.APP),
    "auth/signup": SignupView.as_api_view(client=Client.APP),
    "auth/email/verify": VerifyEmailView.as_api_view(client=Client.APP),
    "auth/password/request": RequestResetView.as_api_view(client=Client.APP),
    "auth/password/reset": ResetPasswordView.as_api_view(client=Client.APP),
    "account/recent_proof": RecentProofView.as_api_view(client=Client.APP),
    "account/password/change": ChangePasswordView.as_api_view(client=Client.APP),
}
