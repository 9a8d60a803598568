"""The first page: the way in for a visitor, one's own things for who is signed in."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.test_logout import page_login
from conftest import MakeUser

IN = ["/accounts/login/", "/accounts/signup/"]
OWN = [
    "/accounts/billing/",
    "/accounts/profile/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/sessions/",
]
DEVELOPER = ["/docs", "/openapi.json"]


def led_to(client: Client) -> Callable[[str], bool]:
    """Whether the body of the page leads somewhere; the menu above is on every page."""
    response = client.get("/")
    assert response.status_code == HTTPStatus.OK
    main = response.text.partition("<main")[2]
    return lambda link: f'href="{link}"' in main


def test_home_of_a_visitor(client: Client) -> None:
    leads = led_to(client)

    assert all(map(leads, IN))
    assert not any(map(leads, [*OWN, *DEVELOPER, "/admin/"]))


def test_home_of_a_customer(make_user: MakeUser) -> None:
    client = page_login(make_user("ada"))
    User.objects.update(name="Ada <b>")
    leads = led_to(client)

    assert all(map(leads, OWN))
    assert not any(map(leads, [*IN, *DEVELOPER, "/admin/"]))
    assert "Hello, Ada &lt;b&gt;" in client.get("/").text


def test_home_of_staff(make_user: MakeUser, settings) -> None:
    settings.REQUIRE_MFA = "off"
    leads = led_to(page_login(make_user("ada", is_staff=True)))

    assert all(map(leads, [*OWN, *DEVELOPER, "/admin/"]))


def test_home_while_developing(client: Client, settings) -> None:
    settings.DEBUG = settings.MAIL_IN_MAILBOX = True
    assert all(map(led_to(client), [*IN, *DEVELOPER, "/admin/", "/dev/mailbox"]))

    settings.MAIL_IN_MAILBOX = False

    assert not led_to(client)("/dev/mailbox")


def test_home_while_nobody_may_sign_up(client: Client, settings) -> None:
    settings.SIGNUP_OPEN = False

    assert "/accounts/signup/" not in client.get("/").text


def test_home_changes_nothing(client: Client) -> None:
    assert client.post("/").status_code == HTTPStatus.METHOD_NOT_ALLOWED


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("development", [False, True])
def test_unknown_address_is_a_page_for_browsers(client, settings, development) -> None:
    settings.DEBUG = development

    page = client.get("/bilings", headers={"accept": BROWSER})

    assert page.status_code == HTTPStatus.NOT_FOUND
    assert page["Content-Type"].startswith("text/html")
    assert "There is no such page" in page.text
    assert "style-src 'self'" in page["Content-Security-Policy"]
    assert "script-src" not in page["Content-Security-Policy"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_unknown_address_is_the_envelope_for_clients(client, accept) -> None:
    answer = client.get("/bilings", headers={"accept": accept})

    assert answer.json()["errors"][0]["code"] == "not_found"


def test_api_answers_a_browser_as_anybody(client) -> None:
    answer = client.get("/auth/me", headers={"accept": BROWSER})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer["Content-Type"] == "application/json"
