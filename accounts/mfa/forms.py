"""The forms of second factors, for the pages and, as inputs, for the API.

allauth's, with what their tests ask for besides: 429 when the tries are spent, a seed that
is sealed while it waits, and the checks of `accounts/mfa/passkeys.py`.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, TOTP
from allauth.mfa.webauthn import forms as webauthn
from django import forms

from accounts.login.waits import told_when
from accounts.mfa import passkeys
from accounts.models import User
from accounts.sealing import BrokenSeal, seal, unseal
from accounts.validators import one_line

NAME_MAX_LENGTH = 100
SPENT_OR_WRONG = "Incorrect code, or it was used already: wait for the next one."


def told_when_tries_are_spent(user: User | None) -> AbstractContextManager[None]:
    """allauth counts wrong codes and keys as it counts logins, by user."""
    return told_when("login_failed", f"mfa-auth-user-{user and user.pk}")


@contextmanager
def proven() -> Generator[None, None, None]:
    """A message that is no proof is, for who sent it, a code that is not correct."""
    try:
        yield
    except passkeys.BadCredential as e:
        raise get_adapter().validation_error("incorrect_code") from e


@contextmanager
def open_seed() -> Generator[None, None, None]:
    """The seed that waits for its first code, in clear for allauth, and sealed at rest."""
    session = context.request.session
    if SECRET_SESSION_KEY in session:
        try:
            session[SECRET_SESSION_KEY] = unseal(session[SECRET_SESSION_KEY])
        except BrokenSeal:  # the key was replaced meanwhile: another seed is shown
            del session[SECRET_SESSION_KEY]
    try:
        yield
    finally:
        if SECRET_SESSION_KEY in session:
            session[SECRET_SESSION_KEY] = seal(session[SECRET_SESSION_KEY])


@contextmanager
def told_what_to_do() -> Generator[None, None, None]:
    """A code that has signed somebody in, or set the app up, is right and spent."""
    try:
        yield
    except forms.ValidationError as e:
        if e.code == "incorrect_code":
            e.message = SPENT_OR_WRONG
        raise


class CountedCode:
    """Mixed into a form that takes a code."""

    def clean_code(self) -> str:
        with told_when_tries_are_spent(self.user), told_what_to_do():
            return super().clean_code()


class AuthenticateForm(CountedCode, base.AuthenticateForm):
    pass


class ReauthenticateForm(CountedCode, base.ReauthenticateForm):
    pass


class ActivateTOTPForm(CountedCode, totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        with open_seed():
            super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code"

    def clean_code(self) -> str:
        code = super().clean_code()
        # Spent: whoever saw it typed must not sign in with it.
        fresh = TOTP(Authenticator(user=self.user))
        with told_what_to_do():
            if not fresh._mark_code_used(code):
                raise get_adapter().validation_error("incorrect_code")
        return code


class CredentialField(forms.JSONField):
    """Refused, it is not shown again: the browser makes another one."""

    widget = forms.HiddenInput

    def bound_data(self, data: Any, initial: Any) -> None:
        return None

    def prepare_value(self, value: Any) -> str:
        return ""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as e:  # too deep; a number of 4301 digits
            raise forms.ValidationError(
                self.error_messages["invalid"], code="invalid"
            ) from e


class Assertion:
    """Mixed into a form that takes the signature of a key: `credential`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            found = passkeys.check_assertion(self.cleaned_data["credential"])
        except passkeys.BadCredential as e:
            if self.user is not None:  # allauth counts what is well formed
                with told_when_tries_are_spent(self.user):
                    check_rate_limit(self.user)
            raise get_adapter().validation_error("incorrect_code") from e
        with told_when_tries_are_spent(self.user):
            key = super().clean_credential()
        with proven():
            passkeys.check_owner(found, key.user)
            passkeys.spend_challenge(found.response.client_data)
            passkeys.note_count(key, found.response.authenticator_data)
        return key


class AuthenticateWebAuthnForm(Assertion, webauthn.AuthenticateWebAuthnForm):
    pass


class ReauthenticateWebAuthnForm(Assertion, webauthn.ReauthenticateWebAuthnForm):
    pass


class LoginWebAuthnForm(Assertion, webauthn.LoginWebAuthnForm):
    """Instead of the password: the key has asked who holds it (user verification)."""

    def clean_credential(self) -> Authenticator:
        # Here too, for fido2 goes by what was begun last in this session: that may have been
        # a second factor, for which holding the key is enough.
        with proven():
            passkeys.check_user_was_verified(self.cleaned_data["credential"])
        return super().clean_credential()


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(
        required=False, max_length=NAME_MAX_LENGTH, validators=[one_line]
    )
    credential = CredentialField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if box := self.fields.get("passwordless"):  # PASSKEY_LOGIN
            box.label = "Sign in with it alone"
            box.help_text = "It asks for your fingerprint, face or PIN instead."

    def clean_credential(self) -> dict[str, Any]:
        with proven():
            return passkeys.checked_registration(self.cleaned_data["credential"])


class EditWebAuthnForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(max_length=NAME_MAX_LENGTH, validators=[one_line])
