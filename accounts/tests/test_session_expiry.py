"""A login ends when it is left alone for a week, and after 30 days, in the API and on pages."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.conftest import Api, Browser, SignIn, bearer
from accounts.tests.test_logout import is_signed_in, page_login, sees_account

MINUTE = timedelta(minutes=1)


class OnPages:
    def __init__(self, user: User) -> None:
        self.browser = page_login(user)

    def is_in(self) -> bool:
        return sees_account(self.browser)


class InTheAdmin(OnPages):
    def __init__(self, user: User) -> None:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        self.browser = Browser()
        self.browser.force_login(user)

    def is_in(self) -> bool:
        return self.browser.get("/admin/").status_code == HTTPStatus.OK


class InTheApi:
    """Refreshes whenever it comes back: access tokens live for minutes."""

    def __init__(self, user: User) -> None:
        self.refresh = ""
        body = {"email": user.email, "password": "correct-horse-battery"}
        self.refresh = Api().post("/auth/login", body).json()["refresh"]

    def is_in(self) -> bool:
        answer = Api().post("/auth/refresh", {"refresh": self.refresh})
        if answer.status_code != HTTPStatus.OK:
            assert answer.status_code == HTTPStatus.UNAUTHORIZED
            return False
        self.refresh = answer.json()["refresh"]
        client = Api()
        bearer(client, answer.json()["access"])
        return is_signed_in(client)


everywhere = pytest.mark.parametrize(
    "begin",
    [
        pytest.param(OnPages, id="pages"),
        pytest.param(InTheAdmin, id="admin"),
        pytest.param(InTheApi, id="api"),
    ],
)
Begin = Callable[[User], OnPages | InTheApi]


@everywhere
def test_sc_054_066_a_login_left_alone_ends(begin: Begin, ada: User) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        login = begin(ada)
        clock.move_to(now + timedelta(days=7) - MINUTE)
        assert login.is_in()
        clock.move_to(now + timedelta(days=14) - 2 * MINUTE)
        assert login.is_in(), "its use was not noted"
        clock.move_to(now + timedelta(days=21))

        assert not login.is_in()


@everywhere
def test_sc_054_066_a_login_used_daily_ends_all_the_same(
    begin: Begin, ada: User
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        login = begin(ada)
        for day in range(5, 30, 5):
            clock.move_to(now + timedelta(days=day))
            assert login.is_in()
        clock.move_to(now + timedelta(days=30) - MINUTE)
        assert login.is_in()
        clock.move_to(now + timedelta(days=30) + MINUTE)

        assert not login.is_in()


def test_sc_066_a_proof_in_between_makes_no_session_younger(ada: User) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        browser = page_login(ada)
        for day in range(5, 30, 5):
            clock.move_to(now + timedelta(days=day))
            proof = {"password": "correct-horse-battery"}
            browser.post("/accounts/reauthenticate/", proof)
            assert sees_account(browser)
        clock.move_to(now + timedelta(days=30) + MINUTE)

        assert not sees_account(browser)


def test_the_session_behind_the_api_lives_as_long_as_its_login(
    sign_in: SignIn, ada: User
) -> None:
    sign_in(ada)

    left = Session.objects.get().expire_date - timezone.now()

    assert left > timedelta(days=30) - MINUTE


def test_a_use_is_noted_at_most_once_an_hour(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        browser = page_login(ada)
        for minutes, queries in ((59, 2), (61, 4), (119, 2)):
            clock.move_to(now + timedelta(minutes=minutes))
            with django_assert_num_queries(queries):  # the session, the user
                browser.get("/")

        assert UserSession.objects.get().last_seen_at == now + timedelta(minutes=61)
