"""The embedded services: joined by many, gone with the last, unharmed by kill -9."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
import redis

from dev.accounts import ROOT_HOME
from dev.processes import wait_until
from dev.services import CHECKOUT, Services

SECONDS = 60
USER = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from dev.services import attach
print(json.dumps(asdict(attach(Path(sys.argv[1])))), flush=True)
sys.stdin.read()
"""
Join = Callable[[Path], tuple[subprocess.Popen[str], Services]]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that any account may enter, unlike `tmp_path`."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        data = (Path(folder) / "postgres").resolve()
        if data.parent == ROOT_HOME:
            shutil.rmtree(data)


@pytest.fixture
def join(home: Path) -> Iterator[Join]:
    """`join(home)`: a process that uses the services of `home` until its input ends."""
    started, keepers = [], []

    def start(home: Path) -> tuple[subprocess.Popen[str], Services]:
        user = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(user)
        assert user.stdout is not None
        services = Services(**json.loads(user.stdout.readline()))
        keepers.append(psutil.Process(services.keeper_pid))
        return user, services

    yield start
    for user in started:
        user.kill()
        user.communicate()
    assert gone(keepers)


def execute(services: Services, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def named(name: str, processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those of this name that live: what served a connection goes with it."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name() == name:
                found.append(process)
    return found


def family(services: Services) -> list[psutil.Process]:
    keeper = psutil.Process(services.keeper_pid)
    return [keeper, *keeper.children(recursive=True)]


def gone(processes: list[psutil.Process]) -> bool:
    def all_gone() -> bool:
        return not any(
            p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes
        )

    def asked() -> bool:
        try:
            return all_gone()
        except psutil.NoSuchProcess:  # between the two questions
            return False

    return wait_until(asked, SECONDS)


def test_users_share_the_servers_and_the_last_one_ends_them(
    join: Join, home: Path
) -> None:
    first, services = join(home)
    second, joined = join(home)
    processes = family(services)

    first.kill()
    execute(joined, "CREATE TABLE kept AS SELECT 42 AS answer")

    assert joined == services
    assert redis.Redis.from_url(joined.redis_url).ping()
    second.communicate("")
    assert gone(processes)
    _, again = join(home)
    assert execute(again, "SELECT answer FROM kept") == [(42,)]


def test_end_of_a_server_makes_room_for_a_new_one(join: Join, home: Path) -> None:
    _, services = join(home)
    keeper, *servers = family(services)
    (valkey,) = named("valkey-server", servers)

    valkey.kill()

    assert gone([keeper, *servers])
    _, again = join(home)
    assert redis.Redis.from_url(again.redis_url).ping()


@pytest.mark.parametrize("victim", ["everything", "keeper", "postgres"])
def test_start_after_kill(join: Join, home: Path, victim: str) -> None:
    user, services = join(home)
    execute(services, "CREATE TABLE kept AS SELECT 42 AS answer")
    processes = family(services)
    victims = {
        "everything": processes,
        "keeper": processes[:1],
        "postgres": named("postgres", processes),
    }[victim]

    for process in victims:
        with contextlib.suppress(psutil.NoSuchProcess):  # gone with one before it
            process.kill()
    user.kill()

    assert gone(processes)
    _, again = join(home)
    assert execute(again, "SELECT answer FROM kept") == [(42,)]


def test_long_path_with_spaces(join: Join, home: Path) -> None:
    deep = home / ("a folder with a long name " * 6).strip() / "and then some"

    _, services = join(deep)

    assert len(str(deep)) > 107  # longer than the path of a socket may be
    assert execute(services, "SELECT lower('ÄÖ')") == [("äö",)]


def test_folder_that_others_may_not_enter(join: Join, home: Path) -> None:
    home.chmod(0o700)  # as `mktemp -d` makes it, and where root clones into

    _, services = join(home)

    assert execute(services, "SELECT 1") == [(1,)]
    assert home.stat().st_mode & 0o777 == 0o700


def test_failure_shows_the_log_of_the_server(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("9\n")

    user = subprocess.run(
        [sys.executable, "-c", USER, str(home)],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert user.returncode == 1
    assert "was made by PostgreSQL 9" in user.stderr
