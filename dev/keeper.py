"""The process that runs the embedded services of a folder while somebody uses them.

`python -m dev.keeper FOLDER [--throwaway]`, started by `dev.services.attach` alone. Prints
`ready` once both answer. Ends when no process holds the shared lock of FOLDER/users.lock.
"""

import argparse
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path

from dev.errors import ServiceFailed
from dev.postgres import Postgres
from dev.services import Services, lock
from dev.valkey import Valkey


class Told(Exception):
    """Time to stop: a signal said so, or one of the servers has ended."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--throwaway", action="store_true")
    options = parser.parse_args()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _told)
    keeper = lock(options.home / "keeper.lock", fcntl.LOCK_EX)
    postgres = Postgres(options.home, throwaway=options.throwaway)
    valkey = Valkey(options.home)
    alone = None
    try:
        _start(options.home, postgres, valkey)
        # From here on the end of a server ends all: the next user starts them anew.
        signal.signal(signal.SIGCHLD, _told)
        postgres.check()
        valkey.check()
        # Blocks until no user is left, and keeps new ones waiting until we are gone.
        alone = lock(options.home / "users.lock", fcntl.LOCK_EX)
    except Told:
        pass
    except ServiceFailed as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        valkey.stop()
        postgres.stop()
        if options.throwaway:
            shutil.rmtree(options.home)
        # In this order: who waits for the second looks at the first.
        keeper.close()
        if alone is not None:
            alone.close()
    return 0


def _start(home: Path, postgres: Postgres, valkey: Valkey) -> None:
    # One after the other, both from this thread: the kernel ends a child with the thread
    # that started it, not with the process.
    urls = postgres.start(), valkey.start()
    Services(*urls, keeper_pid=os.getpid()).save(home)
    print("ready", flush=True)
    # Nobody reads it any more, and a full pipe would stop us.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _told(signum: int, frame: object) -> None:
    raise Told


if __name__ == "__main__":
    sys.exit(main())
