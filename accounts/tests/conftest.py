"""Clients of the API as strangers have them, and the mails that reach them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google import views as google
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.http import HttpResponse
from django.test import Client, TestCase
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.identity_provider import CLIENT, IdentityProvider, serving
from conftest import PASSWORD, MakeUser

ADDRESS = "ada@example.com"
CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)
LINK = re.compile(r"https?://\S+")


class Committing:
    """Mixed into a test client: what waits for the commit happens after each request."""

    def request(self, **kwargs: Any) -> HttpResponse:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**kwargs)


class Api(Committing, APIClient):
    pass


class Browser(Committing, Client):
    pass


SignIn = Callable[..., Api]
HASHES: list[str] = []


class CountingHasher(MD5PasswordHasher):
    """A real hasher that keeps account of its work."""

    algorithm = "counting_md5"

    def encode(self, password: str, salt: str) -> str:
        HASHES.append(salt)
        return super().encode(password, salt)


@pytest.fixture
def counted_hashes(settings: Any) -> list[str]:
    """Grows by one with each password hash; the hasher of users made after this one."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    HASHES.clear()
    return HASHES


@pytest.fixture
def people(make_user: MakeUser, request: pytest.FixtureRequest) -> dict[str, str]:
    """Addresses that a login with a wrong password must not tell apart."""
    if "counted_hashes" in request.fixturenames:
        request.getfixturevalue("counted_hashes")
    make_user("wrong")
    unusable = make_user("unusable")
    unusable.set_unusable_password()
    unusable.save()
    return {
        "unknown": "nobody@example.com",
        "wrong password": "wrong@example.com",
        "unusable password": unusable.email,
    }


@pytest.fixture
def api(db: None) -> Api:
    return Api()


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


@pytest.fixture
def ada(make_user: MakeUser) -> User:
    return make_user("ada")


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(ada)`: a client with the tokens of a new login, by the route."""

    def sign_in(user: User, password: str = PASSWORD) -> Api:
        client = Api()
        answer = login(client, user.email, password)
        assert answer.status_code == 200, answer.json()
        client.tokens = answer.json()
        bearer(client, client.tokens["access"])
        return client

    return sign_in


@pytest.fixture
def provider(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[IdentityProvider]:
    """All three kinds of providers switched on, as settings.py does, at a real server."""
    with serving() as found:
        at = {"name": "Acme", "provider_id": "acme"}
        acme = {**CLIENT, **at, "settings": {"server_url": found.url}}
        kinds = {"google": CLIENT, "github": CLIENT, "openid_connect": acme}
        settings.SOCIALACCOUNT_PROVIDERS = {
            kind: {**settings.SOCIALACCOUNT_PROVIDERS[kind], "APPS": [app]}
            for kind, app in kinds.items()
        }
        # allauth reads the addresses of the great ones once, when it is imported.
        for name, path in {"authorize": "authorize", "access_token": "token"}.items():
            for kind, adapter in {
                "google": google.GoogleOAuth2Adapter,
                "github": GitHubOAuth2Adapter,
            }.items():
                url = f"{found.url}/{kind}/{path}"
                monkeypatch.setattr(adapter, f"{name}_url", url)
        monkeypatch.setattr(google, "CERTS_URL", f"{found.url}/google/certs")
        for name, path in {"profile": "user", "emails": "user/emails"}.items():
            url = f"{found.url}/github/{path}"
            monkeypatch.setattr(GitHubOAuth2Adapter, f"{name}_url", url)
        found.person = {"sub": "10769150350006150715113082367", "name": "Ada Lovelace"}
        found.person |= {"email": ADDRESS, "email_verified": True}
        found.github_addresses = [
            {"email": ADDRESS, "primary": True, "verified": True},
            {"email": "ada@users.example.com", "primary": False, "verified": True},
        ]
        yield found


def bearer(client: Api, access: str) -> None:
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")


def register(
    client: Api, email: str = ADDRESS, password: str = PASSWORD
) -> HttpResponse:
    return client.post("/auth/register", {"email": email, "password": password})


def login(client: Api, email: str = ADDRESS, password: str = PASSWORD) -> HttpResponse:
    return client.post("/auth/login", {"email": email, "password": password})


def last_code(address: str = ADDRESS) -> str:
    """The code in the newest mail to `address`."""
    return CODE.search(last_mail(address))[1]


def last_link(address: str = ADDRESS) -> str:
    return LINK.search(last_mail(address))[0]


def last_mail(address: str = ADDRESS) -> str:
    return next(m.body for m in reversed(mail.outbox) if m.to == [address])


def code_of(answer: HttpResponse) -> str:
    """The `code` of the first error in the envelope."""
    return answer.json()["errors"][0]["code"]
