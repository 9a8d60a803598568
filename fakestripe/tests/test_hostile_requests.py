"""Requests that no library would send get an error in Stripe's shape, never a 500."""

import http.client
import json
import urllib.parse

import pytest

from fakestripe import FakeStripe
from fakestripe.server import MAX_BODY
from fakestripe.tests.browser import visit

KEY = {"Authorization": "Bearer sk_test_x"}


def send(
    fake: FakeStripe,
    method: str,
    path: str,
    body: bytes | str | None = None,
    **headers: str,
) -> tuple[int, dict]:
    address = urllib.parse.urlsplit(fake.url).netloc
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request(method, path, body, {**KEY, **headers})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    assert response.headers["Request-Id"].startswith("req_")
    return response.status, answer


@pytest.mark.parametrize(
    "body",
    [
        b"email=%00",
        b"email=%ED%A0%80@x.co",
        b"\xff\xfe=1",
        b"name[=1",
        b"name[a]=1&name=2",
        b"name=1&name[a]=2",
        b"a" + b"[x]" * 50 + b"=1",
        b"&".join(b"metadata[k%d]=v" % n for n in range(3_000)),
        b"metadata[a][b]=c",
        b"expand=x",
        b"expand[0][a]=x",
        b"name[]=a&name[]=b",
        b"balance=1e5",
        b"balance=" + b"9" * 5_000,
        b"email=" + b"a" * 10_000 + b"@x.co",
        b"preferred_locales[99999999999999999999]=de",
    ],
)
def test_malformed_forms_are_refused(fake: FakeStripe, body: bytes) -> None:
    status, answer = send(fake, "POST", "/v1/customers", body)

    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert fake.events() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/invoices/in_x", 404),
        ("PATCH", "/v1/customers", 404),
        ("GET", "/v1/customers/%00", 404),
        ("GET", "/v1/customers/%ED%A0%80", 404),
        ("GET", "/v1/customers/" + "x" * 5_000, 404),
        ("GET", "/v1/customers?limit=0", 400),
        ("GET", "/v1/customers?limit=101", 400),
        ("GET", "/v1/customers?created[gte]=x", 400),
        ("GET", "/v1/customers?page=1", 400),
        ("GET", "/v1/subscriptions?status=happy", 400),
    ],
)
def test_malformed_addresses_are_refused(
    fake: FakeStripe, method: str, path: str, status: int
) -> None:
    got, answer = send(fake, method, path)

    assert got == status
    assert answer["error"]["type"] == "invalid_request_error"


def test_bodies_have_a_limit(fake: FakeStripe) -> None:
    status, _ = send(fake, "POST", "/v1/customers", "x", **{"Content-Length": "abc"})
    assert status == 400
    length = str(MAX_BODY + 1)
    status, _ = send(fake, "POST", "/v1/customers", "x", **{"Content-Length": length})
    assert status == 413


def test_json_is_not_the_language_of_the_api(fake: FakeStripe) -> None:
    status, answer = send(
        fake, "POST", "/v1/customers", "{}", **{"Content-Type": "application/json"}
    )

    assert status == 400
    assert "x-www-form-urlencoded" in answer["error"]["message"]


def test_missing_key_is_a_401(fake: FakeStripe) -> None:
    for value in ("", "Bearer ", "Basic !!!", "Basic /////w=="):
        status, answer = send(fake, "GET", "/v1/customers", Authorization=value)
        assert status == 401
        assert "API key" in answer["error"]["message"]


def test_basic_authorization_is_taken(fake: FakeStripe) -> None:
    basic = "Basic c2tfdGVzdF94Og=="  # sk_test_x:

    status, _ = send(fake, "GET", "/v1/customers", Authorization=basic)

    assert status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_fake/advance", "{"),
        ("/_fake/advance", "[]"),
        ("/_fake/advance", "{}"),
        ("/_fake/advance", '{"days": "x"}'),
        ("/_fake/advance", '{"days": -1}'),
        ("/_fake/advance", '{"days": 1e300}'),
        ("/_fake/advance", '{"days": NaN}'),
        ("/_fake/advance", '{"years": 1}'),
        ("/_fake/chaos", '{"drop": 2}'),
        ("/_fake/chaos", '{"drop": true}'),
        ("/_fake/chaos", '{"disorder": 1}'),
        ("/_fake/chaos", '{"unknown": 1}'),
        ("/_fake/chaos", '{"failures": 1.5}'),
        ("/_fake/dispute", '{"charge": 1}'),
        ("/_fake/dispute", '{"charge": "ch_none"}'),
        ("/_fake/decide_dispute", '{"dispute": "du_none", "won": "yes"}'),
        ("/_fake/webhook", '{"url": "file:///etc/passwd", "secret": "s"}'),
        ("/_fake/webhook", '{"url": "http://x.test/"}'),
        ("/_fake/advance", "[" * 100_000),
    ],
)
def test_malformed_controls_are_refused(fake: FakeStripe, path: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}

    status, answer = send(fake, "POST", path, body, **headers)

    assert status == 400
    assert answer["error"]["message"]


def test_other_sites_cannot_press_the_buttons(fake: FakeStripe) -> None:
    page = visit(f"{fake.url}/_fake/reset", {}, Origin="https://evil.test")

    assert page.status == 403


def test_own_pages_can(fake: FakeStripe) -> None:
    assert visit(f"{fake.url}/_fake/reset", {}, Origin=fake.url).status == 200
    assert visit(f"{fake.url}/_fake/reset", {}, Origin="null").status == 403
