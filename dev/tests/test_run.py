"""`make run` as a person starts and stops it: real processes, and none of them left."""

import signal
import socket
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest

from dev.only_one import site_of
from dev.processes import HOST, free_port
from dev.tests.running import (
    Run,
    checkout_processes,
    copied_checkout,
    manage,
    none_left,
)


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    with copied_checkout() as copy:
        yield copy


@pytest.fixture
def run(checkout: Path) -> Iterator[Callable[[], Run]]:
    started = []

    def start(port: int | None = None) -> Run:
        started.append(Run(checkout, port or free_port()))
        return started[-1]

    yield start
    for one in started:
        if one.process.is_running():
            one.process.kill()
    assert none_left(checkout)


@pytest.mark.early
def test_run_stop_kill_and_run_again(run: Callable[..., Run], checkout: Path) -> None:
    first = run()
    assert len(first.wait_until_ready()) > 10
    assert "accounts.audit" not in first.text  # of the demo, amid the welcome
    assert urlopen(f"{first.site}/health/live").status == HTTPStatus.OK

    # A second terminal finds the server, and the same database with the demo in it.
    assert site_of(checkout / ".data" / "run.lock") == first.site
    count = "from accounts.models import User; print(User.objects.count(), 'users')"
    assert "3 users" in manage(checkout, "shell", "-v0", "-c", count)

    second = run()
    assert second.wait_for_end() == 1
    assert f"runs in this checkout already: {first.site}" in second.text

    first.process.send_signal(signal.SIGINT)  # Ctrl-C
    assert first.wait_for_end() == 0
    assert checkout_processes(checkout) == []

    third = run()
    third.wait_until_ready()
    third.process.kill()  # nobody can clean up after that
    assert none_left(checkout)

    fourth = run()
    [worker, *_] = [p for p in fourth.wait_until_ready() if "db_worker" in p.cmdline()]
    worker.kill()  # one ends: all end, and its name is said
    assert fourth.wait_for_end() == 1
    assert "worker ended with exit code -9" in fourth.text
    assert checkout_processes(checkout) == []

    # Alone, it brings the services and takes them away again.
    assert "3 users" in manage(checkout, "shell", "-v0", "-c", count)
    assert none_left(checkout)


def test_taken_port_is_named_with_the_way_out(run: Callable[..., Run]) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]

        refused = run(port)

        assert refused.wait_for_end() == 1
        assert f"Port {port} is taken" in refused.text
        assert "PORT=" in refused.text


def test_database_that_somebody_named_is_not_filled_with_the_demo(
    checkout: Path,
) -> None:
    named = checkout / ".env"
    named.write_text("DATABASE_URL=postgresql://u:p@db.example.com/production\n")
    try:
        run = Run(checkout, free_port())

        assert run.wait_for_end() == 1
    finally:
        named.unlink()
    assert "DATABASE_URL: set here or in .env, and DEBUG is not true" in run.text
