"""Where `next` leads: to pages of this host, and nowhere else."""

import pytest
from django.core import mail
from django.http import HttpResponse

from accounts.models import User
from accounts.tests.conftest import Browser, last_code
from accounts.tests.pages import signup
from accounts.tests.test_logout import page_login
from conftest import PASSWORD

ELSEWHERE = [
    "https://evil.example.com/",
    "//evil.example.com/",
    "///evil.example.com/",
    "/\\evil.example.com/",
    "\\\\evil.example.com/",
    "https:evil.example.com",
    "http://testserver@evil.example.com/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example.com/",
    "https://evil.example.com\\@testserver/",
]

pytestmark = pytest.mark.parametrize("target", ELSEWHERE)


def stays_here(answer: HttpResponse) -> bool:
    where = answer.headers.get("Location", "/")
    return where.startswith("/") and where[1:2] not in {"/", "\\"}


def test_sc_094_a_login_leads_nowhere_else(
    browser: Browser, ada: User, target: str
) -> None:
    form = {"login": ada.email, "password": PASSWORD, "next": target}

    by_form = browser.post("/accounts/login/", form)

    assert by_form.status_code == 302
    assert stays_here(by_form)
    assert stays_here(browser.get("/accounts/login/", {"next": target}))
    at_home = Browser().post("/accounts/login/", form | {"next": "/accounts/sessions/"})
    assert at_home.headers["Location"] == "/accounts/sessions/"


def test_sc_094_a_logout_leads_nowhere_else(ada: User, target: str) -> None:
    answer = page_login(ada).post("/accounts/logout/", {"next": target})

    assert answer.status_code == 302
    assert stays_here(answer)


def test_sc_094_a_proof_leads_nowhere_else(ada: User, target: str) -> None:
    form = {"password": PASSWORD, "next": target}

    answer = page_login(ada).post("/accounts/reauthenticate/", form)

    assert answer.status_code == 302
    assert stays_here(answer)


def test_sc_094_a_sign_up_leads_nowhere_else(browser: Browser, target: str) -> None:
    browser.get("/accounts/signup/", {"next": target})
    assert stays_here(signup(browser))
    assert len(mail.outbox) == 1

    answer = browser.post("/accounts/confirm-email/", {"code": last_code()})

    assert answer.status_code == 302
    assert stays_here(answer)
