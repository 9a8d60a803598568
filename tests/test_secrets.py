"""The ear that listens to all tests hears every kind of secret, and nothing else."""

import logging
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import mail, signing
from django.middleware.csrf import get_token
from django.test import RequestFactory

from accounts import audit
from accounts.models import User
from accounts.sessions import start_session
from accounts.sessions.store import SessionStore
from accounts.tests.second_factors import with_app
from conftest import PASSWORD
from tests.secrets import Ear

logger = logging.getLogger("heard")


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Of a logger whose lines reach no other: the one of all tests must not hear them."""
    ear = Ear()
    logger.addHandler(ear)
    logger.propagate = False
    yield ear
    logger.removeHandler(ear)
    logger.propagate = True


@pytest.fixture
def secrets(make_user: object) -> dict[str, str]:
    """Real ones, made as the product makes them."""
    ada: User = make_user("ada")
    session = SessionStore()
    session.create()
    mail.outbox = [mail.EmailMessage(body="Your code:\n\n    AB12-CD34\n")]
    return {
        "password": PASSWORD,
        "hash": make_password(PASSWORD),
        "token": start_session(ada, session_key="")[1]["refresh"],
        "flow": signing.dumps("sealed", salt="x"),
        "session": session.session_key,
        "csrf": get_token(RequestFactory().get("/")),
        "seed": with_app(ada),
        "code": "AB12-CD34",
        "secret_key": settings.SECRET_KEY,
        "signing_key": urlsafe_b64encode(settings.JWT_SIGNING_KEYS[0]).decode(),
        "stripe": settings.STRIPE_SECRET_KEY,
        "webhook": settings.STRIPE_WEBHOOK_SECRETS[0],
        "card": "4242 4242 4242 4242",
    }


def test_sc_108_every_kind_of_secret_is_heard(
    ear: Ear, secrets: dict[str, str]
) -> None:
    for name, secret in secrets.items():
        for say in (
            lambda s: logger.warning("got %s", s),
            lambda s: logger.warning("got", extra={"details": {"it": s}}),
        ):
            ear.heard.clear()
            say(secret)
            assert ear.leaks(), name


def test_sc_108_a_secret_in_a_crash_is_heard(ear: Ear) -> None:
    try:
        raise ValueError(f"{PASSWORD} is wrong")
    except ValueError:
        logger.exception("crashed")

    assert ear.leaks()


def test_what_is_no_secret_is_not_heard(ear: Ear) -> None:
    for harmless in (uuid.uuid4().hex, str(uuid.uuid4()), audit.address_hash("a@b.c")):
        logger.warning("saw %s", harmless)

    assert len(ear.heard) == 3
    assert ear.leaks() == []


def test_all_tests_are_listened_to(no_secrets_in_the_log: Ear) -> None:
    logging.getLogger("accounts.anything").info("a line")

    assert any("a line" in line for line in no_secrets_in_the_log.heard)
