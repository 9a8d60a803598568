"""A code to sign in with is for the account as it was when the code was sent."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import authentication_step_completed
from django.core import mail

from accounts.models import AuthSession, User
from accounts.sessions import LOGOUT_ALL, end_all_sessions
from accounts.tests.conftest import ADDRESS, Api, Browser, code_of, last_code, login
from accounts.tests.identity_provider import IdentityProvider
from accounts.tests.test_login_by_code import ASK, ENTER, ask, enter, is_on
from accounts.tests.test_logout import sees_account
from accounts.tests.test_provider_login import connected, sign_in_by
from conftest import PASSWORD, MakeUser

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


def test_sc_072_nor_where_somebody_else_has_signed_in_since(
    make_user: MakeUser, browser: Browser, provider: IdentityProvider
) -> None:
    """Who reads the old mailbox, in the browser where the login of ada waits."""
    ada = make_user("ada", verified=False)
    connected(make_user("mallory"), "mallory")
    provider.person |= {"sub": "mallory", "email": "mallory@example.com"}
    browser.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
    code = last_code()
    change_of_address(ada)
    EmailAddress.objects.filter(user=ada).update(verified=True)
    sign_in_by(browser)
    assert sees_account(browser)

    browser.post("/accounts/confirm-email/", {"code": code})

    assert addresses(ada) == [(NEW, True)]
    assert User.objects.get(pk=ada.pk).email == NEW


def closing(ada: User) -> None:
    ada.is_active = False
    ada.save()


@pytest.fixture
def just_then() -> Iterator[Callable[[Callable[[], None]], None]]:
    """`just_then(f)`: `f` happens after the proof was looked at, within its request."""
    listeners = []

    def listen(do: Callable[[], None]) -> None:
        def hear(**kwargs: Any) -> None:
            do()

        listeners.append(hear)
        authentication_step_completed.connect(hear)

    yield listen
    for hear in listeners:
        authentication_step_completed.disconnect(hear)


@pytest.mark.parametrize("change", [*CHANGES[:3], closing])
def test_sc_072_nor_does_a_change_come_too_late_within_the_last_request(
    api: Api,
    ada: User,
    is_on: None,
    change: Callable[[User], None],
    just_then: Callable[[Callable[[], None]], None],
) -> None:
    flow, code = ask(api), last_code()
    just_then(lambda: change(User.objects.get()))

    answer = enter(api, flow, code)

    assert answer.status_code != HTTPStatus.OK
    assert not AuthSession.objects.exists()
    assert len(addresses(ada)) == 1
    assert addresses(ada)[0][0] == User.objects.get().email


def test_a_code_asked_for_after_the_change_works(
    api: Api, ada: User, is_on: None
) -> None:
    ask(Api())
    change_of_address(ada)

    answer = enter(api, ask(api, NEW), last_code(NEW))

    assert answer.status_code == HTTPStatus.OK, answer.json()
