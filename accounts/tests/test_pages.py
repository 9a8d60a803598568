"""The account pages: one design, and nothing that the CSP would block."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    Browser,
    login,
    register,
)
from accounts.tests.pages import in_the_design, reauthenticated, signup
from accounts.tests.test_logout import page_login
from conftest import PASSWORD, MakeUser

ENTRANCE = ["login/", "signup/", "password/reset/", "password/reset/done/", "inactive/"]
MANAGE = [
    "profile/",
    "email/",
    "password/change/",
    "2fa/",
    "2fa/recovery-codes/",
    "sessions/",
    "logout/",
]


@pytest.mark.parametrize("path", ENTRANCE)
def test_pages_for_anyone(browser: Browser, path: str) -> None:
    html = in_the_design(browser.get(f"/accounts/{path}"))

    assert 'class="card"' in html


@pytest.mark.parametrize("path", MANAGE)
def test_pages_of_who_is_signed_in(ada: User, path: str) -> None:
    RecoveryCodes.activate(ada)
    browser = page_login(ada)

    html = in_the_design(browser.get(f"/accounts/{path}", follow=True))

    assert 'action="/accounts/logout/"' in html


@pytest.mark.parametrize("path", [p for p in MANAGE if p != "logout/"])
def test_pages_ask_to_sign_in(browser: Browser, path: str) -> None:
    answer = browser.get(f"/accounts/{path}")

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"].startswith("/accounts/login/")


def test_a_closed_registration(browser: Browser, settings: Any) -> None:
    settings.SIGNUP_OPEN = False

    in_the_design(browser.get("/accounts/signup/"))
    signup(browser)

    assert not User.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("login/", {"login": ADDRESS, "password": "x" * 129}),
        ("signup/", {"email": ADDRESS, "password1": "x" * 129}),
        ("login/", {"login": "a\x00", "password": "b\x00"}),
        ("signup/", {"email": ADDRESS, "password1": ADDRESS}),
    ],
)
def test_a_form_that_cannot_be_right_is_shown_again(
    browser: Browser, path: str, form: dict[str, str]
) -> None:
    html = in_the_design(browser.post(f"/accounts/{path}", form))

    assert "errorlist" in html
    assert not User.objects.exists()


def test_too_many_requests_have_a_page(browser: Browser) -> None:
    for _ in range(20):
        signup(browser, "no address")

    answer = signup(browser, "no address")

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert '<header class="site">' in answer.content.decode()


def test_the_profile_page_saves(ada: User) -> None:
    browser = page_login(ada)
    form = {"name": "Ada <b>L.</b>", "timezone": "Europe/London"}

    browser.post("/accounts/profile/", form)

    ada.refresh_from_db()
    assert (ada.name, ada.timezone) == tuple(form.values())
    html = in_the_design(browser.get("/accounts/profile/"))
    assert "Ada <b>" not in html
    assert "Ada &lt;b&gt;" in html


def test_the_language_is_for_clients_of_the_api(ada: User) -> None:
    browser = page_login(ada)

    browser.post("/accounts/profile/", {"locale": "de", "timezone": "UTC"})

    assert 'name="locale"' not in browser.get("/accounts/profile/").content.decode()
    ada.refresh_from_db()
    assert ada.locale == "en"


def test_pages_tell_times_of_the_zone_of_the_user(ada: User) -> None:
    browser = page_login(ada)
    User.objects.update(timezone="Pacific/Kiritimati")
    UserSession.objects.update(created_at=datetime(2026, 1, 31, 12, 30, tzinfo=UTC))

    html = in_the_design(browser.get("/accounts/sessions/"))

    assert "2026-02-01 02:30" in html
    assert "Pacific/Kiritimati" in html


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("profile/", "Profile"),
        ("delete/", "Profile"),
        ("2fa/webauthn/add/", "Two-factor sign-in"),
        ("password/change/", "Password"),
    ],
)
def test_menu_marks_where_one_is(ada: User, path: str, section: str) -> None:
    html = in_the_design(reauthenticated(ada).get(f"/accounts/{path}"))

    (marked,) = re.findall(r'aria-current="\w+">([^<]+)<', html)
    assert marked == section


def test_the_profile_page_refuses_what_does_not_exist(ada: User) -> None:
    browser = page_login(ada)

    page = browser.post("/accounts/profile/", {"timezone": "Mars"})

    assert "errorlist" in in_the_design(page)
    ada.refresh_from_db()
    assert ada.timezone == "UTC"


def test_forms_need_a_csrf_token(ada: User) -> None:
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post(
        "/accounts/login/", {"login": ada.email, "password": PASSWORD}
    )

    assert answer.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_to_no_other_site(
    browser: Browser, ada: User, where: str
) -> None:
    form = {"login": ada.email, "password": PASSWORD, "next": where}

    answer = browser.post("/accounts/login/", form)

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == "/"


@pytest.mark.parametrize("verified", [True, False])
def test_mails_are_text_and_html_and_name_the_product(
    api: Api, make_user: MakeUser, settings: Any, verified: bool
) -> None:
    settings.PRODUCT_NAME = "Engines & Co"
    make_user("ada", verified=verified)

    login(api)
    register(api)
    api.post("/auth/password/reset", {"email": ADDRESS})
    api.post("/auth/password/reset", {"email": "nobody@example.com"})

    assert len(mail.outbox) >= 3
    for message in mail.outbox:
        assert "Engines & Co" in message.body
        assert "&amp;" not in message.body
        (html,) = message.alternatives
        assert html.mimetype == "text/html"
        assert "Engines &amp; Co" in html.content
        assert "testserver" not in message.body + html.content
