"""Signing in by Google, GitHub and OpenID Connect, each against a real server (SC 81)."""

from http import HTTPStatus
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.dispatch import receiver
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, AuthSession, User
from accounts.signals import email_verified
from accounts.tests.conftest import ADDRESS, Api, Browser, last_code
from accounts.tests.identity_provider import CLIENT, IdentityProvider
from accounts.tests.pages import in_the_design, reauthenticated
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import page_login
from conftest import MakeUser

KINDS = ["google", "github", "oidc/acme"]
ACME, CONNECTIONS = "/accounts/oidc/acme/login/", "/accounts/connections/"


def leave(browser: Client, kind: str = "oidc/acme", query: str = "") -> str:
    """Where the page sends a browser that has pressed the button."""
    page = browser.post(f"/accounts/{kind}/login/{query}")
    assert page.status_code == HTTPStatus.OK, page
    in_the_design(page)
    return page.context["url"]


def come_back(browser: Client, url: str) -> HttpResponse:
    """Sign in at the provider, and follow it back as far as our own callback."""
    there = requests.get(url, allow_redirects=False, timeout=5)
    assert there.status_code == HTTPStatus.FOUND, there.text
    return browser.get(there.headers["Location"].removeprefix("http://testserver"))


def sign_in_by(
    browser: Client, kind: str = "oidc/acme", query: str = ""
) -> HttpResponse:
    return come_back(browser, leave(browser, kind, query))


def is_in(browser: Client) -> bool:
    return browser.get("/accounts/profile/").status_code == HTTPStatus.OK


def connected(user: User, uid: str, provider: str = "acme") -> SocialAccount:
    return SocialAccount.objects.create(user=user, provider=provider, uid=uid)


@pytest.fixture
def verified() -> Any:
    """The addresses that were announced as verified: payments are given by this."""
    heard: list[str] = []

    @receiver(email_verified)
    def listen(email: str, **kwargs: Any) -> None:
        heard.append(email)

    yield heard
    email_verified.disconnect(listen)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_has_an_account_after_one_click(
    browser: Browser, provider: IdentityProvider, verified: list[str], kind: str
) -> None:
    page = in_the_design(browser.get("/accounts/login/?next=/accounts/profile/"))
    assert f'action="/accounts/{kind}/login/?' in page

    answer = sign_in_by(browser, kind, "?next=/accounts/profile/")

    assert answer["Location"] == "/accounts/profile/"
    assert is_in(browser)
    user = User.objects.get()
    assert (user.email, user.has_usable_password()) == (ADDRESS, False)
    address = EmailAddress.objects.get()  # one, whatever else the provider tells
    assert (address.email, address.verified, address.primary) == (ADDRESS, True, True)
    assert verified == [ADDRESS]
    account = SocialAccount.objects.get()
    assert account.uid == provider.person["sub"]
    assert set(account.extra_data) <= {"email", "name", "login"}
    assert not SocialToken.objects.exists()
    assert "the-access-token" not in str(dict(browser.session))
    noted = AuditEvent.objects.get(event="provider.connected")
    assert noted.user == user
    assert provider.requests[0]["code_challenge"]


@pytest.mark.parametrize("kind", KINDS)
def test_sc_081_who_comes_back_is_known_by_the_id_and_not_by_the_address(
    browser: Browser, provider: IdentityProvider, make_user: MakeUser, kind: str
) -> None:
    sign_in_by(browser, kind)
    first = User.objects.get()
    elsewhere = "ada@elsewhere.example.com"
    provider.person["email"] = elsewhere
    provider.github_addresses[0]["email"] = elsewhere
    again, other = Browser(), Browser()

    sign_in_by(again, kind)
    provider.person["sub"] = "somebody-else"
    provider.person["email"] = provider.github_addresses[0]["email"] = ADDRESS
    sign_in_by(other, kind)

    assert is_in(again)
    assert again.session["_auth_user_id"] == str(first.pk)
    assert User.objects.get() == first  # the address made no second account
    assert not is_in(other)


def test_sc_081_a_verified_address_merges_with_no_account(
    browser: Browser, provider: IdentityProvider, ada: User
) -> None:
    answer = sign_in_by(browser)

    assert answer["Location"] == "/accounts/login/"
    told = browser.get("/accounts/login/").content.decode()
    assert "There is an account with this address already." in told
    assert not is_in(browser)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("said", [False, "false", None, 0, "yes"])
def test_sc_081_an_unverified_address_neither_merges_nor_tells(
    browser: Browser, provider: IdentityProvider, ada: User, said: Any
) -> None:
    provider.person["email_verified"] = said

    taken = sign_in_by(browser)
    provider.person |= {"sub": "new", "email": "new@example.com"}
    free = sign_in_by(Browser())

    assert taken["Location"] == free["Location"] == "/accounts/confirm-email/"
    assert not SocialAccount.objects.filter(user=ada).exists()
    assert [m.to for m in mail.outbox] == [[ADDRESS], ["new@example.com"]]
    assert "already has an account" in mail.outbox[0].body


def test_an_unverified_address_is_proved_by_a_code(
    browser: Browser, provider: IdentityProvider, verified: list[str]
) -> None:
    provider.person["email_verified"] = False
    sign_in_by(browser)
    assert verified == []
    assert not is_in(browser)

    browser.post("/accounts/confirm-email/", {"code": last_code()})

    assert is_in(browser)
    assert verified == [ADDRESS]


def test_a_look_alike_is_no_address(
    browser: Browser, provider: IdentityProvider, verified: list[str]
) -> None:
    provider.person["email"] = "\u212aate@example.com"  # the sign of Kelvin

    answer = sign_in_by(browser)

    assert answer["Location"] == f"{CONNECTIONS}signup/"
    assert verified == []
    assert not User.objects.exists()


def test_who_has_no_address_there_enters_one(
    browser: Browser, provider: IdentityProvider, ada: User
) -> None:
    provider.person["email"] = None
    answer = sign_in_by(browser)
    assert answer["Location"] == f"{CONNECTIONS}signup/"
    in_the_design(browser.get(f"{CONNECTIONS}signup/"))
    assert "the-access-token" not in str(dict(browser.session))

    browser.post(f"{CONNECTIONS}signup/", {"email": "grace@example.com"})
    assert not is_in(browser)
    browser.post("/accounts/confirm-email/", {"code": last_code("grace@example.com")})

    assert is_in(browser)
    assert SocialAccount.objects.get().user.email == "grace@example.com"


def test_sc_081_the_second_factor_is_asked_all_the_same(
    browser: Browser, provider: IdentityProvider, ada: User
) -> None:
    connected(ada, provider.person["sub"])
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)

    answer = sign_in_by(browser)

    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": totp_code(secret)})
    assert is_in(browser)


@pytest.mark.parametrize("kind", KINDS)
def test_sc_081_a_link_signs_nobody_in(
    browser: Browser, provider: IdentityProvider, kind: str
) -> None:
    page = browser.get(f"/accounts/{kind}/login/")

    assert "Continue" in in_the_design(page)
    assert provider.asked == []
    csrf = Client(enforce_csrf_checks=True)
    refused = csrf.post(f"/accounts/{kind}/login/")
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_sc_081_a_state_works_once_in_its_own_browser_and_for_its_provider(
    browser: Browser, provider: IdentityProvider
) -> None:
    there = requests.get(leave(browser), allow_redirects=False, timeout=5)
    back = there.headers["Location"].removeprefix("http://testserver")
    thief = Browser()
    before = list(provider.asked)

    in_another_browser = thief.get(back)
    at_another_provider = browser.get(back.replace("oidc/acme", "google"))
    first = browser.get(back)
    again = Browser()
    again.cookies = browser.cookies
    replayed = again.get(back)

    refused = [in_another_browser, at_another_provider, replayed]
    assert [r.status_code for r in refused] == [HTTPStatus.UNAUTHORIZED] * 3
    assert first.status_code == HTTPStatus.FOUND
    assert provider.asked.count("/token") == before.count("/token") + 1
    assert not is_in(thief)


@pytest.mark.parametrize("query", ["?auth_params=client_id%3Dtheirs", "?scope=repo"])
def test_a_link_cannot_ask_the_provider_for_more(
    browser: Browser, provider: IdentityProvider, query: str
) -> None:
    url = leave(browser, query=query)

    assert "theirs" not in url
    assert "repo" not in url


def test_a_login_leads_to_no_other_site(
    browser: Browser, provider: IdentityProvider
) -> None:
    answer = sign_in_by(browser, query="?next=https://evil.example.com/")

    assert answer["Location"] == "/"


@pytest.mark.parametrize("sub", [None, "", "x" * 192, 7, ["list"]])
def test_a_provider_that_names_nobody_is_a_failed_login(
    browser: Browser, provider: IdentityProvider, sub: Any
) -> None:
    provider.userinfo = {**provider.person, "sub": sub}
    provider.person["sub"] = sub if isinstance(sub, str) else None

    answer = sign_in_by(browser)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert not User.objects.exists()


def test_a_provider_that_talks_nonsense_is_a_failed_login(
    browser: Browser, provider: IdentityProvider
) -> None:
    url = leave(browser)
    provider.broken.add("/userinfo")
    provider.broken.add("/.well-known/openid-configuration")

    answers = [come_back(browser, url), browser.post(ACME)]

    for answer in answers:
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert "That did not work" in answer.content.decode()


def test_a_provider_that_is_down_is_a_failed_login(
    browser: Browser, provider: IdentityProvider, settings: Settings
) -> None:
    acme = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    acme["settings"]["server_url"] = "http://127.0.0.1:1"

    answer = browser.post(ACME)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "That did not work" in answer.content.decode()


def test_halves_about_two_people_are_refused(
    browser: Browser, provider: IdentityProvider
) -> None:
    provider.userinfo = {**provider.person, "sub": "somebody-else"}

    answer = sign_in_by(browser)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert not User.objects.exists()


def test_whoever_refuses_at_the_provider_is_told_so(
    browser: Browser, provider: IdentityProvider
) -> None:
    state = leave(browser).partition("state=")[2].partition("&")[0]

    answer = browser.get(
        f"{ACME}callback/?error=access_denied&state={state}", follow=True
    )

    assert "You are not signed in" in in_the_design(answer)


def test_a_closed_registration_lets_in_those_who_are_known(
    browser: Browser, provider: IdentityProvider, settings: Settings, ada: User
) -> None:
    settings.SIGNUP_OPEN = False
    connected(ada, provider.person["sub"])
    sign_in_by(browser)
    provider.person |= {"sub": "new", "email": "new@example.com"}
    stranger = Browser()
    sign_in_by(stranger)

    assert is_in(browser)
    assert not is_in(stranger)
    assert User.objects.get() == ada


def test_a_closed_account_stays_closed(
    browser: Browser, provider: IdentityProvider, make_user: MakeUser
) -> None:
    grace = make_user("grace", is_active=False)
    connected(grace, provider.person["sub"])

    answer = sign_in_by(browser)

    assert answer["Location"] == "/accounts/inactive/"
    assert not AuthSession.objects.exists()


def test_connect_and_disconnect_on_the_page(
    provider: IdentityProvider, ada: User
) -> None:
    browser = reauthenticated(ada)
    assert "Connect Acme" in in_the_design(browser.get(CONNECTIONS))

    answer = sign_in_by(browser, query="?process=connect")
    assert answer["Location"] == CONNECTIONS
    page = in_the_design(browser.get(CONNECTIONS))
    assert ADDRESS in page
    browser.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk})

    assert not SocialAccount.objects.exists()
    subjects = [m.subject for m in mail.outbox]
    assert "Acme was connected to your account" in subjects
    assert "Acme was disconnected from your account" in subjects
    events = AuditEvent.objects.filter(event__startswith="provider.")
    assert [e.event for e in events.order_by("created_at")] == [
        "provider.connected",
        "provider.disconnected",
    ]


def test_switched_off_it_can_be_left_on_the_page(ada: User) -> None:
    account = connected(ada, "7", provider="not_switched_on_any_more")
    browser = reauthenticated(ada)
    assert "Switched off" in in_the_design(browser.get(CONNECTIONS))

    answer = browser.post(CONNECTIONS, {"account": account.pk}, follow=True)

    page = in_the_design(answer)
    assert "not_switched_on_any_more was disconnected." in page
    assert "None yet." in page
    assert not SocialAccount.objects.exists()


def test_to_connect_asks_for_the_password_again(
    provider: IdentityProvider, ada: User
) -> None:
    browser = page_login(ada)

    answer = sign_in_by(browser, query="?process=connect")

    assert answer["Location"] == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()
    assert "the-access-token" not in str(dict(browser.session))


def test_to_disconnect_asks_for_the_password_again(
    provider: IdentityProvider, ada: User
) -> None:
    account = connected(ada, "42")
    browser = page_login(ada)

    answer = browser.post(CONNECTIONS, {"account": account.pk})

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.exists()


def test_a_connection_of_somebody_else_is_not_taken(
    provider: IdentityProvider, ada: User, make_user: MakeUser
) -> None:
    grace = make_user("grace")
    connected(grace, provider.person["sub"])
    browser = reauthenticated(ada)

    sign_in_by(browser, query="?process=connect")
    strangers = {"account": SocialAccount.objects.get().pk}
    browser.post(CONNECTIONS, strangers)

    assert SocialAccount.objects.get().user == grace


def test_the_last_way_in_cannot_be_left(
    browser: Browser, provider: IdentityProvider
) -> None:
    sign_in_by(browser)
    account = SocialAccount.objects.get()
    connected(account.user, "7", provider="not_switched_on_any_more")

    page = browser.post(CONNECTIONS, {"account": account.pk})

    assert "Your account has no password set up." in in_the_design(page)
    assert SocialAccount.objects.filter(pk=account.pk).exists()


def test_the_export_lists_connections_and_the_deletion_takes_them(
    browser: Browser, provider: IdentityProvider
) -> None:
    sign_in_by(browser)
    told = browser.get("/accounts/export/").json()["account"]["connections"]

    assert [(c["provider"], c["uid"]) for c in told] == [
        ("acme", provider.person["sub"])
    ]
    browser.post("/accounts/delete/")
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()


def test_nothing_of_a_client_is_in_the_admin(
    provider: IdentityProvider, staff: User
) -> None:
    connected(staff, "42")
    browser = page_login(staff)

    html = browser.get("/admin/").content.decode()
    listed = browser.get("/admin/socialaccount/socialaccount/").content.decode()

    assert "socialapp" not in html
    assert "socialtoken" not in html
    assert "42" in listed
    assert CLIENT["secret"] not in html + listed


@pytest.mark.parametrize("kind", KINDS)
def test_switched_off_there_is_nothing(browser: Browser, ada: User, kind: str) -> None:
    page = in_the_design(browser.get("/accounts/login/"))
    settings_page = in_the_design(page_login(ada).get("/accounts/profile/"))

    assert "Continue with" not in page
    assert CONNECTIONS not in settings_page
    for path in (
        f"/accounts/{kind}/login/",
        f"/accounts/{kind}/login/callback/?state=x",
    ):
        assert browser.get(path).status_code == HTTPStatus.NOT_FOUND
    assert browser.post(f"/accounts/{kind}/login/").status_code == HTTPStatus.NOT_FOUND


def test_switched_off_an_app_is_refused(api: Api) -> None:
    body = {"provider": "google", "id_token": "x"}

    answer = api.post("/auth/login/provider", body)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["errors"][0]["code"] == "unknown_provider"
