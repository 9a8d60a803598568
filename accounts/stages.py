"""Stages of ours, around those of allauth: a login is completed by who began it, or not at all.

Between the password and the second factor there may be 15 minutes, in which the owner has
changed the password or signed out everywhere because somebody else knew the old one.
"""

from typing import Any

from allauth.account.stages import LoginByCodeStage, LoginStage
from allauth.core.internal.httpkit import headed_redirect_response
from django.http import HttpResponse

from accounts.models import User

BEGUN = "begun"


class BeginStage(LoginByCodeStage):
    """The first, where allauth asks for a code: remembers what the proof was checked against."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        # Nobody, where a registration only pretends that the address was free.
        if self.login.user is not None:
            self.login.state[BEGUN] = {
                "auth_hash": self.login.user.get_session_auth_hash(),
                "ended_at": _ended_at(self.login.user),
            }
        return super().handle()


class RecheckStage(LoginStage):
    """The last: refuses if that is not true any more."""

    key = "recheck"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        begun: dict[str, Any] = self.login.state.get(BEGUN, {})
        user = self.login.user
        if (
            user is not None
            and user.has_auth_hash(begun.get("auth_hash", ""))
            and _ended_at(user) == begun.get("ended_at")
        ):
            return None, True
        return headed_redirect_response("account_login"), False


def _ended_at(user: User) -> str | None:
    return user.sessions_ended_at and user.sessions_ended_at.isoformat()
