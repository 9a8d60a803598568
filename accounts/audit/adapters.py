"""What allauth tells its adapters alone, for adapters.py to inherit: attempts that failed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from accounts.audit.rows import record, record_once
from accounts.models import User


class AuditedAccountAdapter(DefaultAccountAdapter):
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A password was wrong: of a login, or of who is signed in and had to prove it."""
        super().authentication_failed(request, **credentials)
        if request.user.is_authenticated:
            _proof_failed(request, "reauthentication")
        else:
            address = credentials.get("email", "")
            record("login.failed", address=address, factor="password")

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "enter_current_password":
            _proof_failed(context.request, "password_change")
        if code == "invalid_password_reset":
            # Of somebody's, `reset_links.py` has told; this one names nobody.
            record_once("code.rejected", factor="reset_link")
        return super().validation_error(code, *args)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        record("login.refused", user=user, reason="account_disabled")
        return super().respond_user_inactive(request, user)

    def send_password_reset_mail(
        self, user: User, email: str, context: dict[str, Any]
    ) -> None:
        record("password.reset_requested", user=user, address=email)
        super().send_password_reset_mail(user, email, context)


class AuditedMFAAdapter(DefaultMFAAdapter):
    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "incorrect_code":
            # Codes are told of by a signal before, with their factor; passkeys are not.
            record_once(
                "code.rejected", user=_who(context.request), factor="second_factor"
            )
        return super().validation_error(code, *args)


def _proof_failed(request: HttpRequest, purpose: str) -> None:
    record(
        "reauthentication.failed",
        user=request.user,
        factor="password",
        purpose=purpose,
    )


def _who(request: HttpRequest) -> User | None:
    """Who is signed in, or would be after this step."""
    if request.user.is_authenticated:
        return request.user
    login = unstash_login(request, peek=True)
    return login.user if login else None
