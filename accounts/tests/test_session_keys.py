"""A session that gets a new key takes its rows along, or ends: no list misses a login."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session
from pytest_django import Settings

from accounts.models import AuthSession, User
from accounts.sessions import LOGOUT_ALL, end_all_sessions
from accounts.sessions.store import SessionStore
from accounts.tests.conftest import ADDRESS, Api, Browser, last_code, login
from accounts.tests.races import at_once
from accounts.tests.test_logout import page_login, sees_account
from conftest import PASSWORD, MakeUser

PROVE, PROFILE = "/accounts/reauthenticate/", "/accounts/profile/"


def with_cookie(key: str) -> Browser:
    browser = Browser()
    browser.cookies["sessionid"] = key
    return browser


def test_sc_060_a_session_that_has_ended_gets_no_new_key(ada: User) -> None:
    """Its owner has ended it while a request of it computed a hash."""
    session = SessionStore(page_login(ada).cookies["sessionid"].value)
    assert session["_auth_user_id"] == str(ada.pk)
    end_all_sessions(ada, LOGOUT_ALL)

    with pytest.raises(SessionInterrupted):
        session.cycle_key()

    assert not Session.objects.exists()


@pytest.mark.parametrize("key", [None, "no-such-key-in-the-database"])
def test_a_key_of_nobody_is_replaced(db: None, key: str | None) -> None:
    session = SessionStore(key)
    session.cycle_key()
    session["a"] = 1
    session.save()

    assert SessionStore(session.session_key)["a"] == 1
    assert session.session_key != key


def prove(browser: Browser) -> int:
    form = {"password": PASSWORD, "next": PROFILE}
    return browser.post(PROVE, form).status_code


def look(browser: Browser) -> int:
    return browser.get(PROFILE).status_code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("do", [prove, look])
def test_sc_060_062_of_one_session_at_once_comes_one_session(
    make_user: MakeUser, settings: Settings, do: Callable[[Browser], int]
) -> None:
    """The same proof sent twice; two pages at once when SECRET_KEY was replaced."""
    ada = make_user("ada")
    key = page_login(ada).cookies["sessionid"].value
    if do is look:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-" * 4

    def go() -> tuple[int, Browser]:
        browser = with_cookie(key)
        return do(browser), browser

    answers = at_once(3, go)

    assert Session.objects.count() == UserSession.objects.count() == 1
    statuses = [status for status, _ in answers]
    assert set(statuses) <= {HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.CONFLICT}
    end_all_sessions(ada, LOGOUT_ALL)
    assert not any(sees_account(browser) for _, browser in answers)


@pytest.mark.django_db(transaction=True)
def test_sc_010_a_code_sent_three_times_at_once_opens_one_login(
    make_user: MakeUser, settings: Settings
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    make_user("ada")
    flow = Api().post("/auth/login/code", {"email": ADDRESS}).json()["flow"]
    body = {"flow": flow, "code": last_code()}

    answers = at_once(3, lambda: Api().post("/auth/login/code/confirm", body))

    assert sorted(a.status_code for a in answers)[0] == HTTPStatus.OK
    others = sorted(answers, key=lambda a: a.status_code)[1:]
    assert {a.status_code for a in others} <= {400, 409}
    assert AuthSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sc_010_nor_does_it_on_the_page(
    make_user: MakeUser, settings: Settings
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    make_user("ada")
    browser = Browser()
    browser.post("/accounts/login/code/", {"email": ADDRESS})
    key, code = browser.cookies["sessionid"].value, last_code()

    def enter() -> bool:
        each = with_cookie(key)
        each.post("/accounts/login/code/confirm/", {"code": code})
        return sees_account(each)

    assert sorted(at_once(3, enter)) == [False, False, True]
    assert UserSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sc_010_a_code_that_proves_an_address_opens_one_login_too(
    make_user: MakeUser,
) -> None:
    make_user("ada", verified=False)
    body = {"flow": login(Api()).json()["flow"], "code": last_code()}

    answers = at_once(3, lambda: Api().post("/auth/email/verify", body))

    assert sorted(a.status_code for a in answers)[0] == HTTPStatus.OK
    assert AuthSession.objects.count() == 1
