"""The embedded PostgreSQL and Valkey of a folder: start them or join them, get their URLs.

A process that wants them calls `attach`. The first one starts a keeper (`dev.keeper`), a
process apart that runs the servers; later ones join. Each holds a shared lock on the file
`users.lock` for as long as it lives; the keeper waits for the exclusive lock on it, and so
learns from the kernel when the last one is gone, even by `kill -9`. Then it stops the
servers and ends. Nobody owns the servers, so any user may come and go in any order.

Locks in the folder:
    users.lock   shared: each user; exclusive: the keeper, while it stops
    start.lock   exclusive: the process that looks for a keeper or starts one
    keeper.lock  exclusive: the keeper, as long as it lives
"""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from dev.errors import ServiceFailed
from dev.processes import lives, wait_until

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT / ".data"  # of development; git-ignored
START_SECONDS = 90
STOP_SECONDS = 15

# Open until this process ends: closing a file gives up its lock.
_held: dict[Path, IO[bytes]] = {}


@dataclass(frozen=True)
class Services:
    """Where the servers listen, and the process that keeps them."""

    database_url: str
    redis_url: str
    keeper_pid: int

    def save(self, home: Path) -> None:
        """Write it where `attach` reads it: whole or not at all, for this user alone."""
        new = home / "services.json.new"
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(self)))
        new.rename(home / "services.json")

    @classmethod
    def load(cls, home: Path) -> "Services":
        return cls(**json.loads((home / "services.json").read_text()))


def attach(home: Path = HOME, *, throwaway: bool = False) -> Services:
    """The running services of `home`, started if need be, kept until this process ends.

    Args:
        throwaway: tuned for tests; the folder is removed when the last user is gone.

    Raises:
        ServiceFailed: they could not be started; the message shows why.
    """
    home = home.resolve()
    try:
        home.mkdir(exist_ok=True, parents=True)
        if home not in _held:
            _held[home] = lock(home / "users.lock", fcntl.LOCK_SH)
        with lock(home / "start.lock", fcntl.LOCK_EX):
            if not is_locked(home / "keeper.lock"):
                _start_keeper(home, throwaway=throwaway)
            return _read(home)
    except PermissionError as error:
        raise ServiceFailed(
            f"{error.filename} belongs to another user. Run this as that user, or remove "
            f"{home} to start with an empty database."
        ) from error


def leave(home: Path = HOME) -> None:
    """Give the services up; if nobody else uses them, return when they have ended."""
    held = _held.pop(home.resolve(), None)
    if held is None:
        return
    keeper = Services.load(home.resolve()).keeper_pid
    held.close()
    if not _has_users(home):
        wait_until(lambda: not lives(keeper), STOP_SECONDS)


def lock(path: Path, kind: int) -> IO[bytes]:
    """An open file that holds the lock; closing it, or dying, gives it up."""
    file = path.open("ab")
    fcntl.flock(file, kind)
    return file


def is_locked(path: Path, kind: int = fcntl.LOCK_SH) -> bool:
    """Whether the lock could not be had now."""
    try:
        lock(path, kind | fcntl.LOCK_NB).close()
    except BlockingIOError:
        return True
    return False


def _has_users(home: Path) -> bool:
    """Whether the lock is held, and shared: the keeper would not share it."""
    users = home / "users.lock"
    return is_locked(users, fcntl.LOCK_EX) and not is_locked(users)


def _read(home: Path) -> Services:
    # It is not there yet when whoever started the keeper was killed a moment ago.
    wait_until((home / "services.json").exists, START_SECONDS)
    try:
        return Services.load(home)
    except FileNotFoundError as error:
        log = (home / "keeper.log").read_text(errors="replace")
        raise ServiceFailed("The embedded services do not come up.", log) from error


def _start_keeper(home: Path, *, throwaway: bool) -> None:
    (home / "services.json").unlink(missing_ok=True)  # of a keeper that is gone
    command = [sys.executable, "-m", "dev.keeper", str(home)]
    with (home / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [*command, "--throwaway"] if throwaway else command,
            # A session of its own, or Ctrl-C in this terminal would end it as well.
            start_new_session=True,
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    if keeper.stdout is None or keeper.stdout.readline() != b"ready\n":
        keeper.wait()
        raise ServiceFailed(
            "The embedded services did not start.",
            (home / "keeper.log").read_text(errors="replace"),
        )
    keeper.stdout.close()
    # It outlives this process on purpose, so nobody waits for it: no warning about that.
    keeper.returncode = 0
