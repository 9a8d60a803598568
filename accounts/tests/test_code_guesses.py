"""Three wrong codes are three, on the pages as in the API, however many come at once."""

import base64
from collections import Counter
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.tests.conftest import Api, Browser, code_of, last_code, register
from accounts.tests.pages import signup
from accounts.tests.races import at_once

PAGE = "/accounts/confirm-email/"
WRONG = {"code": "WRON-GONE"}


def with_cookie(session_key: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_key
    return client


@pytest.mark.django_db(transaction=True)
def test_sc_010_parallel_wrong_codes_on_the_page_are_evaluated_three_times() -> None:
    browser = Browser()
    signup(browser)
    key, right = browser.session.session_key, last_code()

    answers = at_once(20, lambda: with_cookie(key).post(PAGE, WRONG))

    counted = Counter(a.status_code for a in answers)
    looked_at = [a for a in answers if b"ncorrect code" in a.content]
    assert len(looked_at) <= 3
    assert counted.keys() <= {
        HTTPStatus.OK,
        HTTPStatus.FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
    late = with_cookie(key).post(PAGE, {"code": right})
    assert late.status_code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.FOUND}
    assert not EmailAddress.objects.get().verified


def test_sc_010_a_session_that_forgets_its_failures_has_three_attempts(
    browser: Browser,
) -> None:
    """As parallel answers leave it: each has stored the state that it had read."""
    signup(browser)
    begun = dict(browser.session)
    for _ in range(3):
        browser.post(PAGE, WRONG)
        session = browser.session
        session.update(begun)
        session.save()

    answer = browser.post(PAGE, {"code": last_code()})

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert not EmailAddress.objects.get().verified


def test_sc_010_a_code_of_the_api_has_no_attempts_on_a_page(api: Api) -> None:
    """They are counted under other names there, so what one code may be tried at is one."""
    flow = register(api).json()["flow"]
    key = Session.objects.get().session_key
    for _ in range(2):  # after a third one the session has forgotten what it waits for
        api.post("/auth/email/verify", {"flow": flow, **WRONG})

    on_a_page = with_cookie(key).post(PAGE, {"code": last_code()})

    assert on_a_page["Location"].startswith("/accounts/login/")
    assert not EmailAddress.objects.get().verified


def test_sc_010_a_code_of_a_page_has_no_attempts_in_the_api(
    api: Api, browser: Browser
) -> None:
    """Of all that the page tells, nothing is a flow."""
    signup(browser)
    key, code = browser.session.session_key, last_code()

    for told in [key, *(cookie.value for cookie in browser.cookies.values())]:
        answer = api.post("/auth/email/verify", {"flow": told, "code": code})
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert code_of(answer) == "session_expired"

    assert not EmailAddress.objects.get().verified


def test_sc_034_a_flow_does_not_tell_the_key_of_its_session(api: Api) -> None:
    flow = register(api).json()["flow"]
    key = Session.objects.get().session_key

    readable = flow.encode()
    for part in flow.split(":"):
        readable += base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    assert key.encode() not in readable
