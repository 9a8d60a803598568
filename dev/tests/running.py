"""`make run` in a copy of the checkout, for tests that need the whole product running."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psutil

from dev.processes import HOST, wait_until
from dev.services import CHECKOUT

SECONDS = 120
KEPT = ("PATH", "HOME", "TMPDIR", "LANG")  # of our environment: nothing of the tests
NOT_COPIED = shutil.ignore_patterns(".*", "staticfiles", "node_modules")


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


@contextmanager
def copied_checkout() -> Iterator[Path]:
    """A copy with its own data, in a folder with a space that any account may enter."""
    with TemporaryDirectory(prefix="a check out ") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder).resolve() / "saas"
        shutil.copytree(CHECKOUT, copy, ignore=NOT_COPIED)
        yield copy
