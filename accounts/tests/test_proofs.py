"""Who has neither password nor second factor proves it by a login (SC 80, ASVS 7.5.1)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, Browser, bearer, code_of
from accounts.tests.identity_provider import IdentityProvider
from accounts.tests.pages import in_the_design
from accounts.tests.test_provider_login import CONNECTIONS, connected, sign_in_by
from accounts.tests.test_provider_login_api import sign_in_by as api_sign_in_by

NEW = "a-new-long-password"
OTHER = {"email": "lovelace@example.com"}
BY_API: dict[str, Callable[[Api], HttpResponse]] = {
    "address": lambda api: api.post("/auth/email", OTHER),
    "app": lambda api: api.post("/auth/mfa/totp"),
    "passkey": lambda api: api.post("/auth/mfa/passkeys/options"),
    "deletion": lambda api: api.delete("/auth/me"),
}
ADDRESS_FORM = {"action_add": "", **OTHER}
BY_PAGE: dict[str, Callable[[Browser], HttpResponse]] = {
    "address": lambda page: page.post("/accounts/email/", ADDRESS_FORM),
    "app": lambda page: page.get("/accounts/2fa/totp/activate/"),
    "passkey": lambda page: page.get("/accounts/2fa/webauthn/add/"),
    "password": lambda page: page.post(
        "/accounts/password/set/", {"password1": NEW, "password2": NEW}
    ),
    "disconnection": lambda page: page.post(
        CONNECTIONS, {"account": SocialAccount.objects.get(provider="acme").pk}
    ),
    "connection": lambda page: sign_in_by(page, query="?process=connect"),
    "deletion": lambda page: page.post("/accounts/delete/"),
}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as found:
        yield found


def is_unchanged() -> bool:
    user = User.objects.get(email=ADDRESS)
    kept = SocialAccount.objects.filter(user=user, provider="acme")
    return not user.has_usable_password() and kept.count() == 1


@pytest.mark.parametrize("what", BY_API)
def test_sc_080_over_the_api_a_login_is_their_proof(
    api: Api, provider: IdentityProvider, clock: time_machine.Traveller, what: str
) -> None:
    login = api_sign_in_by(api, provider.id_token()).json()
    clock.shift(timedelta(minutes=5, seconds=1))
    renewed = api.post("/auth/refresh", {"refresh": login["refresh"]}).json()
    bearer(api, renewed["access"])

    answer = BY_API[what](api)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED, answer.content
    assert code_of(answer) == "reauthentication_required"
    assert is_unchanged()
    again = Api()
    bearer(again, api_sign_in_by(again, provider.id_token()).json()["access"])
    assert BY_API[what](again).status_code < HTTPStatus.MULTIPLE_CHOICES


@pytest.mark.parametrize("what", BY_PAGE)
def test_sc_080_on_pages_a_login_is_their_proof(
    browser: Browser,
    provider: IdentityProvider,
    clock: time_machine.Traveller,
    what: str,
) -> None:
    sign_in_by(browser)
    connected(User.objects.get(), "7", provider="google")
    clock.shift(timedelta(minutes=5, seconds=1))

    answer = BY_PAGE[what](browser)

    if what == "connection":  # allauth goes by its page of passwords
        assert answer["Location"] == "/accounts/reauthenticate/"
        answer = browser.get(answer["Location"])
    assert answer["Location"].startswith("/accounts/logout/"), answer
    page = in_the_design(browser.get(answer["Location"]))
    assert "sign out and sign in again" in page
    assert is_unchanged()


@pytest.mark.parametrize("what", sorted(BY_PAGE))
def test_who_has_just_signed_in_on_a_page_goes_on(
    browser: Browser,
    provider: IdentityProvider,
    clock: time_machine.Traveller,
    what: str,
) -> None:
    sign_in_by(browser)
    clock.shift(timedelta(minutes=4, seconds=59))

    answer = BY_PAGE[what](browser)

    assert "logout" not in answer.get("Location", "")
    assert "reauthenticate" not in answer.get("Location", "")


def test_they_come_back_to_where_they_were(
    browser: Browser, provider: IdentityProvider, clock: time_machine.Traveller
) -> None:
    sign_in_by(browser)
    clock.shift(timedelta(minutes=6))
    sent = browser.get("/accounts/delete/")["Location"]

    login = browser.post(sent)["Location"]
    login = browser.get(login)["Location"]
    page = in_the_design(browser.get(login))

    assert "delete%2F" in page
    back = sign_in_by(browser, query="?next=/accounts/delete/")
    assert browser.get(back["Location"]).status_code == HTTPStatus.OK
