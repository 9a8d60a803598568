"""`make run`: the whole product on this machine, until Ctrl-C.

PostgreSQL and Valkey, tables, offline Stripe, demo data, worker and server, in this order,
each step with its time. Everything started here ends with it, even by `kill -9`.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import NoReturn

from dev import environment, services
from dev.addresses import Addresses
from dev.errors import Refused, ServiceFailed
from dev.guardian import Guardian
from dev.only_one import only_one
from dev.supervisor import ChildEnded, Supervisor

START_SECONDS = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody pressed Ctrl-C, sent SIGTERM, or closed the terminal."""


def main() -> int:
    for signum in STOPPING:
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, _stop)  # but `nohup make run` outlives its terminal
    os.chdir(services.CHECKOUT)
    try:
        environment.decide()
        _check_development()
        with only_one(services.HOME / "run.lock") as tell:
            addresses = Addresses.choose()
            tell(addresses.site)
            _run(addresses)
    except (Refused, ServiceFailed, ChildEnded) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except Stopped:
        return 0


def _run(addresses: Addresses) -> NoReturn:
    guardian = Guardian()
    supervisor = Supervisor(guardian)
    try:
        _start(supervisor, addresses)
        _watch(supervisor)
    finally:
        for signum in STOPPING:
            signal.signal(signum, signal.SIG_IGN)
        _say("\nStopping everything.")
        supervisor.stop()
        guardian.dismiss()
        services.leave()


def _start(supervisor: Supervisor, addresses: Addresses) -> None:
    embedded = not os.environ.get("DATABASE_URL")
    with _step("PostgreSQL and Valkey"):
        environment.provide()
    addresses.export()
    with _step("Tables"):
        options = ["--from-models"] if embedded else []
        supervisor.finish("tables", "-m", "dev.database", *options)
    if addresses.stripe_port is not None:
        with _step("Offline Stripe"):
            data = str(services.HOME / "fakestripe.db")
            stripe = supervisor.start("stripe", *addresses.stripe_command(data))
            supervisor.wait_for(stripe, addresses.stripe_answers, START_SECONDS)
    with _step("Demo data"):
        logins = supervisor.finish("demo", "-m", "dev.demo", shown=False)
    with _step("Worker and server"):
        supervisor.start("worker", "manage.py", "db_worker")
        address = f"127.0.0.1:{addresses.port}"
        web = supervisor.start("web", "manage.py", "runserver", address)
        supervisor.wait_for(web, addresses.site_answers, START_SECONDS)
        supervisor.check()
    _say(addresses.welcome(logins))


def _watch(supervisor: Supervisor) -> NoReturn:
    """Until a signal comes or a child ends."""
    parent = os.getppid()
    while True:
        supervisor.check()
        # `make` itself may be killed; nobody could reach us by Ctrl-C after that.
        if "MAKELEVEL" in os.environ and os.getppid() != parent:
            raise Stopped
        time.sleep(0.3)


def _check_development() -> None:
    """Nothing is assumed where somebody has decided: it may be the real database.

    Raises:
        Refused: the environment or `.env` says how to run this, and not as development.
    """
    if not environment.is_development():
        decided = [name for name in environment.DECIDING if os.environ.get(name)]
        raise Refused(
            f"{' and '.join(decided)}: set here or in .env, and DEBUG is not true. But "
            "`make run` is for development: it fills the database with demo users whose "
            "passwords everybody knows. Unset them, or set DEBUG=true if you mean it; "
            "docs/deployment.md says how to run in production."
        )


@contextlib.contextmanager
def _step(title: str) -> Iterator[None]:
    begun = time.monotonic()
    _say(f"{title} ...")
    yield
    _say(f"{title}: {time.monotonic() - begun:.1f} s")


def _say(text: str) -> None:
    print(text, flush=True)


def _stop(signum: int, frame: object) -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
