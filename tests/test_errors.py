"""One envelope for every error, wherever it comes from."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.http import HttpResponse
from rest_framework.test import APIClient

from tests.crashing_urls import SECRET

crashing = pytest.mark.urls("tests.crashing_urls")


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def debug(settings) -> None:
    settings.DEBUG = True


def envelope(response: HttpResponse, status: HTTPStatus, code: str) -> dict:
    """The body of an answer, checked to be the envelope with this one error."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body = response.json()
    (error,) = body["errors"]
    assert error.keys() == {"code", "detail", "attr"}
    assert error["code"] == code
    return body


def test_unknown_url(client):
    body = envelope(client.get("/nowhere"), HTTPStatus.NOT_FOUND, "not_found")

    assert body["type"] == "client_error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", HTTPStatus.NOT_FOUND),
        ("POST", "/health/live", HTTPStatus.METHOD_NOT_ALLOWED),
        ("GET", "/workspaces", HTTPStatus.UNAUTHORIZED),
        ("GET", "/auth/me?%00", HTTPStatus.BAD_REQUEST),
        ("GET", "/", HTTPStatus.OK),
    ],
)
def test_strangers_cost_no_statement(
    client, db, django_assert_num_queries, method, path, status
):
    with django_assert_num_queries(0):
        assert client.generic(method, path).status_code == status


@pytest.mark.usefixtures("debug")
def test_unknown_url_is_no_html_in_development(client):
    envelope(client.get("/nowhere"), HTTPStatus.NOT_FOUND, "not_found")


def test_trailing_slash_is_another_url(client):
    envelope(client.get("/health/live/"), HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/health/live", "/openapi.json"])
def test_sc_091_only_declared_methods_work(client, path, method):
    response = client.generic(method, path)

    envelope(response, HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
    assert response["Allow"] in {"GET, HEAD", "GET"}


def test_unknown_page_is_html(client):
    response = client.get("/accounts/nowhere")

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert response["Content-Type"].startswith("text/html")


def test_unacceptable_media_type(client):
    response = client.get("/health/live", headers={"accept": "text/csv"})

    envelope(response, HTTPStatus.NOT_ACCEPTABLE, "not_acceptable")


@pytest.mark.parametrize(
    "accept",
    ["", "\xff", "///", "*", "a" * 8000, ", ,;q=,", "text/html;q=x", "*/*;" * 500],
)
def test_odd_accept_header_is_no_crash(client, accept):
    response = client.get("/health/live", headers={"accept": accept})

    assert response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_ACCEPTABLE}
    assert response["Content-Type"] == "application/json"


@crashing
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"\\u0000": 1}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 20000,
    ],
)
def test_sc_090_malformed_json(client, body):
    response = client.generic(
        "POST", "/crash/viewset", body, content_type="application/json"
    )

    if not body:
        assert response.json() == {}
        return
    envelope(response, HTTPStatus.BAD_REQUEST, "parse_error")


@crashing
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_sc_090_json_that_is_no_object(client, body):
    response = client.generic(
        "POST", "/crash/viewset", body, content_type="application/json"
    )

    found = envelope(response, HTTPStatus.BAD_REQUEST, "invalid")
    assert found["type"] == "validation_error"


@crashing
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b'"\\u0000"', "null_characters_not_allowed"),
        (b'{"b": ["\\u0000"]}', "null_characters_not_allowed"),
        (b'"\\ud800"', "surrogate_characters_not_allowed"),
        (b'{"\\udfff": 1}', "surrogate_characters_not_allowed"),
    ],
)
def test_sc_090_text_that_cannot_be_stored(client, value, code):
    response = client.generic(
        "POST",
        "/crash/viewset",
        b'{"field": ' + value + b"}",
        content_type="application/json",
    )

    body = envelope(response, HTTPStatus.BAD_REQUEST, code)
    assert body["errors"][0]["attr"] == "field"


@crashing
def test_whole_surrogate_pairs_and_written_escapes_pass(client):
    data = {"a": "\U0001f600", "b": "\\u0000", "c": "\\ud800"}

    response = client.post("/crash/viewset", data)

    assert response.json() == data


@crashing
def test_content_type_that_is_no_json(client):
    response = client.generic(
        "POST", "/crash/viewset", b"a=1", "application/x-www-form-urlencoded"
    )

    envelope(response, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")


@crashing
@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=nonsense", "\xff", "a/b/c", "application/json;"],
)
def test_odd_content_type_is_no_crash(client, kind):
    response = client.generic("POST", "/crash/viewset", b'{"a": 1}', kind)

    assert response.status_code in {
        HTTPStatus.OK,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    }


@crashing
def test_sc_092_large_body(client, settings):
    body = b"x" * (settings.MAX_BODY_BYTES + 1)

    response = client.generic("POST", "/crash/viewset", body, "application/json")

    envelope(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large")


@crashing
@pytest.mark.parametrize("length", ["-1", "1x", "²", "1e3"])
def test_length_that_is_no_number(client, length):
    response = client.get("/health/live", CONTENT_LENGTH=length)

    envelope(response, HTTPStatus.BAD_REQUEST, "invalid_content_length")


@pytest.mark.parametrize("url", ["/health/%00", "/health/live?a=%00", "/%00/"])
def test_null_characters_in_the_url(client, url):
    envelope(client.get(url), HTTPStatus.BAD_REQUEST, "null_characters_not_allowed")


@pytest.mark.parametrize("url", ["/%ff", "/%ed%a0%80", "/" + "a" * 9000, "/%e2%80%ae"])
def test_odd_url_is_unknown(client, url):
    envelope(client.get(url), HTTPStatus.NOT_FOUND, "not_found")


def test_odd_query_changes_nothing(client):
    url = "/health/live?" + "&".join(f"k{i}=%ff%ed%a0%80" for i in range(900))

    assert client.get(url).status_code == HTTPStatus.OK


def test_unknown_host(client):
    response = client.get("/nowhere", headers={"host": "evil.example"})

    envelope(response, HTTPStatus.BAD_REQUEST, "invalid")


@pytest.mark.usefixtures("debug")
def test_unknown_host_is_no_html_in_development(client):
    response = client.get("/nowhere", headers={"host": "evil.example"})

    envelope(response, HTTPStatus.BAD_REQUEST, "invalid")


@crashing
@pytest.mark.parametrize("path", ["/crash/viewset", "/crash/view"])
def test_sc_106_a_crash_says_nothing_but_its_request(client, path, caplog):
    response = client.get(path)

    body = envelope(response, HTTPStatus.INTERNAL_SERVER_ERROR, "error")
    assert body["type"] == "server_error"
    assert body["request_id"] == response["X-Request-ID"]
    assert SECRET not in response.text
    assert SECRET in caplog.text


@crashing
@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("path", ["/crash/viewset", "/crash/view"])
def test_a_crash_is_no_html_in_development(client, path):
    envelope(client.get(path), HTTPStatus.INTERNAL_SERVER_ERROR, "error")


@crashing
def test_sc_106_a_crashing_page_names_the_request(client):
    response = client.get("/accounts/crash")

    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Request-ID"] in response.text
    assert SECRET not in response.text


@crashing
def test_database_out_of_reach(client):
    response = client.get("/crash/database")

    envelope(response, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
    assert SECRET not in response.text


@pytest.fixture
def no_cache(settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }


@pytest.mark.usefixtures("no_cache")
def test_sc_105_without_its_cache_a_login_is_refused(client, db):
    """Closed, not open: limits that cannot be counted must not be limits that are off."""
    response = client.post(
        "/auth/login", {"email": "a@example.com", "password": "whatever-it-is"}
    )

    envelope(response, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")


@pytest.mark.usefixtures("no_cache")
def test_sc_105_without_its_cache_a_login_on_a_page_is_refused(client, db, caplog):
    response = client.post(
        "/accounts/login/", {"login": "a@example.com", "password": "whatever"}
    )

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response["X-Request-ID"] in response.text
    # With its traceback, which is what Sentry takes.
    (line,) = [r for r in caplog.records if r.name == "saas.middleware"]
    assert (line.levelname, bool(line.exc_info)) == ("ERROR", True)


@pytest.mark.parametrize(
    "path", ["/", "/accounts/email/", "/accounts/billing/", "/admin/"]
)
def test_page_without_its_database_is_unavailable(client, staff, path):
    client.force_login(staff)

    def refuse(*args: object) -> None:
        raise OperationalError(SECRET)

    with connection.execute_wrapper(refuse):
        response = client.get(path)

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response["X-Request-ID"] in response.text
    assert SECRET not in response.text


@crashing
def test_page_that_is_sent_something_suspicious_is_refused(client):
    response = client.get("/accounts/suspect")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert SECRET not in response.text


@crashing
def test_limit_says_when_to_come_back(client, db):
    response = client.get("/crash/limit")

    envelope(response, HTTPStatus.TOO_MANY_REQUESTS, "rate_limited")
    assert response["Retry-After"] == "7"


@crashing
def test_page_that_runs_into_a_rule_is_refused(client, db):
    response = client.get("/accounts/refuse")

    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Too many attempts" in response.text


def test_sc_096_form_without_token_is_refused():
    client = APIClient(enforce_csrf_checks=True)

    response = client.post(
        "/accounts/login/", {"login": "a@example.com"}, format="multipart"
    )

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "came from another site" in response.text


@crashing
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_constraint_that_refuses_what_checks_allowed_is_a_conflict(
    client, method, caplog
):
    Group.objects.create(name="taken")

    response = client.generic(method, "/crash/race")

    body = envelope(response, HTTPStatus.CONFLICT, "conflict")
    assert "Key" not in body["errors"][0]["detail"]
    (line,) = [r for r in caplog.records if r.message == "lost_race"]
    assert line.levelname == "ERROR"


@crashing
@pytest.mark.django_db(transaction=True)
def test_page_that_loses_a_race_says_so(client):
    Group.objects.create(name="taken")

    response = client.get("/accounts/race")

    assert response.status_code == HTTPStatus.CONFLICT
    assert "faster" in response.text


@pytest.mark.parametrize("depth", [51, 300, 480, 900, 5000])
@pytest.mark.parametrize("leaf", ["1", '"\\u0041"'])
def test_deep_json_is_refused(client, db, depth, leaf):
    body = '{"a":' + "[" * depth + leaf + "]" * depth + "}"

    response = client.generic(
        "POST", "/auth/login", body, content_type="application/json"
    )

    envelope(response, HTTPStatus.BAD_REQUEST, "parse_error")


def test_json_as_deep_as_any_of_ours_is_read(client, db):
    body = '{"a":' + "[" * 49 + "]" * 49 + "}"

    response = client.generic(
        "POST", "/auth/login", body, content_type="application/json"
    )

    assert response.json()["errors"][0]["code"] == "required"


@pytest.mark.parametrize("path", ["/auth/login", "/accounts/login/"])
def test_leading_zeros_do_not_hide_a_long_body(client, db, path):
    length = "0" * 25 + str(2 * 1024 * 1024)

    response = client.post(path, CONTENT_LENGTH=length)

    envelope(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large")
