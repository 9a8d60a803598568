"""What the floors above hear about an address and a login."""

from collections.abc import Generator
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from accounts.signals import email_verified, signed_in
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    Browser,
    SignIn,
    last_code,
    login,
    register,
)
from conftest import PASSWORD


@pytest.fixture
def heard() -> Generator[list[tuple[str, str]], None, None]:
    """`(address of the user, verified address)` of every announcement."""
    announcements: list[tuple[str, str]] = []

    def listen(user: User, email: str, **kwargs: Any) -> None:
        assert not transaction.get_connection().needs_rollback
        announcements.append((user.email, email))

    email_verified.connect(listen)
    yield announcements
    email_verified.disconnect(listen)


def test_the_api_announces_a_verified_address_once(
    api: Api, heard: list[tuple[str, str]]
) -> None:
    flow = register(api).json()["flow"]
    assert not heard

    api.post("/auth/email/verify", {"flow": flow, "code": last_code()})
    login(api)

    assert heard == [(ADDRESS, ADDRESS)]


def test_pages_announce_a_verified_address_once(
    browser: Browser, heard: list[tuple[str, str]]
) -> None:
    browser.post("/accounts/signup/", {"email": ADDRESS, "password1": PASSWORD})
    assert not heard

    browser.post("/accounts/confirm-email/", {"code": last_code()})

    assert heard == [(ADDRESS, ADDRESS)]


def test_a_listener_that_fails_is_logged_and_undoes_nothing(
    api: Api, heard: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("no payment could be linked")

    email_verified.connect(fail)
    try:
        flow = register(api).json()["flow"]
        answer = api.post("/auth/email/verify", {"flow": flow, "code": last_code()})
    finally:
        email_verified.disconnect(fail)

    assert answer.status_code == 200
    assert "email_verified_receiver_failed" in caplog.text
    assert heard == [(ADDRESS, ADDRESS)]


@pytest.fixture
def deaf() -> Generator[list[User], None, None]:
    """Who has logged in, as told to a listener that then fails in the database."""
    told: list[User] = []

    def fail(user: User, **kwargs: Any) -> None:
        told.append(user)
        User.objects.raw("SELECT no_such_column FROM accounts_user")[0]

    signed_in.connect(fail)
    yield told
    signed_in.disconnect(fail)


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_does_not_stop_a_login_in_the_api(
    ada: User, deaf: list[User], sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in(ada)

    assert client.get("/auth/me").json()["email"] == ADDRESS
    assert deaf == [ada]
    assert "signed_in_receiver_failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_does_not_stop_a_login_on_a_page(
    ada: User, deaf: list[User], browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    form = {"login": ADDRESS, "password": PASSWORD}
    answer = browser.post("/accounts/login/", form)

    assert answer.status_code == 302
    assert browser.session["_auth_user_id"] == str(ada.pk)
    assert deaf == [ada]
    assert "signed_in_receiver_failed" in caplog.text
