"""A pytest plugin: the database and the cache of the tests.

Loaded by `-p` in pytest.ini, before Django's settings. One throwaway PostgreSQL and Valkey
for the run, in a temporary folder, gone afterwards; `DATABASE_URL` and `REDIS_URL`, where
set, are used instead. Each test process has its own database in both: in PostgreSQL
by pytest-django, in Valkey here, by its number, so that emptying one disturbs nobody.
It says as well how many processes there are, and which tests come first.
"""

import gc
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dev.services import attach


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    # A wrapper, because those come before every plain hook, and pytest-django's reads
    # the settings.
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _provide()
    else:
        _take_own_cache(int(worker.removeprefix("gw")))
    return (yield)


@pytest.hookimpl(optionalhook=True)  # of xdist
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: who waits for a server or a browser needs none."""
    has_affinity = hasattr(os, "sched_getaffinity")
    processors = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    return (processors or 1) + 1


@pytest.hookimpl(trylast=True)  # after the shuffling
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def pytest_collection_finish() -> None:
    # All that is imported by now stays: nobody need look for garbage in it again.
    gc.freeze()


def _provide() -> None:
    missing = [n for n in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(n)]
    if missing:
        home = Path(tempfile.mkdtemp(prefix="saas-tests-"))
        home.chmod(0o711)  # run by root, PostgreSQL enters it as somebody else
        running = attach(home, throwaway=True)
        urls = {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}
        os.environ.update({name: urls[name] for name in missing})


def _take_own_cache(worker: int) -> None:
    url = urlsplit(os.environ["REDIS_URL"])
    base = int(url.path.strip("/") or 0)
    os.environ["REDIS_URL"] = url._replace(path=f"/{base + worker + 1}").geturl()
