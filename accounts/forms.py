"""Forms of the account pages, and what they share with the inputs of the API."""

from typing import Any
from uuid import uuid4

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField, PasswordField
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.socialaccount.forms import SignupForm as ProviderSignup
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.login.attempts import spend_code
from accounts.login.stages import brings_back
from accounts.login.waits import told_when
from accounts.models import User, normalize_email
from accounts.passwords.length import PASSWORD_MAX_LENGTH
from accounts.validators import validate_address


class BoundedPasswords:
    """Mixed into a form, refuses to hash endless passwords.

    Without `maxlength` in the HTML, by which a browser would silently cut a pasted one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PasswordField):
                field.label = str(field.label).capitalize()  # as all others are written
                field.validators.append(MaxLengthValidator(PASSWORD_MAX_LENGTH))


class PlainAddresses:
    """Mixed into a form, refuses look-alikes before allauth turns them into ASCII."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, EmailField):
                field.validators.append(validate_address)


class RaceSafeSignup:
    """Mixed into a signup form, answers a lost race for an address as a taken address."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            return super().try_save(request)
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)


class ToldWhen:
    """Mixed into a login: whoever has yet to prove their address is mailed a code by it."""

    def clean(self) -> dict[str, Any]:
        named = self.cleaned_data.get("login") or self.cleaned_data.get("email") or ""
        with told_when("confirm_email", named.lower()):
            return super().clean()


class LoginForm(ToldWhen, PlainAddresses, BoundedPasswords, forms.LoginForm):
    def clean_login(self) -> str:
        return normalize_email(super().clean_login())


class SignupForm(PlainAddresses, BoundedPasswords, RaceSafeSignup, forms.SignupForm):
    pass


class ProviderSignupForm(PlainAddresses, RaceSafeSignup, ProviderSignup):
    """Asks for the address that a provider did not tell."""


class ChangePasswordForm(BoundedPasswords, forms.ChangePasswordForm):
    pass


class ResetPasswordForm(PlainAddresses, forms.ResetPasswordForm):
    def clean_email(self) -> str:
        # One spelling, or each one of a mailbox would have its own limit of mails.
        return normalize_email(super().clean_email())

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if not self.users:
            # What is done for who has an account, or the answer would come sooner: it is
            # noted, and the key of the link is made of the addresses, read twice.
            email = self.cleaned_data["email"]
            audit.record("password.reset_requested", request=request, address=email)
            for _ in range(2):
                list(EmailAddress.objects.filter(user_id=uuid4()))
        return super().save(request, **kwargs)


class AddEmailForm(PlainAddresses, forms.AddEmailForm):
    pass


class ChangeEmailForm(PlainAddresses, forms.ChangeEmailForm):
    pass


class SetPasswordForm(BoundedPasswords, forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(BoundedPasswords, forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(BoundedPasswords, forms.ReauthenticateForm):
    pass


class ConfirmCodeForm(forms.ConfirmEmailVerificationCodeForm):
    def clean_code(self) -> str:
        self._spend_attempt()
        code = forms.BaseConfirmCodeForm.clean_code(self)
        if self.user is None or brings_back(
            self.user, self.email
        ):  # gone, or a flow that only pretends
            raise get_adapter().validation_error("incorrect_code")
        # Not allauth's own check, which lets nobody confirm an address that two accounts
        # carry unconfirmed; in the API the first one may.
        proved = EmailAddress.objects.filter(email=self.email, verified=True)
        if proved.exclude(user=self.user).exists():
            raise get_adapter().validation_error("email_taken")
        return code

    def _spend_attempt(self) -> None:
        """One code has its attempts; sent again, it has no new ones."""
        session = context.request.session
        begun_at = session[EMAIL_VERIFICATION_CODE_SESSION_KEY]["at"]
        spend_code(
            f"email-code:{session.session_key}:{begun_at}",
            limit=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS,
            seconds=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
        )
