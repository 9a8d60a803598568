"""Requests that really run at the same time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections, transaction
from django.db.models import QuerySet

T = TypeVar("T")
START_TIMEOUT = 30  # seconds until a thread that never comes breaks the barrier


def at_once(times: int, call: Callable[[], T]) -> list[T]:
    """The results of `times` calls that start together, each on its own connection."""
    barrier = threading.Barrier(times)

    def run(_: int) -> T:
        barrier.wait(START_TIMEOUT)
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def overtaken(
    call: Callable[[], T],
    *,
    at: QuerySet,
    by: Callable[[], T],
    timeout: float = START_TIMEOUT,
) -> tuple[T, T]:
    """The results of `call` and of `by`, which happens whole inside of `call`.

    Namely where `call` first writes to one of the rows `at`: it has looked by then, and
    goes on as if nothing had happened. `timeout` is in seconds.
    """

    def run(call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            assert list(at.select_for_update())
            slow = pool.submit(run, call)
            deadline = time.monotonic() + timeout
            while not _somebody_waits():
                assert not slow.done(), slow.result()
                assert time.monotonic() < deadline, "nobody came to the rows"
                time.sleep(0.01)
            fast = pool.submit(run, by).result(timeout)
        return slow.result(), fast


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Within a transaction, the view stays as it was when it was first read.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return cursor.fetchone()[0]
