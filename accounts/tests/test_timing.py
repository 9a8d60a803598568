"""Nobody learns by a clock which addresses have an account. With the hasher of production.

Measured is the time this thread computes: the hash runs in it, and neither other load on the
machine nor the disk of the database changes it. Both kinds in turns, so that a slow moment
hits both; the medians are compared with each other, never with a number of milliseconds.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache

from accounts.models import User
from accounts.tests.visitors import Visitor, at_both_doors
from conftest import PASSWORD, MakeUser

pytestmark = pytest.mark.early


@pytest.fixture
def hasher_of_production(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.passwords.hashers.Argon2idHasher"]


def medians(acts: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds that each of `acts` takes."""
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            cache.clear()
            started = time.thread_time()
            act()
            spent[name].append(time.thread_time() - started)
    return {name: statistics.median(times) for name, times in spent.items()}


@at_both_doors
@pytest.mark.usefixtures("hasher_of_production")
def test_sc_003_a_registration_takes_as_long_for_a_taken_address(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    make_user("taken")
    fresh = iter(f"new-{number}@example.com" for number in range(100))
    visitor_class().register("warm@example.com")  # templates are read once

    found = medians(
        {
            "new": lambda: visitor_class().register(next(fresh)),
            "taken": lambda: visitor_class().register("taken@example.com"),
        },
        rounds=7,
    )
    hashing = medians({"one hash": lambda: make_password(PASSWORD)}, rounds=3)

    difference = abs(found["new"] - found["taken"])
    assert difference < 0.35 * hashing["one hash"], (found, hashing)


@at_both_doors
@pytest.mark.usefixtures("hasher_of_production")
def test_sc_019_a_refused_login_takes_as_long_for_every_address(
    visitor_class: type[Visitor], people: dict[str, str]
) -> None:
    known = User.objects.get(email=people["wrong password"])
    known.set_password(PASSWORD)  # with that hasher
    known.save()
    visitor_class().login(password="not-the-password")

    def refused(email: str) -> Callable[[], object]:
        return lambda: visitor_class().login(email, "not-the-password")

    found = medians({who: refused(email) for who, email in people.items()}, rounds=5)

    assert max(found.values()) <= 1.25 * min(found.values()), found
