"""Signing in by a code in a mail: a setting away, on the pages and in the API."""

from collections import Counter
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    Browser,
    bearer,
    code_of,
    last_code,
    last_mail,
    login,
)
from accounts.tests.pages import in_the_design
from accounts.tests.races import at_once
from accounts.tests.test_code_guesses import with_cookie
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import is_signed_in, sees_account
from conftest import MakeUser

ASK, ENTER = "/accounts/login/code/", "/accounts/login/code/confirm/"
WRONG = "WRON-GONE"


@pytest.fixture
def is_on(settings: Settings) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True


def ask(api: Api, email: str = ADDRESS) -> str:
    answer = api.post("/auth/login/code", {"email": email})
    assert answer.status_code == HTTPStatus.ACCEPTED, answer.json()
    assert answer.json().keys() == {"status", "flow"}
    return answer.json()["flow"]


def enter(api: Api, flow: str, code: str):
    return api.post("/auth/login/code/confirm", {"flow": flow, "code": code})


def test_a_code_signs_in_over_the_api(api: Api, ada: User, is_on: None) -> None:
    flow = ask(api)

    answer = enter(api, flow, last_code())

    assert answer.status_code == HTTPStatus.OK
    bearer(api, answer.json()["access"])
    assert is_signed_in(api)
    again = enter(Api(), flow, last_code())
    assert again.status_code in {HTTPStatus.CONFLICT, HTTPStatus.UNAUTHORIZED}


def test_a_code_signs_in_on_the_page(browser: Browser, ada: User, is_on: None) -> None:
    assert ASK in in_the_design(browser.get("/accounts/login/"))
    in_the_design(browser.get(ASK))

    asked = browser.post(ASK, {"email": "ADA@example.com"})
    assert asked["Location"] == ENTER
    in_the_design(browser.get(ENTER))
    browser.post(ENTER, {"code": last_code()})

    assert sees_account(browser)


@pytest.mark.parametrize("door", ["api", "page"])
def test_an_unknown_address_gets_the_same_answer(
    api: Api, make_user: MakeUser, is_on: None, door: str
) -> None:
    """So do those that were never proved: their password may be a stranger's."""
    make_user("ada")
    unproved = make_user("unproved", verified=False)
    make_user("closed", is_active=False)
    told = set()

    for name in ("ada", "unproved", "closed", "nobody"):
        email = f"{name}@example.com"
        if door == "api":
            flow, client = ask(Api(), email), Api()
            wrong = [enter(client, flow, code) for code in (WRONG, "")]
            told.add(str([(w.status_code, code_of(w)) for w in wrong]))
        else:
            browser = Browser()
            asked = browser.post(ASK, {"email": email})
            wrong = browser.post(ENTER, {"code": WRONG})
            told.add((asked["Location"], wrong.status_code))

    assert len(told) == 1
    assert "code" in last_mail("ada@example.com")
    for name in ("unproved", "closed", "nobody"):
        assert "no account" in last_mail(f"{name}@example.com")
    assert not EmailAddress.objects.get(user=unproved).verified


@pytest.mark.parametrize("door", ["api", "page"])
def test_the_second_factor_is_asked_after_a_code(
    api: Api, browser: Browser, ada: User, is_on: None, door: str
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)

    if door == "api":
        asked = enter(api, ask(api), last_code())
        assert code_of(asked) == "mfa_required"
        proof = {"flow": asked.json()["flow"], "code": totp_code(secret)}
        assert api.post("/auth/login/mfa", proof).status_code == HTTPStatus.OK
    else:
        browser.post(ASK, {"email": ADDRESS})
        browser.post(ENTER, {"code": last_code()})
        assert not sees_account(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": totp_code(secret)})
        assert sees_account(browser)


@pytest.mark.parametrize("door", ["api", "page"])
def test_sc_107_a_wrong_code_leaves_a_row(
    api: Api, browser: Browser, ada: User, is_on: None, door: str
) -> None:
    if door == "api":
        enter(api, ask(api), WRONG)
    else:
        browser.post(ASK, {"email": ADDRESS})
        browser.post(ENTER, {"code": WRONG})

    row = AuditEvent.objects.get(event="code.rejected")
    assert (row.user_id, row.factor, row.actor_id) == (ada.pk, "email", None)


def test_a_code_works_in_its_own_flow_alone(api: Api, ada: User, is_on: None) -> None:
    ask(api)
    code = last_code()
    other = ask(Api())

    answer = enter(api, other, code)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "incorrect_code"


@pytest.mark.django_db(transaction=True)
def test_sc_010_parallel_login_codes_are_looked_at_three_times(
    api: Api, make_user: MakeUser, is_on: None
) -> None:
    make_user("ada")
    flow = ask(api)

    answers = at_once(12, lambda: enter(Api(), flow, WRONG))

    looked_at = Counter(code_of(answer) for answer in answers)
    assert looked_at["incorrect_code"] <= 3
    assert enter(Api(), flow, last_code()).status_code != HTTPStatus.OK


def test_sc_010_a_page_that_forgets_its_failures_has_three_attempts(
    browser: Browser, ada: User, is_on: None
) -> None:
    browser.post(ASK, {"email": ADDRESS})
    key, begun = browser.session.session_key, dict(browser.session)
    for _ in range(3):
        with_cookie(key).post(ENTER, {"code": WRONG})
        session = browser.session
        session.update(begun)
        session.save()

    answer = with_cookie(key).post(ENTER, {"code": last_code()})

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


@pytest.mark.parametrize("email", [ADDRESS, "nobody@example.com"])
def test_few_codes_are_sent(api: Api, ada: User, is_on: None, email: str) -> None:
    for _ in range(3):
        ask(Api(), email)

    over_api = api.post("/auth/login/code", {"email": email})
    on_page = Browser().post(ASK, {"email": email})

    assert over_api.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert on_page.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert len(mail.outbox) == 3


def test_a_product_may_ask_for_password_and_code(
    api: Api, ada: User, is_on: None, settings: Settings
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_REQUIRED = True

    asked = login(api)

    assert code_of(asked) == "login_code_required"
    answer = enter(api, asked.json()["flow"], last_code())
    assert answer.status_code == HTTPStatus.OK, answer.json()


def test_switched_off_there_is_no_code(api: Api, browser: Browser, ada: User) -> None:
    answers = [
        api.post("/auth/login/code", {"email": ADDRESS}),
        api.post("/auth/login/code/confirm", {"flow": "x", "code": "y"}),
    ]

    assert {answer.status_code for answer in answers} == {HTTPStatus.FORBIDDEN}
    assert {code_of(answer) for answer in answers} == {"login_way_disabled"}
    assert ASK not in in_the_design(browser.get("/accounts/login/"))
    assert browser.get(ASK).status_code == HTTPStatus.NOT_FOUND
    assert browser.post(ASK, {"email": ADDRESS}).status_code == HTTPStatus.NOT_FOUND
    assert mail.outbox == []
