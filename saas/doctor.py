"""What `manage.py doctor` looks at that belongs to no app, and the form of what it finds.

An app adds its own part by a dotted path in DOCTOR_CHECKS: a function that yields findings.
No finding holds a secret: of an error only its kind is told, for its text may name one.
"""

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.db import Error as DatabaseError
from django.db import connection
from django.http.request import validate_host
from redis.exceptions import RedisError

from saas import health
from saas.checks import SILENT_MAIL

OLDEST_POSTGRESQL = 150_000  # as `server_version_num`: 15.0

GO_LIVE = """\
1. Fill the variables of .env.example: a live STRIPE_SECRET_KEY, no STRIPE_API_HOST, no DEBUG.
2. Run `manage.py check --deploy --fail-level WARNING`, then `migrate`, then `create_admin`.
3. In Stripe, live mode: products with prices, the portal's settings, and the webhook endpoint.
4. Run `manage.py reconcile_billing`: it brings the catalog. Let cron run it every hour.
5. Run `manage.py doctor` again; then buy the cheapest plan with a real card, and refund it."""


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # it works, and you should know what does not
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """`words` say what is so, and what that disables."""

    level: Level
    subject: str
    words: str


Findings = Iterator[Finding]


def ok(subject: str, words: str) -> Finding:
    return Finding(Level.OK, subject, words)


def note(subject: str, words: str) -> Finding:
    return Finding(Level.NOTE, subject, words)


def broken(subject: str, words: str) -> Finding:
    return Finding(Level.BROKEN, subject, words)


def kind(error: BaseException) -> str:
    return type(error).__name__


def examine() -> Findings:
    yield from mode()
    yield from addresses()
    yield from options()
    yield from database()
    yield from cache()
    yield from mail()


def mode() -> Findings:
    if settings.DEBUG:
        yield note(
            "DEBUG",
            "On: this is development. Pages of errors show the source, and settings that"
            " are not set have well-known values. Never in public.",
        )
    else:
        yield ok("DEBUG", "Off: production.")


def addresses() -> Findings:
    host = urlsplit(settings.BASE_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield broken(
            "ALLOWED_HOSTS",
            f"Lacks {host}, the host of BASE_URL: every link in a mail, and the webhook of"
            " Stripe, ends in 400.",
        )
    elif host in {"localhost", "127.0.0.1", "::1"}:
        yield note(
            "BASE_URL",
            "This machine: links in mails open for nobody else, and the real"
            " Stripe cannot deliver webhooks.",
        )
    else:
        yield ok("BASE_URL", f"Links lead to {host}.")


def options() -> Findings:
    """What is off because nobody asked for it."""
    if not settings.SENTRY_DSN:
        yield note("SENTRY_DSN", "Not set: crashes are in the log, and nobody is told.")
    if not settings.TRUSTED_PROXY_COUNT and not settings.DEBUG:
        yield note(
            "TRUSTED_PROXY_COUNT",
            "0: right without a proxy. Behind one all visitors have its address, so they"
            " share their limits, and every page redirects to https for ever.",
        )
    if not settings.SIGNUP_OPEN:
        yield note("SIGNUP_OPEN", "false: nobody can create an account.")
    if settings.REQUIRE_MFA == "off":
        yield note("REQUIRE_MFA", "off: a stolen password of staff opens the admin.")
    if not settings.CORS_ALLOWED_ORIGINS:
        yield note("CORS_ALLOWED_ORIGINS", "None: no page elsewhere may call the API.")


def database() -> Findings:
    try:
        health.check_database()
        version = connection.pg_version
        health.Migrations().check()
    except DatabaseError as e:
        yield broken("Database", f"Gives no answer ({kind(e)}): nothing works.")
        return
    except health.PartFailed as e:
        yield broken(
            "Migrations", f"{e} Run `manage.py migrate`: routes may answer 500."
        )
    else:
        yield ok("Migrations", "All are applied.")
    if version < OLDEST_POSTGRESQL:
        yield broken(
            "Database",
            f"PostgreSQL {version // 10_000} is too old: 15 or newer, or rules that only it"
            " can keep (NULLS NOT DISTINCT) are not kept.",
        )
    else:
        yield ok("Database", f"PostgreSQL {version // 10_000}.")


def cache() -> Findings:
    try:
        health.check_cache()
    except (RedisError, OSError, health.PartFailed) as e:
        words = f"Gives no answer ({kind(e)}): limits and log-ins fail."
        yield broken("Cache", words)
    else:
        yield ok("Cache", "Keeps what it is given.")


def mail() -> Findings:
    backend = settings.EMAIL_BACKEND
    if any(name in backend for name in SILENT_MAIL):
        finding = note if settings.DEBUG else broken
        yield finding(
            "EMAIL_URL",
            "Mails reach nobody: no address can be verified and no password be reset,"
            " except by who sees them here.",
        )
        return
    try:
        connected = get_connection()
        connected.open()
        connected.close()
    except (OSError, smtplib.SMTPException) as e:
        yield broken(
            "EMAIL_URL",
            f"The mail server refuses or does not answer ({kind(e)}): nobody gets a code,"
            " so nobody can register.",
        )
    else:
        yield ok("EMAIL_URL", "The mail server takes the log-in.")
