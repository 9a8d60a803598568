"""The one counter of tries (saas/limits.py)."""

import time

import pytest
from django.core.cache import cache

from saas.errors import RateLimited
from saas.limits import MOST_PLACES, forget, spend


def refused(name: str, limit: int) -> int:
    """The seconds after which to come back."""
    with pytest.raises(RateLimited) as refusal:
        spend(name, limit=limit, seconds=300)
    return refusal.value.retry_after


def test_a_limit_is_as_many_tries() -> None:
    for _ in range(3):
        spend("door", limit=3, seconds=300)

    assert 299 <= refused("door", 3) <= 300
    spend("window", limit=3, seconds=300)


def test_the_wait_is_until_the_oldest_try_is_forgotten() -> None:
    spend("door", limit=2, seconds=300)
    first = spend("door", limit=2, seconds=300)
    cache.set(first.key, time.time() + 40, timeout=40)  # taken 260 seconds ago

    assert 39 <= refused("door", 2) <= 40


def test_each_try_is_forgotten_by_itself() -> None:
    """No window that begins anew as a whole, in which twice as many would fit."""
    first, second = (spend("door", limit=2, seconds=300) for _ in range(2))
    cache.touch(first.key, 0)  # its time is over

    third = spend("door", limit=2, seconds=300)

    assert third == first != second
    assert refused("door", 2)


def test_what_is_given_back_does_not_count() -> None:
    spend("door", limit=1, seconds=300).give_back()

    spend("door", limit=1, seconds=300)

    assert refused("door", 1)


def test_what_is_forgotten_begins_anew() -> None:
    for _ in range(2):
        spend("door", limit=2, seconds=300)
    forget("door")

    spend("door", limit=2, seconds=300)


def test_a_limit_that_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="over 100"):
        spend("door", limit=MOST_PLACES + 1, seconds=60)
