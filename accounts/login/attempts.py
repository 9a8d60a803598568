"""How many wrong passwords are looked at, by address and by network; how many codes are sent.

On every way in alike. Each password counts before it is hashed, so that guesses in parallel
are no more than one by one. Not by allauth, whose count depends on the Host header, is 200 on
a page, does not say when to come back, and begins anew with each good login.
"""

from hashlib import sha256

from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.core.internal.ratelimit import get_rates
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import normalize_email
from accounts.networks import network_of
from saas.errors import RateLimited
from saas.limits import Try, forget, spend

RESEND_SECONDS = 10
CHALLENGES_A_MINUTE = 30
MESSAGE = "Too many wrong passwords. Wait a little, or set a new password."


def spend_password(request: HttpRequest, email: str) -> list[Try]:
    """Count one password tried for `email`, by the rates of `login_failed`.

    To give it back is for whoever finds that the password was right: then an attack that is
    under way keeps its count (ASVS 6.3.1).

    Raises:
        RateLimited: the address, or the network, has had its attempts.
    """
    tries: list[Try] = []
    try:
        for rate in get_rates(app="allauth.account", action="login_failed"):
            name = _of_address(email) if rate.per == "key" else _of_network(request)
            window = {"limit": rate.amount, "seconds": int(rate.duration)}
            tries.append(spend(name, **window, message=MESSAGE))
    except RateLimited:
        # Nothing was looked at: hammering one address must not lock out a whole office.
        give_back(tries)
        raise
    return tries


def give_back(tries: list[Try]) -> None:
    for spent in tries:
        spent.give_back()


def lift_lock(email: str) -> None:
    """Who has set a new password by mail may sign in with it, whoever guessed before."""
    forget(_of_address(email))


def spend_code(of: str, *, limit: int, seconds: int) -> None:
    """Count one code tried in the flow `of`, before it is looked at.

    allauth counts in the session, where parallel guesses all read the same number.

    Raises:
        RateLimited: this flow has had its attempts.
    """
    message = "Too many wrong codes. Start again."
    spend(_code_of(of), limit=limit, seconds=seconds, message=message)


def renew_codes(of: str) -> None:
    """A new code was sent, to somebody who is signed in: the count begins anew."""
    forget(_code_of(of))


def spend_resend(session: SessionBase) -> None:
    """Count a new code for the address that `session` is to prove, if it has one already.

    Or clicks in parallel send a mail each, and only the code of one of them works. By the
    address alone, whoever has it: so it says nothing about accounts.

    Raises:
        RateLimited: the last one was sent too short a while ago.
    """
    if waiting := session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY):
        name = f"resend:{_hashed(waiting['email'])}"
        spend(name, limit=1, seconds=RESEND_SECONDS)


def spend_challenge(request: HttpRequest) -> None:
    """Count one challenge for a passkey of nobody yet, which is kept in a session.

    Raises:
        RateLimited: the network has had its challenges.
    """
    name = f"challenge:{network_of(request)}"
    message = "Too many tries. Wait a little."
    spend(name, limit=CHALLENGES_A_MINUTE, seconds=60, message=message)


def _code_of(flow: str) -> str:
    return f"code:{flow}"


def _of_address(email: str) -> str:
    return f"password:address:{_hashed(email)}"


def _hashed(email: str) -> str:
    # An address may be longer than a key of a cache should be.
    return sha256(normalize_email(email).encode()).hexdigest()


def _of_network(request: HttpRequest) -> str:
    return f"password:network:{network_of(request)}"
