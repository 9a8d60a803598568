"""The product as production runs it, for tests and benchmarks that need real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from dev.processes import dying_with_parent, free_port, wait_until
from tests.production import GOOD, ROOT, environment

START_SECONDS = 60
ANSWER_SECONDS = 60
# A test key and a secret that production takes: neither is the public one of development.
STRIPE = {
    "STRIPE_SECRET_KEY": "sk_test_" + "a1B2c3D4" * 4,
    "STRIPE_WEBHOOK_SECRETS": GOOD["STRIPE_WEBHOOK_SECRETS"],
}
SECRET = STRIPE["STRIPE_WEBHOOK_SECRETS"]
# What the proxy in front of it adds to a request that came by TLS.
PROXIED = {"Host": GOOD["ALLOWED_HOSTS"], "X-Forwarded-Proto": "https"}


class Server:
    """gunicorn on the checkout, its processes in a group of their own; its log is a file."""

    def __init__(self, log: Path, *, workers: int, **variables: str) -> None:
        self.port = free_port()
        self.log = log
        self.environment = environment(
            **STRIPE | {"PORT": str(self.port), "WEB_CONCURRENCY": str(workers)},
            **variables,
        )

    def start(self) -> None:
        """Returns when it answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "saas.wsgi"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dying_with_parent(),
            )
        assert wait_until(self._lives, START_SECONDS), self.log.read_text()

    def kill(self) -> None:
        """All its processes at once, without a word: `kill -9`. Twice is harmless."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def post(
        self, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Status and body of the answer, as a proxy gets them.

        Raises:
            OSError, HTTPException: there is no answer.
        """
        return self._ask("POST", path, body, {**headers, **PROXIED})

    def _lives(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self._ask("GET", "/health/live")[0] == HTTPStatus.OK
        except OSError:
            return False

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request(method, path, body, headers or PROXIED)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class Proxy:
    """Stands in front of a `Server`, which may come and go.

    `before_answer`, if set, runs once an answer is there and before it is passed on.
    """

    def __init__(self, server: Server) -> None:
        self.before_answer: Callable[[], None] | None = None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept = ("Content-Type", "Stripe-Signature")
                headers = {name: self.headers[name] for name in kept}
                try:
                    status, answer = server.post(self.path, body, headers)
                    if proxy.before_answer is not None:
                        proxy.before_answer()
                        status, answer = HTTPStatus.BAD_GATEWAY, b""
                except (OSError, HTTPException):
                    status, answer = HTTPStatus.BAD_GATEWAY, b""
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: object) -> None:
                """The log of the server says it."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
