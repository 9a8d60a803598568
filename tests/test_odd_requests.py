"""Requests that no client of ours would send: refused in the envelope, and no crash."""

from http import HTTPStatus

import pytest
from rest_framework.test import APIClient

from tests.envelope import envelope

crashing = pytest.mark.urls("tests.crashing_urls")


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def debug(settings) -> None:
    settings.DEBUG = True


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
