"""SECRET_KEY can be replaced: what the old one has sealed and signed is still good."""

from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, SignIn, code_of, login, register
from accounts.tests.test_emails import work
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import is_signed_in, page_login, sees_account
from conftest import PASSWORD
from saas.environment import Reader

NEW = "a-new-key-of-fifty-random-characters-k3Jd82hSlq0Zxv"


@pytest.fixture
def secret(ada: User) -> str:
    """Ada's second factor, of the time before the rotation."""
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    return secret


def rotate(settings: Any, *, keep: bool) -> None:
    """What an operator does: a new SECRET_KEY, the old one named or forgotten."""
    source = {"SECRET_KEY_FALLBACKS": settings.SECRET_KEY if keep else ""}
    settings.SECRET_KEY = NEW
    settings.SECRET_KEY_FALLBACKS = Reader(source).secrets(
        "SECRET_KEY_FALLBACKS", length=50
    )


def second_factor(api: Api, secret: str) -> Any:
    flow = login(api).json()["flow"]
    return api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})


def test_second_factors_open_with_the_former_key(
    api: Api, secret: str, settings: Any
) -> None:
    rotate(settings, keep=True)

    assert second_factor(api, secret).status_code == HTTPStatus.OK


def test_logins_and_flows_of_before_go_on(
    api: Api, ada: User, sign_in: SignIn, settings: Any
) -> None:
    client = sign_in(ada)
    rotate(settings, keep=True)

    assert client.get("/auth/me").status_code == HTTPStatus.OK


def test_sc_062_a_login_of_before_is_ended_when_it_has_a_new_key(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    browser, phone = page_login(ada), sign_in(ada)
    old = browser.session.session_key
    rotate(settings, keep=True)
    assert sees_account(browser)
    assert browser.session.session_key != old  # Django's doing

    found = phone.get("/auth/sessions").json()["results"]
    (page,) = [login for login in found if login["kind"] == "page"]
    phone.delete(f"/auth/sessions/{page['id']}")

    assert not sees_account(browser)
    assert is_signed_in(phone)


def test_sc_060_so_is_the_session_behind_a_login_of_the_api(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    phone, laptop = sign_in(ada), sign_in(ada)
    rotate(settings, keep=True)

    # Each calls allauth twice, where the first may have changed the key.
    body = {"email": "countess@example.com"}
    phone.post("/auth/reauthenticate", {"password": PASSWORD})
    assert phone.post("/auth/email", body).status_code == HTTPStatus.ACCEPTED
    assert laptop.delete("/auth/email").status_code == HTTPStatus.CONFLICT
    assert phone.delete("/auth/email").status_code == HTTPStatus.NO_CONTENT
    laptop.post("/auth/logout_all")

    assert not is_signed_in(phone)
    assert not Session.objects.exists()


def test_a_flow_of_before_is_completed(api: Api, secret: str, settings: Any) -> None:
    flow = login(api).json()["flow"]
    rotate(settings, keep=True)

    answer = api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert answer.status_code == HTTPStatus.OK


def test_a_queued_mail_is_still_sent(api: Api, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    register(api)
    assert DBTaskResult.objects.exists()
    rotate(settings, keep=True)

    work()

    assert [message.to for message in mail.outbox] == [[ADDRESS]]


def test_sealed_anew_it_needs_the_former_key_no_more(
    api: Api, secret: str, settings: Any, capsys: Any
) -> None:
    rotate(settings, keep=True)
    before = Authenticator.objects.get().data

    call_command("reseal")

    assert "1 " in capsys.readouterr().out
    assert Authenticator.objects.get().data != before
    settings.SECRET_KEY_FALLBACKS = []
    assert second_factor(api, secret).status_code == HTTPStatus.OK


def test_a_forgotten_key_is_an_error_that_is_noted(
    api: Api, secret: str, settings: Any, caplog: Any
) -> None:
    rotate(settings, keep=False)

    answer = second_factor(api, secret)

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "second_factor_unreadable"
    (line,) = [r for r in caplog.records if r.msg == "second_factor_unreadable"]
    assert line.levelname == "ERROR"
