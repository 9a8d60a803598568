"""`make run` as a person starts and stops it: real processes, and none of them left."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen
from uuid import uuid4

import psutil
import pytest

from dev.processes import HOST, free_port, wait_until
from dev.services import CHECKOUT

SECONDS = 120
KEPT = ("PATH", "HOME", "TMPDIR", "LANG")  # of our environment: nothing of the tests
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "staticfiles", "node_modules")


class Run:
    """A `python -m dev.run` in a copy of the checkout, and everything it started."""

    def __init__(self, checkout: Path, port: int) -> None:
        self.site = f"http://{HOST}:{port}"
        self.checkout = checkout
        self.output = checkout / f"output-{uuid4().hex}"
        with self.output.open("wb") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "dev.run"],
                cwd=checkout,
                env=environment() | {"PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> list[psutil.Process]:
        """Every process of it, but for the supervisor itself."""
        assert wait_until(lambda: self._ready() or self._ended(), SECONDS), self.text
        assert self._ready(), self.text
        return checkout_processes(self.checkout)

    def wait_for_end(self) -> int:
        return int(self.process.wait(SECONDS))

    def _ready(self) -> bool:
        return "Ready." in self.text

    def _ended(self) -> bool:
        return self.process.poll() is not None


def manage(checkout: Path, *command: str) -> str:
    """What `manage.py` says when somebody runs it in the checkout."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=checkout,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def checkout_processes(checkout: Path) -> list[psutil.Process]:
    """All that work in the checkout or serve its data, whoever is their parent."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if process.cwd().startswith(str(checkout)) or str(checkout) in words:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def none_left(checkout: Path) -> bool:
    return wait_until(lambda: not checkout_processes(checkout), SECONDS)


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A copy with its own data, in a folder with a space that any account may enter."""
    with TemporaryDirectory(prefix="a check out ") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder).resolve() / "saas"
        shutil.copytree(CHECKOUT, copy, ignore=NOT_COPIED)
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
    assert urlopen(f"{first.site}/health/live").status == HTTPStatus.OK

    # A second terminal sees the same database, with the demo in it.
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
