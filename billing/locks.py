"""PostgreSQL advisory locks: one at a time per customer, across processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from django.db import DatabaseError, connection

from billing.errors import BillingUnavailable

WAIT_SECONDS = 5  # a checkout takes about one
PAUSE_SECONDS = 0.05
KEY = "hashtextextended(%s, 0)"


def hold(name: str) -> None:
    """Wait for the lock `name` and keep it until the surrounding transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({KEY})", [f"billing:{name}"])


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Keep the lock `name` for the block, with or without a transaction.

    For work that writes to Stripe: no transaction is open meanwhile that a failure would
    roll back here but not there.

    Raises:
        BillingUnavailable: somebody else had it for WAIT_SECONDS. A slow Stripe must not
            keep more and more threads waiting for one user.
    """
    deadline = monotonic() + WAIT_SECONDS
    while not _take(name):
        if monotonic() > deadline:
            raise BillingUnavailable
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
