"""What could be repeated at will, at no cost to whoever repeats it."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from accounts.login import attempts
from accounts.models import AuditEvent, User
from accounts.sessions import LOGOUT_ALL, end_all_sessions
from accounts.tests.conftest import Api, Browser
from accounts.tests.second_factors import flow_of, with_app
from accounts.tests.test_passkey_login import AJAX, OPTIONS, PAGE, is_on

__all__ = ["is_on"]  # a fixture


@pytest.mark.parametrize("door", ["api", "page"])
def test_sc_010_a_network_gets_few_challenges_for_passkeys(
    db: None, is_on: None, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "CHALLENGES_A_MINUTE", 2)

    def begin() -> int:
        if door == "api":
            return Api().post(OPTIONS).status_code
        return Browser().get(PAGE, **AJAX).status_code

    answers = [begin() for _ in range(3)]

    assert answers == [HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS]
    assert Session.objects.count() <= 2


def test_the_end_of_no_login_is_seldom_written_down(ada: User) -> None:
    for _ in range(3):
        end_all_sessions(ada, LOGOUT_ALL)

    assert AuditEvent.objects.filter(event="session.all_ended").count() == 1


def test_sc_042_nothing_that_waits_for_a_proof_runs_past_the_second_factor(
    browser: Browser, make_user: Any, settings: Any
) -> None:
    browser.force_login(make_user("helper", is_staff=True))
    session = browser.session
    session["account_reauthentication_state"] = {"request": json.dumps({})}
    session.save()
    settings.REQUIRE_MFA = "staff"

    browser.get("/accounts/reauthenticate/")

    assert "account_reauthentication_state" not in browser.session


def test_sc_036_answers_that_make_no_sense_are_counted(ada: User) -> None:
    with_app(ada)
    body = {"flow": flow_of(ada), "credential": {"id": "x"}}

    answers = [Api().post("/auth/login/mfa", body).status_code for _ in range(7)]

    assert answers == [HTTPStatus.BAD_REQUEST] * 5 + [HTTPStatus.TOO_MANY_REQUESTS] * 2
    assert AuditEvent.objects.filter(event="code.rejected").count() == 5
