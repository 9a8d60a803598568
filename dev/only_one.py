"""One `make run` to a checkout: a lock, and a note of who holds it and where it listens."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from dev.errors import Refused
from dev.processes import lives, wait_until

NO_NOTE = (0, "")
LEFTOVER_SECONDS = 15  # for a guardian to finish what a kill left


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[Callable[[str], None]]:
    """Hold the lock file `path`; our guardian holds it too, until it has cleaned up.

    Gives a function that notes the URL for the next one to be told.

    Raises:
        Refused: another one runs; the message says where.
    """
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as note:

        def is_ours() -> bool:
            try:
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        def holder() -> str:
            """Its words, while it lives: a dead one's guardian lets go by itself."""
            pid, site = _read(path)
            return f"{site or 'just starting'} (process {pid})" if pid else ""

        wait_until(lambda: is_ours() or bool(holder()), LEFTOVER_SECONDS)
        if not is_ours():
            raise Refused(f"`make run` runs in this checkout already: {holder()}.")

        def tell(site: str) -> None:
            note.truncate(0)
            note.write(f"{os.getpid()} {site}")
            note.flush()

        tell("")
        try:
            yield tell
        finally:
            note.truncate(0)


def site_of(path: Path) -> str:
    """Where the `make run` that holds the lock file listens, or ""."""
    return _read(path)[1]


def _read(path: Path) -> tuple[int, str]:
    """Process and URL of who holds it, while that lives."""
    if not path.is_file():
        return NO_NOTE
    pid, _, site = path.read_text().partition(" ")
    return (int(pid), site) if pid and lives(int(pid)) else NO_NOTE
