"""One envelope for every error, wherever it comes from."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from tests.crashing_urls import SECRET
from tests.envelope import envelope

crashing = pytest.mark.urls("tests.crashing_urls")


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def debug(settings) -> None:
    settings.DEBUG = True


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
