"""What every answer carries, good or bad, and who may read answers from another origin."""

import re
from http import HTTPStatus

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

FRIEND, STRANGER = "https://app.example.com", "https://evil.example"
ANSWERS = {
    "a page": ("/accounts/login/", HTTPStatus.OK),
    "a missing page": ("/accounts/nowhere", HTTPStatus.NOT_FOUND),
    "an answer": ("/health/live", HTTPStatus.OK),
    "a missing answer": ("/nowhere", HTTPStatus.NOT_FOUND),
    "nobody": ("/workspaces", HTTPStatus.UNAUTHORIZED),
    "a limit": ("/crash/limit", HTTPStatus.TOO_MANY_REQUESTS),
    "a crash": ("/crash/view", HTTPStatus.INTERNAL_SERVER_ERROR),
    "a crash in a viewset": ("/crash/viewset", HTTPStatus.INTERNAL_SERVER_ERROR),
    "a crashing page": ("/accounts/crash", HTTPStatus.INTERNAL_SERVER_ERROR),
    "a bad request": ("/health/live?%00", HTTPStatus.BAD_REQUEST),
    "the documentation": ("/docs", HTTPStatus.OK),
}


@pytest.fixture
def client() -> Client:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def production(settings) -> None:
    """The switches of transport that are off while developing."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True


def check_headers(response: HttpResponse) -> None:
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = response["Content-Security-Policy"]
    for directive in ("object-src", "base-uri", "frame-ancestors"):
        assert f"{directive} 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Request-ID"]
    assert response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.urls("tests.crashing_urls")
@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("name", ANSWERS)
def test_sc_098_every_answer_has_the_security_headers(client, name):
    path, status = ANSWERS[name]

    response = client.get(path, secure=True)

    assert response.status_code == status
    check_headers(response)
    hsts = response["Strict-Transport-Security"]
    assert hsts == "max-age=31536000; includeSubDomains"


def test_sc_098_a_refused_body_has_them_too(client, settings):
    body = b"x" * (settings.MAX_BODY_BYTES + 1)

    response = client.generic("POST", "/workspaces", body, "application/json")

    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    check_headers(response)


@pytest.mark.usefixtures("production")
def test_sc_101_plain_http_is_refused_by_the_api(client):
    response = client.get("/workspaces")

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["errors"][0]["code"] == "https_required"
    check_headers(response)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/admin/", "/docs"])
def test_sc_101_plain_http_is_redirected_by_pages(client, path):
    response = client.get(path)

    assert response.status_code == HTTPStatus.MOVED_PERMANENTLY
    assert response["Location"] == f"https://testserver{path}"
    check_headers(response)


@pytest.mark.usefixtures("production")
def test_probes_may_be_plain(client):
    assert client.get("/health/live").status_code == HTTPStatus.OK


def test_sc_027_answers_to_somebody_are_not_stored(owner, as_user):
    response = as_user(owner.user).get("/workspaces")

    assert response["Cache-Control"] == "no-store"


def test_sc_097_foreign_origin_gets_no_allow_header(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]

    for method in ("get", "options"):
        response = getattr(client, method)(
            "/workspaces",
            headers={"origin": STRANGER, "access-control-request-method": "GET"},
        )
        assert "Access-Control-Allow-Origin" not in response


def test_sc_097_listed_origin_may_read_errors_too(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]
    body = b"x" * (settings.MAX_BODY_BYTES + 1)

    response = client.generic(
        "POST", "/workspaces", body, "application/json", headers={"origin": FRIEND}
    )

    assert response["Access-Control-Allow-Origin"] == FRIEND
    assert "Access-Control-Allow-Credentials" not in response
    assert "x-request-id" in response["Access-Control-Expose-Headers"].lower()


def test_preflight_of_a_listed_origin(client, settings):
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]
    headers = {
        "origin": FRIEND,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,content-type",
    }

    response = client.options("/workspaces", headers=headers)

    assert response.status_code == HTTPStatus.OK
    assert "PATCH" in response["Access-Control-Allow-Methods"]
    assert "authorization" in response["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("path", ["/", "/docs", "/accounts/login/"])
@pytest.mark.django_db
def test_sc_099_pages_have_no_inline_code(client, path):
    page = client.get(path).text

    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []
