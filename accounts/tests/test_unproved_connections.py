"""Whoever connected a provider before the address was proved is not its owner for that."""

from http import HTTPStatus

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount

from accounts.models import AuditEvent, User
from accounts.tests.conftest import (
    Api,
    Browser,
    code_of,
    last_code,
    last_link,
    login,
)
from accounts.tests.identity_provider import IdentityProvider
from accounts.tests.pages import reauthenticated
from accounts.tests.test_login import totp_code
from accounts.tests.test_provider_login import (
    CONNECTIONS,
    come_back,
    connected,
    is_in,
    leave,
    sign_in_by,
)
from accounts.tests.test_provider_login_api import sign_in_by as sign_in_with

VICTIM = "victim@example.com"
NEW = "a-new-long-password"


def victim_takes_the_account() -> None:
    """By what our mails tell them: reset the password, sign in, enter the code."""
    victim = Api()
    victim.post("/auth/password/reset", {"email": VICTIM})
    key = last_link(VICTIM).rstrip("/").rsplit("/", 1)[-1]
    victim.post("/auth/password/reset/confirm", {"key": key, "password": NEW})
    flow = login(victim, VICTIM, NEW).json()["flow"]
    body = {"flow": flow, "code": last_code(VICTIM)}
    assert victim.post("/auth/email/verify", body).status_code == HTTPStatus.OK


def test_sc_017_a_thief_who_typed_the_address_on_the_page_is_not_let_in(
    db: None, browser: Browser, provider: IdentityProvider
) -> None:
    provider.person |= {"email": None, "sub": "thief"}
    sign_in_by(browser)
    browser.post(f"{CONNECTIONS}signup/", {"email": VICTIM})
    assert SocialAccount.objects.get().user == User.objects.get(email=VICTIM)

    victim_takes_the_account()
    again = Browser()
    sign_in_by(again)

    assert not is_in(again)
    assert not SocialAccount.objects.exists()
    assert AuditEvent.objects.filter(event="provider.disconnected").exists()


def test_sc_017_nor_one_who_came_by_the_api(
    api: Api, db: None, provider: IdentityProvider
) -> None:
    told = {"email_verified": False, "email": VICTIM, "sub": "thief"}
    begun = sign_in_with(api, provider.id_token(**told))
    assert code_of(begun) == "email_not_verified"

    victim_takes_the_account()
    answer = sign_in_with(Api(), provider.id_token(**told))

    assert answer.status_code != HTTPStatus.OK
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("later", [False, True])
def test_who_proves_the_address_after_coming_by_the_provider_stays_connected(
    db: None, browser: Browser, provider: IdentityProvider, later: bool
) -> None:
    """In the same login, or in the next one by that provider."""
    provider.person |= {"email": VICTIM, "email_verified": False}
    sign_in_by(browser)
    if later:
        browser = Browser()
        come_back(browser, leave(browser))

    browser.post("/accounts/confirm-email/", {"code": last_code(VICTIM)})

    assert is_in(browser)
    assert SocialAccount.objects.count() == 1


def test_a_second_address_disconnects_nothing(ada: User) -> None:
    connected(ada, "ada")
    browser = reauthenticated(ada)
    browser.post("/accounts/email/", {"email": VICTIM, "action_add": ""})

    browser.post("/accounts/confirm-email/", {"code": last_code(VICTIM)})

    assert User.objects.get().email == VICTIM
    assert SocialAccount.objects.count() == 1


def test_a_login_by_a_connection_that_has_gone_is_not_completed(
    ada: User, api: Api, provider: IdentityProvider
) -> None:
    connected(ada, "thief")
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    flow = sign_in_with(api, provider.id_token(sub="thief")).json()["flow"]
    SocialAccount.objects.all().delete()

    answer = api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert (answer.status_code, code_of(answer)) == (409, "flow_not_pending")
