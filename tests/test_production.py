"""A real gunicorn in production form, run from what the image holds, on empty real stores."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
import pytest

from dev.processes import free_port, wait_until
from tests.image import build
from tests.production import environment

HOST = "app.example.com"
START_SECONDS = STOP_SECONDS = 30


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def code(self) -> str:
        return json.loads(self.body)["errors"][0]["code"]


class Server:
    """gunicorn with one worker, started in `folder`; its log is `lines`."""

    def __init__(self, folder: Path, log: Path, **variables: str) -> None:
        self.port = free_port()
        self.log = log
        variables |= {"PORT": str(self.port), "WEB_CONCURRENCY": "1"}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "saas.wsgi"],
                cwd=folder,
                env=environment(**variables),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        assert wait_until(self.lives, START_SECONDS), log.read_text()

    def lives(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.ask("/health/live").status == HTTPStatus.OK
        except OSError:
            return False

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> Answer:
        """`proto="https"` is what a proxy that ended TLS adds."""
        sent = {"Host": HOST} | ({"Content-Type": "application/json"} if body else {})
        if proto := headers.pop("proto", ""):
            sent["X-Forwarded-Proto"] = proto
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, sent | headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """A folder as the image has it, its static files collected as the Dockerfile does."""
    folder = build(tmp_path_factory.mktemp("image") / "app")
    command = [sys.executable, "manage.py", "collectstatic", "--no-input"]
    env = environment(DEBUG="true", DATABASE_URL="postgresql://none/none")
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    server, name = os.environ["DATABASE_URL"], f"production_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield server.rsplit("/", 1)[0] + "/" + name
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def stores(database) -> dict[str, str]:
    return {"DATABASE_URL": database, "REDIS_URL": os.environ["REDIS_URL"]}


@pytest.fixture(scope="module")
def server(image, stores, tmp_path_factory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("log") / "gunicorn.log"
    server = Server(image, log, **stores)
    server.before_tables = server.ask("/health/ready")
    make_tables(stores)
    yield server
    server.process.kill()
    server.process.wait()


def make_tables(stores: dict[str, str]) -> None:
    """What `migrate` does in 40 s; tests/test_migrations.py proves that it is the same."""
    command = [sys.executable, "-m", "dev.database", "--from-models"]
    env = environment(**stores, DEBUG="true")
    subprocess.run(command, env=env, check=True, capture_output=True)


def test_ready_only_with_its_tables(server):
    assert server.before_tables.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert server.before_tables.code == "not_ready"
    assert json.loads(server.before_tables.body)["checks"] == {
        "database": "ok",
        "cache": "ok",
        "migrations": "failed",
    }
    answer = server.ask("/health/ready", Host="10.0.0.7:8000")
    assert answer.status == HTTPStatus.OK, answer.body


def test_errors_are_the_envelope_with_all_headers(server):
    answer = server.ask("/nowhere", proto="https")

    assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, "not_found")
    assert answer.headers["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    for name in (
        "Content-Security-Policy",
        "Cross-Origin-Opener-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "X-Request-ID",
    ):
        assert answer.headers[name], name
    assert answer.headers["Cache-Control"] == "no-store"


def test_sc_101_plain_http(server):
    api, page = server.ask("/workspaces"), server.ask("/accounts/login/")

    assert (api.status, api.code) == (HTTPStatus.FORBIDDEN, "https_required")
    assert page.status == HTTPStatus.MOVED_PERMANENTLY
    assert page.headers["Location"] == f"https://{HOST}/accounts/login/"


def test_foreign_host_is_refused(server):
    answer = server.ask("/workspaces", Host="evil.example", proto="https")

    assert (answer.status, answer.code) == (HTTPStatus.BAD_REQUEST, "invalid")


def test_the_whole_stack_answers(server):
    body = json.dumps({"email": "nobody@example.com", "password": "wrong-password-1"})

    answer = server.ask("/auth/login", "POST", body, proto="https")

    assert (answer.status, answer.code) == (
        HTTPStatus.UNAUTHORIZED,
        "invalid_credentials",
    )


@pytest.mark.parametrize("path", ["/accounts/login/", "/docs"])
def test_assets_of_pages_load_and_may_be_kept(server, path):
    page = server.ask(path, proto="https")
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.body.decode())

    assert page.status == HTTPStatus.OK
    assert assets, page.body
    for asset in assets:
        answer = server.ask(asset, proto="https", **{"Accept-Encoding": "gzip"})
        assert answer.status == HTTPStatus.OK, asset
        assert "immutable" in answer.headers["Cache-Control"]
        if answer.headers["Content-Encoding"] == "gzip":
            assert gzip.decompress(answer.body)


def test_the_style_of_the_admin_loads(server, image):
    manifest = json.loads((image / "staticfiles" / "staticfiles.json").read_text())
    name = manifest["paths"]["admin/css/base.css"]

    answer = server.ask(f"/static/{name}", proto="https")

    assert answer.status == HTTPStatus.OK
    assert answer.headers["Content-Type"].startswith("text/css")


def test_the_admin_leads_to_the_login(server):
    answer = server.ask("/admin/", proto="https")

    assert answer.status == HTTPStatus.FOUND
    assert "login" in answer.headers["Location"]


def test_sc_100_cookies_belong_to_this_host_alone(server):
    page = server.ask("/accounts/signup/", proto="https")
    (csrf,) = page.headers.get_all("Set-Cookie")
    token = csrf.partition("=")[2].partition(";")[0]

    def send(path: str, **form: str) -> list[str]:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": csrf.partition(";")[0],
            "Referer": f"https://{HOST}{path}",
            "X-CSRFToken": token,
        }
        answer = server.ask(path, "POST", urlencode(form), proto="https", **headers)
        assert answer.status == HTTPStatus.FOUND, answer.body
        return answer.headers.get_all("Set-Cookie")

    begun = send(
        "/accounts/signup/", email="new@example.com", password1="correct-horse-battery"
    )
    told = send("/accounts/billing/thanks/", session_id="none")  # by a message
    cookies = {c.split("=")[0]: c for c in [csrf, *begun, *told]}
    assert cookies.keys() == {"__Host-csrftoken", "__Host-messages", "__Host-sessionid"}
    for name, cookie in cookies.items():
        assert "; Secure" in cookie
        assert "SameSite=Lax" in cookie
        assert "; Path=/;" in f"{cookie};"
        assert "domain=" not in cookie.lower()
        # The one of the forms is read by nobody's script either, but says nothing.
        assert "; HttpOnly" in cookie or name == "__Host-csrftoken"


def test_sc_091_trace_is_refused(server):
    answer = server.ask("/workspaces", "TRACE", proto="https")

    assert answer.status in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNAUTHORIZED}
    assert b"TRACE" not in answer.body


def test_the_log_is_json_throughout(server):
    answer = server.ask("/nowhere?token=secret", proto="https")

    lines = [json.loads(line) for line in server.lines]
    (mine,) = [
        line
        for line in lines
        if line.get("request_id") == answer.headers["X-Request-ID"]
    ]
    assert (mine["path"], mine["status"]) == ("/nowhere", HTTPStatus.NOT_FOUND)
    assert "gunicorn.error" in {line["logger"] for line in lines}
    assert "secret" not in "".join(server.lines)


def test_sc_102_a_forged_scheme_is_not_believed_without_a_proxy(
    image, stores, tmp_path
):
    server = Server(image, tmp_path / "log", **stores, TRUSTED_PROXY_COUNT="0")

    answer = server.ask("/workspaces", proto="https")

    assert (answer.status, answer.code) == (HTTPStatus.FORBIDDEN, "https_required")
    # And it ends when it is told to, with nothing but its log left behind.
    assert server.stop() == 0
