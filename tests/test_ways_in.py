"""A passkey or a provider instead of the password, in a browser that holds us to our policy."""

import base64
from collections.abc import Iterator

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.tests.authenticator import DOMAIN, SecurityKey
from accounts.tests.identity_provider import CLIENT, IdentityProvider, serving
from conftest import MakeUser
from tests.browser import browser_page

# The authenticator that Chromium has in software.
TRAITS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    site = live_server.url.replace("127.0.0.1", DOMAIN)  # a passkey asks for a name
    settings.MFA_PASSKEY_LOGIN_ENABLED = True
    settings.PASSKEY_ORIGINS = [site]
    return site


@pytest.fixture
def passkey(site: str, make_user: MakeUser) -> dict[str, object]:
    """One of ada's, as the browser is told of it."""
    ada = make_user("ada")
    handle = user_pk_to_url_str(ada)
    key = SecurityKey(origin=site, user_handle=handle)
    WebAuthn.add(ada, "Blue key", key.make({"publicKey": {"challenge": "x" * 43}}))
    private = key.private_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "credentialId": base64.b64encode(key.id).decode(),
        "isResidentCredential": True,
        "rpId": DOMAIN,
        "privateKey": base64.b64encode(private).decode(),
        "userHandle": base64.b64encode(handle.encode()).decode(),
        "signCount": 1,
    }


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    with browser_page(site) as page:
        yield page


def test_passkey_signs_in_alone_in_a_browser(
    passkey: dict[str, object], site: str, page: Page
) -> None:
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    made = browser.send("WebAuthn.addVirtualAuthenticator", {"options": TRAITS})
    browser.send("WebAuthn.addCredential", {**made, "credential": passkey})
    page.goto(f"{site}/accounts/login/")

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.get_by_role("link", name="ada")).to_be_visible()


@pytest.fixture
def provider(settings: Settings) -> Iterator[IdentityProvider]:
    with serving() as found:
        named = {"name": "Acme", "provider_id": "acme"}
        app = {**CLIENT, **named, "settings": {"server_url": found.url}}
        of_kind = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {**of_kind, "APPS": [app]}
        }
        found.person = {"sub": "1", "name": "Ada"}
        found.person |= {"email": "ada@example.com", "email_verified": True}
        yield found


def test_provider_signs_in_by_one_click_in_a_browser(
    provider: IdentityProvider, site: str, page: Page
) -> None:
    page.goto(f"{site}/accounts/login/?next=/accounts/connections/")

    page.get_by_role("button", name="Continue with Acme").click()

    expect(page.get_by_role("cell", name="ada@example.com")).to_be_visible()
