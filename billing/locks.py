"""PostgreSQL advisory locks: one at a time per customer, across processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from django.db import DatabaseError, OperationalError, connection
from psycopg.errors import LockNotAvailable

from billing.errors import Busy

WAIT_SECONDS = 5  # a checkout takes about one
PAUSE_SECONDS = 0.05
KEY = "hashtextextended(%s, 0)"


def checkout_lock(user: Any) -> str:
    """Whoever opens or closes checkout pages of `user` holds this lock."""
    return f"checkout:{user.pk}"


def hold(name: str) -> None:
    """Wait for the lock `name` and keep it until the surrounding transaction ends.

    Raises:
        Busy: somebody else had it for WAIT_SECONDS. That is the most that the rest of the
            transaction waits for a lock, too: a slow Stripe must not take every thread.
    """
    patience = f"{WAIT_SECONDS * 1000}ms"
    with connection.cursor() as cursor:
        try:
            # From left to right, so in one statement the second part obeys the first.
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true),"
                f" pg_advisory_xact_lock({KEY})",
                [patience, f"billing:{name}"],
            )
        except OperationalError as e:
            if isinstance(e.__cause__, LockNotAvailable):
                raise Busy from e
            raise


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Keep the lock `name` for the block, with or without a transaction.

    For work that writes to Stripe: no transaction is open meanwhile that a failure would
    roll back here but not there.

    Raises:
        Busy: somebody else had it for WAIT_SECONDS.
    """
    deadline = monotonic() + WAIT_SECONDS
    while not _take(name):
        if monotonic() > deadline:
            raise Busy
        sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        _release(name)


@contextmanager
def exclusive_or_none(name: str) -> Iterator[bool]:
    """As `exclusive`, but does not wait: gives False when somebody else has the lock."""
    is_mine = _take(name)
    try:
        yield is_mine
    finally:
        if is_mine:
            _release(name)


def _take(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({KEY})", [f"billing:{name}"])
        (is_mine,) = cursor.fetchone()
    return is_mine


def _release(name: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({KEY})", [f"billing:{name}"])
    except DatabaseError:
        connection.close()  # the lock lives and dies with the connection
        raise
