"""`manage.py doctor` says what is wrong, what that disables, and never a secret."""

from collections.abc import Iterator
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError

from saas import doctor, health
from saas.doctor import Finding, Level, broken, note, ok

GONE = "redis://:hidden@127.0.0.1:1/0"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def run() -> tuple[int, str]:
    """Exit code and what was printed."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def levels(findings: Iterator[Finding]) -> dict[str, Level]:
    return {finding.subject: finding.level for finding in findings}


def healthy() -> Iterator[Finding]:
    yield ok("Water", "Runs.")
    yield note("Light", "Off: nobody sees anything.")


def ill() -> Iterator[Finding]:
    yield broken("Water", "Does not run: nobody can wash.")


def test_what_is_well_ends_with_0_and_says_how_to_go_live(settings):
    settings.DOCTOR_CHECKS = [f"{__name__}.healthy"]

    code, told = run()

    assert code == 0
    assert "note    Light: Off: nobody sees anything." in told
    assert "0 broken, 1 to know." in told
    steps = told.split("How to go live:\n")[1].strip().splitlines()
    assert [step[:2] for step in steps] == ["1.", "2.", "3.", "4.", "5."]


def test_something_broken_ends_with_1_after_everything_was_told(settings):
    settings.DOCTOR_CHECKS = [f"{__name__}.ill", f"{__name__}.healthy"]

    code, told = run()

    assert code == 1
    assert "broken  Water: Does not run: nobody can wash." in told
    assert "ok      Water: Runs." in told
    assert "How to go live" in told


@pytest.mark.django_db
def test_database_cache_and_migrations_that_work():
    found = levels(doctor.database()) | levels(doctor.cache())

    assert found == {"Migrations": "ok", "Database": "ok", "Cache": "ok"}


def test_cache_out_of_reach(settings):
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": GONE}}

    [found] = doctor.cache()

    assert (found.level, found.subject) == (Level.BROKEN, "Cache")
    assert "hidden" not in found.words


def test_database_out_of_reach(monkeypatch):
    def refuse() -> None:
        raise OperationalError("connection for user hidden failed")

    monkeypatch.setattr(health, "check_database", refuse)

    [found] = doctor.database()

    assert (found.level, found.subject) == (Level.BROKEN, "Database")
    assert "hidden" not in found.words


@pytest.mark.django_db
def test_database_that_is_too_old(monkeypatch):
    old = SimpleNamespace(pg_version=140_009)
    monkeypatch.setattr(doctor, "connection", old)

    found = {f.subject: f for f in doctor.database()}

    assert found["Database"].level == Level.BROKEN
    assert "PostgreSQL 14 is too old" in found["Database"].words


@pytest.mark.parametrize(
    ("debug", "backend", "level"),
    [
        (True, "dev.mailbox.backend.EmailBackend", Level.NOTE),
        (False, "django.core.mail.backends.console.EmailBackend", Level.BROKEN),
        (True, SMTP, Level.BROKEN),
    ],
)
def test_mail_that_reaches_nobody(settings, debug, backend, level):
    settings.DEBUG, settings.EMAIL_BACKEND = debug, backend
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_HOST_PASSWORD = "hidden"

    [found] = doctor.mail()

    assert (found.level, found.subject) == (level, "EMAIL_URL")
    assert "hidden" not in found.words


@pytest.mark.parametrize(
    ("url", "hosts", "found"),
    [
        ("https://a.example.com", [".example.com"], {"BASE_URL": Level.OK}),
        ("https://a.example.com", ["b.example.com"], {"ALLOWED_HOSTS": Level.BROKEN}),
        ("http://127.0.0.1:8000", ["127.0.0.1"], {"BASE_URL": Level.NOTE}),
    ],
)
def test_addresses(settings, url, hosts, found):
    settings.BASE_URL, settings.ALLOWED_HOSTS = url, hosts

    assert levels(doctor.addresses()) == found


def test_options_that_are_off_are_said(settings):
    settings.SENTRY_DSN, settings.TRUSTED_PROXY_COUNT = "", 0
    settings.SIGNUP_OPEN, settings.CORS_ALLOWED_ORIGINS = False, []
    settings.REQUIRE_MFA = "off"
    said = {
        "SENTRY_DSN",
        "TRUSTED_PROXY_COUNT",
        "SIGNUP_OPEN",
        "REQUIRE_MFA",
        "CORS_ALLOWED_ORIGINS",
    }
    assert levels(doctor.options()) == dict.fromkeys(said, Level.NOTE)

    settings.SENTRY_DSN, settings.TRUSTED_PROXY_COUNT = "https://a@b/1", 1
    settings.SIGNUP_OPEN, settings.REQUIRE_MFA = True, "staff"
    settings.CORS_ALLOWED_ORIGINS = ["https://a.example.com"]
    assert levels(doctor.options()) == {}
