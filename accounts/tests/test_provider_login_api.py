"""Signing in by the ID token of a provider over the API (SC 81)."""

import base64
import json
import time
from http import HTTPStatus
from typing import Any

import jwt
import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.http import HttpResponse
from pytest_django import Settings

from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, bearer, code_of, last_code
from accounts.tests.identity_provider import (
    GOOGLE_ISSUER,
    KEY_ID,
    IdentityProvider,
    signing_key,
)
from accounts.tests.test_login import totp_code
from conftest import MakeUser

PROVIDERS = ["acme", "google"]


def sign_in_by(api: Api, token: Any, provider: str = "acme") -> HttpResponse:
    body = {"provider": provider, "id_token": token}
    return api.post("/auth/login/provider", body)


def token_of(provider: IdentityProvider, name: str = "acme", **claims: Any) -> str:
    issuer = {"iss": GOOGLE_ISSUER} if name == "google" else {}
    return provider.id_token(**{**issuer, **claims})


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_stranger_registers_and_comes_back(
    api: Api, provider: IdentityProvider, name: str
) -> None:
    first = sign_in_by(api, token_of(provider, name), name)
    provider.person["email"] = "moved@example.com"
    second = sign_in_by(api, token_of(provider, name), name)

    assert first.status_code == second.status_code == HTTPStatus.OK, first.json()
    assert first.json()["user"] == second.json()["user"]
    assert first.json()["user"]["email"] == ADDRESS
    bearer(api, second.json()["access"])
    assert api.get("/auth/me").json()["name"] in ("Ada Lovelace", "")
    assert set(first.cookies) == set()


def forged(provider: IdentityProvider, kind: str) -> str:
    """Tokens that somebody else would like to sign in with."""
    others = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head = {"kid": KEY_ID, "typ": "JWT"}
    claims = jwt.decode(provider.id_token(), options={"verify_signature": False})
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
    alone = base64.urlsafe_b64encode(json.dumps({**head, "alg": "HS256"}).encode())
    deep = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 6000)
    return {
        "of a foreign client": provider.id_token(aud="their-client"),
        "of a foreign issuer": provider.id_token(iss="https://evil.example.com"),
        "of a foreign key": provider.id_token(others),
        "too old": provider.id_token(exp=int(time.time()) - 60),
        "for nobody": provider.id_token(aud=None),
        "without a subject": provider.id_token(sub=None),
        "signed by nobody": jwt.encode(claims, None, "none", headers=head),
        "of another kind": f"{alone.decode().rstrip('=')}.{payload.rstrip('=')}.AAAA",
        "of an unknown key": jwt.encode(
            claims, signing_key(), "RS256", headers={"kid": "x"}
        ),
        "without a key": jwt.encode(claims, signing_key(), "RS256"),
        "without an end": provider.id_token(exp=None),
        "no token": "x.y.z",
        "too deep": f"{deep.decode().rstrip('=')}.{payload.rstrip('=')}.AAAA",
        "the access token": "the-access-token",
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "of a foreign client",
        "of a foreign issuer",
        "of a foreign key",
        "too old",
        "for nobody",
        "without a subject",
        "signed by nobody",
        "of another kind",
        "of an unknown key",
        "without a key",
        "without an end",
        "no token",
        "too deep",
        "the access token",
    ],
)
def test_a_token_that_is_not_for_us_is_refused(
    api: Api, provider: IdentityProvider, kind: str
) -> None:
    answer = sign_in_by(api, forged(provider, kind))

    assert answer.status_code == HTTPStatus.BAD_REQUEST, answer.json()
    assert code_of(answer) == "invalid_token"
    assert not User.objects.exists()


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("jti", [None, "1"])
def test_a_token_signs_in_once(
    api: Api, provider: IdentityProvider, name: str, jti: str | None
) -> None:
    token = token_of(provider, name, jti=jti)
    signed, _, signature = token.rpartition(".")
    # The last character of 256 bytes holds two bits, and four that nobody reads.
    others = ["A", "Q", "g", "w"]
    spelled = next(
        signature[:-1] + chr(ord(last) + 1) for last in others if signature[-1] == last
    )

    first = sign_in_by(api, token, name)
    again = sign_in_by(Api(), token, name)
    respelled = sign_in_by(Api(), f"{signed}.{spelled}", name)

    assert first.status_code == HTTPStatus.OK, first.json()
    assert code_of(again) == code_of(respelled) == "invalid_token"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("github", "provider_without_id_tokens"),
        ("openid_connect", "unknown_provider"),
        ("other", "unknown_provider"),
    ],
)
def test_only_listed_providers(
    api: Api, provider: IdentityProvider, name: str, code: str
) -> None:
    answer = sign_in_by(api, provider.id_token(), name)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == code
    assert answer.json()["errors"][0]["attr"] == "provider"


def test_sc_081_a_verified_address_merges_with_no_account_over_the_api(
    api: Api, provider: IdentityProvider, ada: User
) -> None:
    answer = sign_in_by(api, provider.id_token())

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "connect_first"
    assert not SocialAccount.objects.exists()


def test_sc_081_an_unverified_address_neither_merges_nor_tells_over_the_api(
    api: Api, provider: IdentityProvider, ada: User
) -> None:
    taken = sign_in_by(api, provider.id_token(email_verified=False))
    new = provider.id_token(email_verified=False, email="new@example.com", sub="2")
    free = sign_in_by(Api(), new)

    assert code_of(taken) == code_of(free) == "email_not_verified"
    assert taken.status_code == free.status_code == HTTPStatus.FORBIDDEN
    assert not SocialAccount.objects.filter(user=ada).exists()
    assert [m.to for m in mail.outbox] == [[ADDRESS], ["new@example.com"]]
    proof = {"flow": free.json()["flow"], "code": last_code("new@example.com")}
    assert api.post("/auth/email/verify", proof).status_code == HTTPStatus.OK


def test_sc_081_the_second_factor_is_asked_over_the_api(
    api: Api, provider: IdentityProvider, ada: User
) -> None:
    SocialAccount.objects.create(user=ada, provider="acme", uid=provider.person["sub"])
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)

    asked = sign_in_by(api, provider.id_token())

    assert code_of(asked) == "mfa_required"
    proof = {"flow": asked.json()["flow"], "code": totp_code(secret)}
    assert api.post("/auth/login/mfa", proof).status_code == HTTPStatus.OK


def test_without_an_address_there_is_no_account(
    api: Api, provider: IdentityProvider
) -> None:
    answer = sign_in_by(api, provider.id_token(email=None))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "provider_address_missing"


def test_closed_doors(
    api: Api, provider: IdentityProvider, settings: Settings, make_user: MakeUser
) -> None:
    settings.SIGNUP_OPEN = False
    grace = make_user("grace", is_active=False)
    SocialAccount.objects.create(user=grace, provider="acme", uid="grace")

    stranger = sign_in_by(api, provider.id_token())
    closed = sign_in_by(api, provider.id_token(sub="grace"))

    assert code_of(stranger) == "signup_closed"
    assert code_of(closed) == "account_disabled"


def test_tokens_are_counted_before_they_are_looked_at(
    api: Api, provider: IdentityProvider
) -> None:
    answers = [sign_in_by(api, "x.y.z") for _ in range(31)]

    assert answers[29].status_code == HTTPStatus.BAD_REQUEST
    assert answers[30].status_code == HTTPStatus.TOO_MANY_REQUESTS
