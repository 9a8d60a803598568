"""Requests that really run at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

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
