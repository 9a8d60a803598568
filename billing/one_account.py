"""dj-stripe serves many Stripe accounts with keys of their own. Here is one, with one key.

It looks both up for every object that it stores, three times in a usual event: a third of
all statements. `install` answers the key from the settings, so a key that was replaced in
the environment is not sent any more either, though dj-stripe still has it stored. Within
`known_once` the account is looked up only once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from djstripe.models import Account

_accounts: ContextVar[dict[str, Account | None] | None] = ContextVar(
    "accounts", default=None
)
_look_up = Account.get_or_retrieve_for_api_key.__func__


def install() -> None:
    Account.get_default_api_key = _the_key
    Account.get_or_retrieve_for_api_key = classmethod(_account_of)


@contextmanager
def known_once() -> Iterator[None]:
    """For one delivery, not longer: another process may delete what is known here."""
    token = _accounts.set({})
    try:
        yield
    finally:
        _accounts.reset(token)


def _the_key(self: Account, livemode: bool | None = None) -> str:
    return settings.STRIPE_SECRET_KEY


def _account_of(cls: type[Account], api_key: str) -> Account | None:
    known = _accounts.get()
    if known is None:
        return _look_up(cls, api_key)
    if api_key not in known:
        known[api_key] = _look_up(cls, api_key)
    return known[api_key]
