"""Forms of the account pages, and what they share with the inputs of the API."""

from typing import Any

from allauth.account import forms
from allauth.account.fields import PasswordField
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import User, normalize_email
from accounts.validators import PASSWORD_MAX_LENGTH


class BoundedPasswords:
    """Mixed into a form, refuses to hash endless passwords.

    Without `maxlength` in the HTML, by which a browser would silently cut a pasted one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PasswordField):
                field.validators.append(MaxLengthValidator(PASSWORD_MAX_LENGTH))


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


class LoginForm(BoundedPasswords, forms.LoginForm):
    def clean_login(self) -> str:
        return normalize_email(super().clean_login())


class SignupForm(BoundedPasswords, RaceSafeSignup, forms.SignupForm):
    pass


class ChangePasswordForm(BoundedPasswords, forms.ChangePasswordForm):
    pass


class SetPasswordForm(BoundedPasswords, forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(BoundedPasswords, forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(BoundedPasswords, forms.ReauthenticateForm):
    pass
