"""When somebody may come back whom allauth refuses: it counts, and says no more than 429."""

import math
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

from allauth.account import app_settings as account
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.core import context
from allauth.core.internal.ratelimit import Rate, get_cache_key, get_rates
from allauth.mfa import app_settings as mfa
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from saas.errors import RateLimited

APPS = {"allauth.account": account, "allauth.mfa": mfa}
TRIES_ARE_SPENT = {"too_many_login_attempts", "rate_limited"}


@contextmanager
def told_when(action: str, key: str) -> Generator[None, None, None]:
    """What allauth, counting `action` by `key`, says as an error of a form: 429 and when."""
    try:
        yield
    except ValidationError as e:
        if getattr(e, "code", None) in TRIES_ARE_SPENT:
            spent = [("allauth.account", action)]
            found = _counts(context.request, spent, [key], AnonymousUser())
            raise RateLimited(retry_after=_longest(found) or 1) from e
        raise


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth answers on a page, as the `handler429` of saas/urls.py.

    Raises:
        RateLimited: always.
    """
    wait = longest_wait(request, request.user, request.session, request.POST)
    raise RateLimited(retry_after=wait)


def longest_wait(
    request: HttpRequest,
    user: User | AnonymousUser,
    session: SessionBase,
    sent: Mapping[str, str],
) -> int:
    """Seconds until all has a free place that allauth counts of who asks, and was `sent`.

    It does not say which it was. If none (of two at once, one could not be counted): 60.
    """
    waiting = session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY) or {}
    named = [sent.get("email"), sent.get("login"), waiting.get("email")]
    keys = {name.lower() for name in named if isinstance(name, str)}
    actions = [(app, action) for app in APPS for action in APPS[app].RATE_LIMITS]
    found = _counts(request, actions, keys, user)
    return _longest(found) or RateLimited().retry_after


def _counts(
    request: HttpRequest,
    actions: Iterable[tuple[str, str]],
    keys: Iterable[str],
    user: User | AnonymousUser,
) -> dict[str, Rate]:
    """Under which names of the cache allauth keeps the tries: name -> rate."""
    found = {}
    for app, action in actions:
        for rate in get_rates(app=app, action=action):
            if rate.per == "user" and not user.is_authenticated:
                continue
            for key in keys if rate.per == "key" else [None]:
                named = {"app": app, "action": action, "rate": rate}
                name = get_cache_key(request, **named, key=key, user=user)
                found[name] = rate
    return found


def _longest(counts: dict[str, Rate]) -> int:
    """Seconds; 0 if all have a free place. The moments of tries, the newest first."""
    now, waits = time.time(), [0.0]
    for name, tries in cache.get_many(counts).items():
        rate = counts[name]
        if len(tries) >= rate.amount:
            waits.append(tries[rate.amount - 1] + rate.duration - now)
    return math.ceil(max(waits))
