"""One line for each request: enough to find it again, nothing that opens a door."""

import io
import json
import logging
import logging.config
import uuid
from collections.abc import Iterator
from http import HTTPStatus

import pytest
import structlog
from rest_framework.test import APIClient

from saas import logs

crashing = pytest.mark.urls("tests.crashing_urls")


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


class Written:
    """What a handler of the production form wrote so far, each line as a dict."""

    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[dict]:
        return (json.loads(line) for line in self.stream.getvalue().splitlines())


def formatter(name: str) -> logging.Formatter:
    settings = logs.configuration(name)["formatters"][name]
    return logging.config.DictConfigurator({}).configure_formatter({**settings})


@pytest.fixture
def lines() -> Iterator[Written]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    logging.getLogger().addHandler(handler)
    yield Written(stream)
    logging.getLogger().removeHandler(handler)


def of_requests(lines: Written) -> list[dict]:
    return [line for line in lines if line["logger"] == "saas.request"]


def test_a_line_says_who_did_what(lines, owner, as_user):
    response = as_user(owner.user).get(f"/workspaces/{owner.workspace_id}?q=hidden")

    (line,) = of_requests(lines)
    assert response.status_code == HTTPStatus.OK
    assert line["event"] == "request"
    assert line["method"] == "GET"
    assert line["path"] == f"/workspaces/{owner.workspace_id}"
    assert line["status"] == HTTPStatus.OK
    assert line["duration_ms"] >= 0
    assert line["user_id"] == str(owner.user_id)
    assert line["workspace_id"] == str(owner.workspace_id)
    assert line["request_id"] == response["X-Request-ID"]
    assert line["timestamp"].endswith("Z")


def test_nobody_has_no_id(lines, client):
    client.get("/workspaces")

    (line,) = of_requests(lines)
    assert line["status"] == HTTPStatus.UNAUTHORIZED
    assert "user_id" not in line


def test_sc_108_no_query_header_or_body_is_logged(lines, client):
    client.post(
        "/nowhere?token=secret-1",
        {"password": "secret-2"},
        headers={"authorization": "Bearer secret-3", "cookie": "sessionid=secret-4"},
    )

    assert "secret-" not in json.dumps(list(lines))


@pytest.mark.django_db
def test_sc_108_the_key_of_a_reset_link_is_not_logged(lines, client):
    client.get("/accounts/password/reset/key/2f-secret-key/")

    (line,) = of_requests(lines)
    assert "secret-key" not in json.dumps(line)
    assert line["path"].startswith("/accounts/password/reset/key/")


@crashing
def test_sc_108_the_key_of_a_link_is_not_in_the_line_of_a_crash(lines, client):
    client.get("/accounts/crash/secret-key?next=secret-page")

    crash = [line for line in lines if "exception" in line]
    assert [line["event"] for line in crash] == [
        "Internal Server Error: /accounts/crash/***"
    ]
    assert [line for line in lines if "secret-" in json.dumps(line)] == []


def test_fields_and_arguments_of_a_line_are_kept(lines):
    logging.getLogger("of.python").info("Mail %s", "sent", extra={"attempt": 2})
    structlog.get_logger("of.structlog").info("Mail %s", "sent", attempt=2)

    assert [(line["event"], line["attempt"]) for line in lines] == [
        ("Mail sent", 2)
    ] * 2


@pytest.mark.parametrize(
    "path", ["/a%0ab", "/a%0d%0aX: 1", "/%1b[31mred", "/%e2%80%a8"]
)
def test_sc_093_a_path_stays_on_its_line(lines, client, path):
    client.get(path)

    (line,) = of_requests(lines)
    assert line["path"].isascii()
    assert line["path"].isprintable()


@crashing
@pytest.mark.parametrize("path", ["/crash/view", "/crash/viewset", "/accounts/crash"])
def test_sc_106_a_crash_is_logged_with_its_traceback_and_request(lines, client, path):
    response = client.get(path)

    traced = [line for line in lines if "exception" in line]
    assert len(traced) == 1
    assert "RuntimeError" in traced[0]["exception"]
    assert traced[0]["request_id"] == response["X-Request-ID"]
    assert of_requests(lines)[0]["status"] == HTTPStatus.INTERNAL_SERVER_ERROR


def test_good_probes_are_quiet(lines, client):
    client.get("/health/live")

    assert list(lines) == []


def test_refused_probes_are_not(lines, client):
    client.post("/health/live")

    assert len(of_requests(lines)) == 1


def test_request_id_of_the_client_is_kept(client):
    chosen = str(uuid.uuid4())

    response = client.get("/health/live", headers={"x-request-id": chosen})

    assert response["X-Request-ID"] == chosen


@pytest.mark.parametrize(
    "sent",
    [
        "short",
        "x" * 65,
        "has spaces in it",
        "line\nbreak-12345",
        "é" * 12,
        "<b>12345678",
    ],
)
def test_sc_093_odd_request_id_is_replaced(client, sent):
    response = client.get("/health/live", headers={"x-request-id": sent})

    assert response["X-Request-ID"] != sent
    assert logs.REQUEST_ID.fullmatch(response["X-Request-ID"])


def test_nothing_of_the_last_request_stays(lines, client, owner, as_user):
    as_user(owner.user).get("/workspaces")
    client.get("/workspaces")

    first, second = of_requests(lines)
    assert first["request_id"] != second["request_id"]
    assert "user_id" not in second


def test_text_format_is_one_readable_line(client):
    record = logging.LogRecord("django", logging.INFO, "", 0, "Up %s", ("now",), None)

    line = formatter("text").format(record)

    assert "Up now" in line
    assert "\n" not in line
