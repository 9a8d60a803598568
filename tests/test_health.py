"""What load balancers ask: is it alive, can it serve."""

from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from saas import health

READY = {"database": "ok", "cache": "ok", "migrations": "ok"}


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch) -> None:
    monkeypatch.setattr(health.migrations, "applied", False)


def failing(error: Exception):
    def fail() -> None:
        raise error

    return fail


def test_live_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get("/health/live")

    assert response.status_code == HTTPStatus.OK
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_says_what_works(client):
    response = client.get("/health/ready")

    assert response.status_code == HTTPStatus.OK
    assert response.json() == {
        "status": "ok",
        "checks": READY,
        "reports": {"last_webhook_age_seconds": None},
    }


@pytest.mark.django_db
def test_reports_of_apps_are_shown_and_none_are_needed(client, settings):
    settings.READINESS_REPORTS = [f"{__name__}.report"]
    assert client.get("/health/ready").json()["reports"] == {"waiting": 3}

    del settings.READINESS_REPORTS
    assert client.get("/health/ready").json()["reports"] == {}


def report() -> dict[str, int]:
    return {"waiting": 3}


@pytest.mark.django_db
def test_migrations_are_asked_for_once(client, django_assert_num_queries):
    client.get("/health/ready")

    with django_assert_num_queries(2):  # the database, and the report of billing
        assert client.get("/health/ready").json()["checks"] == READY


@pytest.mark.django_db
def test_cache_out_of_reach(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://:hidden@127.0.0.1:1/0",
        }
    }

    response = client.get("/health/ready")

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    body = response.json()
    assert body["errors"][0]["code"] == "not_ready"
    assert body["checks"] == {**READY, "cache": "failed"}
    assert "hidden" not in response.text
    assert "127.0.0.1" not in response.text


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["database", "migrations"])
def test_a_failing_part_is_named(client, monkeypatch, part):
    error = OperationalError("connection to 10.0.0.7 failed for user hidden")
    monkeypatch.setitem(health.PARTS, part, failing(error))

    response = client.get("/health/ready")

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json()["checks"] == {**READY, part: "failed"}
    assert "hidden" not in response.text


def test_check_of_the_cache_leaves_nothing(client, db):
    client.get("/health/ready")

    redis = cache._cache.get_client()
    assert redis.dbsize() == 0


def test_pending_migrations(client, db, settings):
    """With the real migrations and none of them recorded, as on a database without tables."""
    settings.MIGRATION_MODULES = {}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS django_migrations")

    response = client.get("/health/ready")

    assert response.json()["checks"] == {**READY, "migrations": "failed"}
