"""Who has to have a second factor and has none reaches what sets one up, and nothing else.

Of the API `BearerAuthentication` asks this, which every route passes; of pages, the admin
among them, `accounts/middleware.py`.
"""

from typing import Any, TypeVar

from django.conf import settings

from accounts.errors import MfaEnrolmentRequired
from accounts.models import User

OFF, STAFF, ALL = "off", "staff", "all"
# Names of pages that stay open: to set a factor up, to prove who one is, and to leave.
OPEN_PAGES = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_view_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
        "account_logout",
        "admin:logout",
    }
)

Routes = TypeVar("Routes")


def is_required_of_anybody() -> bool:
    return settings.REQUIRE_MFA != OFF


def is_required_of(user: User) -> bool:
    """Whether the operator asks `user` for a second factor (settings.REQUIRE_MFA)."""
    return settings.REQUIRE_MFA == ALL or (
        settings.REQUIRE_MFA == STAFF and user.is_staff
    )


def must_enrol(user: User) -> bool:
    """Whether `user` may do nothing but set one up; no query."""
    return is_required_of(user) and not user.has_second_factor


def open_to_unenrolled(routes: Routes) -> Routes:
    """Decorates an action, or a viewset with all of its actions."""
    routes.is_open_to_unenrolled = True
    return routes


def check_enrolment(user: User, view: Any) -> None:
    """
    Raises:
        MfaEnrolmentRequired: `user` has yet to set one up, and `view` is not for that.
    """
    if must_enrol(user) and not _is_open(view):
        raise MfaEnrolmentRequired


def _is_open(view: Any) -> bool:
    action = getattr(view, getattr(view, "action", None) or "", None)
    return any(
        getattr(routes, "is_open_to_unenrolled", False) for routes in (view, action)
    )
