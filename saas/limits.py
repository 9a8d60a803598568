"""Counting how often something was tried, one by one, also when tries come in parallel.

A limit of five is five places in the shared cache. A try takes a free one and keeps it for
the length of the window. Redis gives a place to one taker only (SET NX), so no two parallel
tries share one, and whenever one looks back, the window holds no more tries than places.
"""

import math
import time
from dataclasses import dataclass

from django.core.cache import cache

from saas.errors import RateLimited

MOST_PLACES = 100


@dataclass(frozen=True)
class Try:
    """One try that was counted."""

    key: str

    def give_back(self) -> None:
        """It is not to count after all."""
        cache.delete(self.key)


def spend(name: str, *, limit: int, seconds: int, message: str | None = None) -> Try:
    """Count one try under `name`, of which there may be `limit` in any `seconds`.

    Raises:
        RateLimited: there were `limit` tries already; says when the first is forgotten.
        ValueError: `limit` is over `MOST_PLACES`.
    """
    places = _places(name, limit)
    now = time.time()
    taken = cache.get_many(places)
    for key in places:
        if key not in taken and cache.add(key, now + seconds, timeout=seconds):
            return Try(key)
    wait = min(taken.values(), default=now + seconds) - now
    raise RateLimited(message, retry_after=min(max(math.ceil(wait), 1), seconds))


def forget(name: str) -> None:
    """Let the count under `name` begin anew."""
    cache.delete_many(_places(name, MOST_PLACES))


def _places(name: str, limit: int) -> list[str]:
    if limit > MOST_PLACES:
        raise ValueError(f"A limit of {limit} is over {MOST_PLACES}.")
    return [f"limit:{name}:{place}" for place in range(limit)]
