"""Stages of ours, around those of allauth: a login is completed by who began it, or not at all.

Between the password and the second factor there may be 15 minutes, in which the owner has
changed the password or the address, or signed out everywhere, because somebody else knew
the old one.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.stages import (
    EmailVerificationStage,
    LoginByCodeStage,
    LoginStage,
)
from allauth.core import context
from allauth.core.internal.httpkit import headed_redirect_response
from django.http import HttpResponse

from accounts.models import User, normalize_email

BEGUN = "begun"


class BeginStage(LoginByCodeStage):
    """The first, where allauth asks for a code: remembers what the proof was checked against."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        # Nobody, where a registration only pretends that the address was free.
        if self.login.user is not None:
            self.login.state[BEGUN] = state_of(self.login.user)
        return super().handle()


class VerifyStage(EmailVerificationStage):
    """Asks for a code at the address of the account, and at no other.

    allauth would make an address of whatever the login names, and then the only one.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user, email = self.login.user, self.login.email
        if user is not None and email and not has_address(user, email):
            return headed_redirect_response("account_login"), False
        return super().handle()


class RecheckStage(LoginStage):
    """The last: refuses if that is not true any more."""

    key = "recheck"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user, begun = self.login.user, self.login.state.get(BEGUN, {})
        if user is not None and still_holds(begun, user, proved=self.login.email or ""):
            return None, True
        return headed_redirect_response("account_login"), False


def state_of(user: User) -> dict[str, Any]:
    """What has to be the same when the login of `user` is completed."""
    return {
        "auth_hash": user.get_session_auth_hash(),
        "ended_at": _ended_at(user),
        "email": user.email,
    }


def still_holds(begun: dict[str, Any], user: User, *, proved: str = "") -> bool:
    """Whether `user` is as when `state_of` was asked; never, if it was not.

    `proved` is the address of this login: who proved one that was added to the account has
    made it the account's.
    """
    return (
        user.has_auth_hash(begun.get("auth_hash", ""))
        and _ended_at(user) == begun.get("ended_at")
        and user.email in (begun.get("email"), normalize_email(proved))
    )


def has_address(user: User, email: str) -> bool:
    """Whether it is theirs, proved or not; `createsuperuser` writes it on the user alone."""
    email = normalize_email(email)
    return (
        email == user.email
        or EmailAddress.objects.filter(user=user, email=email).exists()
    )


def brings_back(user: User, email: str) -> bool:
    """Whether a begun login is to prove an address that `user` has given up since."""
    is_login = not context.request.user.is_authenticated
    return is_login and not has_address(user, email)


def _ended_at(user: User) -> str | None:
    return user.sessions_ended_at and user.sessions_ended_at.isoformat()
