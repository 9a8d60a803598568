"""Stages of ours, around those of allauth: a login is completed by who began it, or not at all.

Between the password and the second factor there may be 15 minutes, in which the owner has
changed the password or the address, or signed out everywhere, because somebody else knew
the old one.
"""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress, Login
from allauth.account.stages import (
    EmailVerificationStage,
    LoginByCodeStage,
    LoginStage,
)
from allauth.core import context
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from accounts.errors import SessionExpired
from accounts.models import User, normalize_email

BEGUN = "begun"  # in the state of a login: whose it is, as `state_of` tells


class BeginStage(LoginByCodeStage):
    """The first, where allauth asks for a code: remembers what the proof was checked against.

    Raises:
        SessionExpired: whose it is has deleted the account since; allauth would crash.
    """

    def __init__(self, controller: Any, request: HttpRequest, login: Login) -> None:
        super().__init__(controller, request, login)
        if login.user is None and BEGUN in login.state:
            clear_login(request)
            raise SessionExpired

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
    """The last: refuses if that is not true any more, asking the database.

    The user of this request was read before a password or a code was looked at.
    """

    key = "recheck"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        begun, proved = self.login.state.get(BEGUN, {}), self.login.email or ""
        known = self.login.user  # nobody, where a flow only pretends
        user = User.objects.filter(pk=known and known.pk, is_active=True).first()
        if user is None or not still_holds(begun, user, proved=proved):
            return headed_redirect_response("account_login"), False
        if not stands_on_connection(self.login):
            return headed_redirect_response("account_login"), False
        return None, True


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
        User.objects.filter(pk=user.pk, email=email).exists()
        or EmailAddress.objects.filter(user=user, email=email).exists()
    )


def brings_back(user: User, email: str) -> bool:
    """Whether a code is to prove an address that `user` has given up since.

    Who is signed in as `user` may be moving to a new one, which is not theirs yet.
    """
    is_moving = context.request.user.pk == user.pk
    return not is_moving and not has_address(user, email)


def connection_of(login: Login) -> Q | None:
    """The connection to a provider by which `login` came; None without one."""
    found = (login.signal_kwargs or {}).get("sociallogin")
    return found and Q(provider=found.account.provider, uid=found.account.uid)


def stands_on_connection(login: Login) -> bool:
    """Whether the connection by which it came, if by one, is still there."""
    row = connection_of(login)
    return row is None or SocialAccount.objects.filter(row, user=login.user).exists()


def _ended_at(user: User) -> str | None:
    return user.sessions_ended_at and user.sessions_ended_at.isoformat()
