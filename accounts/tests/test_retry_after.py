"""A refusal says when to come back, also where allauth does the counting."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, Browser
from accounts.tests.second_factors import with_app
from accounts.tests.visitors import PageVisitor, Visitor, at_both_doors
from conftest import PASSWORD

WRONG = "000000"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as found:
        yield found


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Api().post("/auth/login/code", {"email": ADDRESS.upper()}),
        lambda: Browser().post("/accounts/login/code/", {"email": ADDRESS}),
    ],
    ids=["api", "page"],
)
def test_after_three_login_codes_in_a_minute(
    db: None,
    settings: Settings,
    clock: time_machine.Traveller,
    ask: Callable[[], HttpResponse],
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    for _ in range(3):
        assert ask().status_code < HTTPStatus.BAD_REQUEST
    clock.shift(timedelta(seconds=20))

    answer = ask()

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["Retry-After"] == "40"


@at_both_doors
def test_after_ten_mails_by_logins_in_a_minute(
    visitor_class: type[Visitor], ada: User, clock: time_machine.Traveller
) -> None:
    EmailAddress.objects.filter(user=ada).update(verified=False)
    for _ in range(10):
        visitor_class().login()
    clock.shift(timedelta(seconds=20))

    answer = visitor_class().login()

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["Retry-After"] == "40"


@at_both_doors
def test_after_five_wrong_second_factors(
    visitor_class: type[Visitor], ada: User, clock: time_machine.Traveller
) -> None:
    with_app(ada)
    visitor = visitor_class()
    flow = visitor.login()

    def enter() -> HttpResponse:
        if visitor_class is PageVisitor:
            form = {"code": WRONG}
            return visitor.client.post("/accounts/2fa/authenticate/", form)
        body = {"flow": flow.json()["flow"], "code": WRONG}
        return visitor.client.post("/auth/login/mfa", body)

    for _ in range(5):
        assert enter().status_code < HTTPStatus.TOO_MANY_REQUESTS
    clock.shift(timedelta(seconds=100))

    answer = enter()

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["Retry-After"] == "200"


@at_both_doors
@pytest.mark.parametrize(
    "act",
    [
        lambda visitor, n: visitor.ask_reset(),
        lambda visitor, n: visitor_of(visitor).register(f"{n}@example.com"),
        lambda visitor, n: visitor.change(PASSWORD, "short"),
    ],
    ids=["resets by address", "registrations by network", "passwords by user"],
)
def test_after_what_allauth_counts_for_a_whole_view(
    visitor_class: type[Visitor],
    ada: User,
    settings: Settings,
    clock: time_machine.Traveller,
    act: Callable[[Visitor, int], HttpResponse],
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {
        "reset_password": "20/m/ip,2/m/key",
        "signup": "2/m/ip",
        "change_password": "2/m/user",
    }
    visitor = visitor_class()
    visitor.login()
    for n in range(2):
        assert act(visitor, n).status_code < HTTPStatus.TOO_MANY_REQUESTS, n
        clock.shift(timedelta(seconds=10))

    answer = act(visitor, 2)

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["Retry-After"] == "40"


@at_both_doors
def test_after_ten_logins_by_passkey_in_a_minute(
    db: None,
    settings: Settings,
    clock: time_machine.Traveller,
    visitor_class: type[Visitor],
) -> None:
    settings.MFA_PASSKEY_LOGIN_ENABLED = True
    client = visitor_class().client
    path, form = "/accounts/2fa/webauthn/login/", {"credential": "{}"}
    if visitor_class is not PageVisitor:
        flow = client.post("/auth/login/passkey/options").json()["flow"]
        path, form = "/auth/login/passkey", {"flow": flow, "credential": {"id": "x"}}
    for _ in range(10):
        answer = client.post(path, form)
        assert answer.status_code < HTTPStatus.TOO_MANY_REQUESTS
    clock.shift(timedelta(seconds=20))

    answer = client.post(path, form)

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["Retry-After"] == "40"


def visitor_of(visitor: Visitor) -> Visitor:
    """Another of the kind: who is signed in has no need to register."""
    return type(visitor)()


@at_both_doors
def test_after_all_mails_of_an_hour_to_an_address(
    db: None,
    visitor_class: type[Visitor],
    settings: Settings,
    clock: time_machine.Traveller,
) -> None:
    """The longest wait of all that are spent: those of the minute are as well."""
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "2/m/key,3/h/key"}
    for seconds in [100, 10, 10]:
        answer = visitor_class().register("Ada@example.com")
        assert answer.status_code < HTTPStatus.TOO_MANY_REQUESTS
        clock.shift(timedelta(seconds=seconds))

    answer = visitor_class().register("ada@example.com")

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["Retry-After"] == str(3600 - 120)
