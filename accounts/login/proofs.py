"""The recent proof before something sensitive, of whoever has nothing to prove it by.

Who came by Google alone has neither password nor second factor: allauth takes that for a
proof. Here it is a login within the last minutes, and nothing else is (ASVS 7.5.1).
"""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

SIGN_IN_AGAIN = "To go on, sign out and sign in again: that proves that it is you."


def has_nothing_to_enter(user: AbstractBaseUser | AnonymousUser) -> bool:
    return user.is_authenticated and not get_reauthentication_flows(user)


def has_just_signed_in(request: HttpRequest) -> bool:
    """Whether this session began, by any way in, within the 5 minutes of a proof."""
    records = get_authentication_records(request, request.user)
    age = time.time() - max((record["at"] for record in records), default=0)
    return age < app_settings.REAUTHENTICATION_TIMEOUT


def way_to_sign_in_again() -> dict[str, str]:
    """As a method of allauth's: signed out, `next` leads back by the login."""
    return {
        "id": "sign_in_again",
        "description": "Sign in again",
        "url": reverse("account_logout"),
    }
