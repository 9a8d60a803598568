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
