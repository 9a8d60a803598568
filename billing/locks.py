"""PostgreSQL advisory locks: one at a time per customer, across processes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

KEY = "hashtextextended(%s, 0)"


def hold(name: str) -> None:
    """Wait for the lock `name` and keep it until the surrounding transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({KEY})", [f"billing:{name}"])


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Wait for the lock `name` and keep it for the block, with or without a transaction.

    For work that writes to Stripe: no transaction is open meanwhile that a failure would
    roll back here but not there.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({KEY})", [f"billing:{name}"])
    try:
        yield
    finally:
        _release(name)


@contextmanager
def exclusive_or_none(name: str) -> Iterator[bool]:
    """As `exclusive`, but does not wait: gives False when somebody else has the lock."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({KEY})", [f"billing:{name}"])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            _release(name)


def _release(name: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({KEY})", [f"billing:{name}"])
    except DatabaseError:
        connection.close()  # the lock lives and dies with the connection
        raise
