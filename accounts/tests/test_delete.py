"""The end of an account: asked for twice, refused with reasons, and thorough."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.utils import timezone

from accounts.deletion import Blocker
from accounts.models import AuthSession, User
from accounts.signals import account_deleted
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    Browser,
    SignIn,
    code_of,
    last_mail,
    login,
    register,
)
from accounts.tests.pages import in_the_design, reauthenticated
from accounts.tests.races import at_once
from accounts.tests.second_factors import with_app, with_codes
from accounts.tests.test_logout import (
    can_refresh,
    is_signed_in,
    page_login,
    sees_account,
)
from conftest import PASSWORD


@pytest.fixture(autouse=True)
def no_guards(settings: Any) -> None:
    """What the floors above say is tried there."""
    settings.ACCOUNT_DELETION_GUARDS = []


@pytest.fixture
def client(sign_in: SignIn, ada: User) -> Api:
    client = sign_in(ada)
    client.post("/auth/reauthenticate", {"password": PASSWORD})
    return client


def in_use(user: User) -> list[Blocker]:
    """A guard that always has something to say."""
    return [Blocker(code="busy", detail=f"{user.email} is busy.", id="7")]


def test_sc_079_it_needs_a_recent_proof(sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)

    answer = client.delete("/auth/me", {"password": PASSWORD})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(answer) == "reauthentication_required"
    assert is_signed_in(client)


def test_sc_079_everything_personal_goes(client: Api, ada: User) -> None:
    browser, laptop = page_login(ada), Api()
    laptop.tokens = login(laptop).json()
    Authenticator.objects.create(user=ada, type="totp", data={})

    answer = client.delete("/auth/me")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not is_signed_in(client)
    assert not can_refresh(laptop)
    assert not sees_account(browser)
    tables = [User, EmailAddress, AuthSession, UserSession, Authenticator, Session]
    assert [model.__name__ for model in tables if model.objects.exists()] == []
    assert code_of(login(Api())) == "invalid_credentials"
    assert "was deleted" in last_mail()


def test_the_address_is_free_again(client: Api, api: Api) -> None:
    client.delete("/auth/me")
    mail.outbox.clear()

    assert register(api).status_code == HTTPStatus.ACCEPTED

    assert "code" in last_mail()


def test_sc_079_what_stands_in_the_way_is_listed(
    client: Api, ada: User, settings: Any
) -> None:
    settings.ACCOUNT_DELETION_GUARDS = [f"{__name__}.in_use"] * 2

    answer = client.delete("/auth/me")

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "account_in_use"
    blocker = {"code": "busy", "detail": f"{ADDRESS} is busy.", "id": "7"}
    assert answer.json()["blockers"] == [blocker, blocker]
    assert is_signed_in(client)


def test_staff_cannot_erase_their_own_history(sign_in: SignIn, staff: User) -> None:
    client = sign_in(staff)
    client.post("/auth/reauthenticate", {"password": PASSWORD})

    answer = client.delete("/auth/me")

    assert [b["code"] for b in answer.json()["blockers"]] == ["staff_account"]
    assert User.objects.filter(pk=staff.pk).exists()


def test_who_hears_of_it_can_stop_it(client: Api, ada: User) -> None:
    heard = []

    def refuse(user: User, **kwargs: Any) -> None:
        heard.append(user.pk)
        raise RuntimeError("not yet")

    account_deleted.connect(refuse)
    client.raise_request_exception = False
    try:
        answer = client.delete("/auth/me")
    finally:
        account_deleted.disconnect(refuse)

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert heard == [ada.pk]
    assert is_signed_in(client)
    assert not [m for m in mail.outbox if "deleted" in m.subject]


@pytest.mark.django_db(transaction=True)
def test_deleted_twice_at_once_is_deleted_once(client: Api) -> None:
    answers = at_once(4, lambda: client.delete("/auth/me").status_code)

    assert sorted(answers) == [204, 401, 401, 401]
    assert not User.objects.exists()


def test_sc_079_on_a_page_after_the_password(ada: User) -> None:
    browser = page_login(ada)

    for answer in (
        browser.get("/accounts/delete/"),
        browser.post("/accounts/delete/"),
    ):
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    browser = reauthenticated(ada)
    assert ADDRESS in in_the_design(browser.get("/accounts/delete/"))
    answer = browser.post("/accounts/delete/", follow=True)

    assert answer.status_code == HTTPStatus.OK
    assert not User.objects.exists()
    assert not sees_account(browser)


def test_sc_079_on_a_page_after_the_second_factor(ada: User) -> None:
    with_app(ada)
    codes = with_codes(ada)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        browser = Browser()
        browser.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
        browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert sees_account(browser)
        clock.shift(timedelta(minutes=5, seconds=1))

        for code in (codes[0], "00000000"):  # used up, and wrong
            browser.post("/accounts/2fa/reauthenticate/", {"code": code})
            asked = browser.post("/accounts/delete/")["Location"]
            assert asked.startswith("/accounts/reauthenticate/")
        assert User.objects.exists()
        browser.post("/accounts/2fa/reauthenticate/", {"code": codes[1]})
        browser.post("/accounts/delete/")

    assert not User.objects.exists()


def test_sc_079_a_page_says_what_stands_in_the_way(ada: User, settings: Any) -> None:
    settings.ACCOUNT_DELETION_GUARDS = [f"{__name__}.in_use"]
    browser = reauthenticated(ada)

    answer = browser.post("/accounts/delete/", follow=True)

    assert f"{ADDRESS} is busy." in in_the_design(answer)
    assert User.objects.filter(pk=ada.pk).exists()


def test_staff_delete_an_account_by_the_same_rules(
    browser: Browser, sign_in: SignIn, ada: User, staff: User, settings: Any
) -> None:
    client = sign_in(ada)
    browser.force_login(staff)
    path = f"/admin/accounts/user/{ada.pk}/delete/"
    settings.ACCOUNT_DELETION_GUARDS = [f"{__name__}.in_use"]

    refused = browser.post(path, {"post": "yes"}, follow=True)
    assert "is busy." in refused.content.decode()
    assert is_signed_in(client)
    bulk = {"action": "delete_selected", "_selected_action": [str(ada.pk)]}
    browser.post("/admin/accounts/user/", {**bulk, "post": "yes"})
    assert is_signed_in(client)
    settings.ACCOUNT_DELETION_GUARDS = []
    browser.post(path, {"post": "yes"})

    assert not User.objects.filter(pk=ada.pk).exists()
    assert not is_signed_in(client)
