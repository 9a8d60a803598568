"""A code to sign in with is for the account as it was when the code was sent."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import AuthSession, User
from accounts.sessions import LOGOUT_ALL, end_all_sessions
from accounts.tests.conftest import ADDRESS, Api, Browser, code_of, last_code, login
from accounts.tests.test_login_by_code import ASK, ENTER, ask, enter, is_on
from accounts.tests.test_logout import sees_account
from conftest import MakeUser

__all__ = ["is_on"]  # a fixture
NEW = "lovelace@example.com"


def change_of_address(ada: User) -> None:
    EmailAddress.objects.filter(user=ada).update(email=NEW)
    ada.email = NEW
    ada.save()


def change_of_password(ada: User) -> None:
    ada.set_password("a-new-long-password")
    ada.save()


def end_of_all_logins(ada: User) -> None:
    end_all_sessions(ada, LOGOUT_ALL)


def doubt_about_the_address(ada: User) -> None:
    EmailAddress.objects.filter(user=ada).update(verified=False)


CHANGES = [
    change_of_address,
    change_of_password,
    end_of_all_logins,
    doubt_about_the_address,
]


def addresses(user: User) -> list[tuple[str, bool]]:
    return list(EmailAddress.objects.filter(user=user).values_list("email", "verified"))


@pytest.mark.parametrize("change", CHANGES)
def test_sc_072_a_code_of_before_opens_nothing_in_the_api(
    api: Api, ada: User, is_on: None, change: Callable[[User], None]
) -> None:
    flow, code = ask(api), last_code()
    change(ada)
    kept, sent = addresses(ada), len(mail.outbox)

    answer = enter(Api(), flow, code)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "incorrect_code"
    assert len(mail.outbox) == sent
    assert addresses(ada) == kept
    assert not AuthSession.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
def test_sc_072_nor_on_the_page(
    browser: Browser, ada: User, is_on: None, change: Callable[[User], None]
) -> None:
    browser.post(ASK, {"email": ADDRESS})
    code = last_code()
    change(ada)
    kept, sent = addresses(ada), len(mail.outbox)

    browser.post(ENTER, {"code": code})

    assert not sees_account(browser)
    assert len(mail.outbox) == sent
    assert addresses(ada) == kept


def test_sc_072_a_code_for_an_old_address_does_not_bring_it_back(
    make_user: MakeUser,
) -> None:
    """The address was never proved, and another took its place while the login waited."""
    ada = make_user("ada", verified=False)
    flow = login(Api()).json()["flow"]
    code = last_code()
    change_of_address(ada)

    answer = Api().post("/auth/email/verify", {"flow": flow, "code": code})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert addresses(ada) == [(NEW, False)]
    assert not AuthSession.objects.exists()


def test_a_code_asked_for_after_the_change_works(
    api: Api, ada: User, is_on: None
) -> None:
    ask(Api())
    change_of_address(ada)

    answer = enter(api, ask(api, NEW), last_code(NEW))

    assert answer.status_code == HTTPStatus.OK, answer.json()
