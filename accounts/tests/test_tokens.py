"""Access tokens: what is in them, and what is never believed."""

import base64
import json
import math
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.authentication import BasicAuthentication, TokenAuthentication
from rest_framework_simplejwt.views import TokenViewBase

from accounts.models import User
from accounts.sessions.keyring import keyring, public_jwk
from accounts.tests.conftest import Api, SignIn, bearer, code_of
from conftest import AsUser


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_sc_044_an_access_token_says_who_for_how_long_and_nothing_else(
    as_user: AsUser, ada: User, settings: Any
) -> None:
    client = as_user(ada)
    token = client.tokens["access"]

    claims = claims_of(token)
    assert claims.keys() == {
        "iss", "aud", "exp", "iat", "jti", "sid", "sub", "token_type",
    }  # fmt: skip
    assert claims["iss"] == settings.JWT_ISSUER
    assert claims["aud"] == settings.JWT_AUDIENCE
    assert claims["exp"] - claims["iat"] <= timedelta(minutes=5).total_seconds()
    assert claims["exp"] <= time.time() + timedelta(minutes=5).total_seconds()
    assert uuid.UUID(claims["sub"]) == ada.pk
    assert uuid.UUID(claims["sid"]) == client.auth_session.pk
    assert claims["jti"]
    assert claims["token_type"] == "access"
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "EdDSA"
    assert header["kid"] == keyring().kids[0]


def encoded(
    claims: dict[str, Any],
    key: Any = None,
    algorithm: str | None = "EdDSA",
    **headers: Any,
) -> str:
    """A token of `claims`, signed with our key unless told otherwise."""
    key = keyring().private_keys[0] if key is None else key
    headers = {"kid": keyring().kids[0], **headers}
    headers = {k: v for k, v in headers.items() if v is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token that PyJWT would refuse to write."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)


def deep(token: str) -> str:
    """`token` with a header that is nested as deeply as 8 kB allow."""
    header = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 6000).decode()
    return ".".join([header, *token.split(".")[1:]])


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in claims.items() if k != name}


STRANGER = Ed25519PrivateKey.generate()
JWK = public_jwk(STRANGER.public_key())  # which would verify it
X = keyring().public_jwks[0]["x"]
FORGERIES: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": lambda c: raw({"alg": "none", "kid": keyring().kids[0]}, c),
    "public key as HMAC secret": lambda c: encoded(c, X, "HS256"),
    "another key": lambda c: encoded(c, STRANGER),
    "unknown kid": lambda c: encoded(c, kid="x"),
    "no kid": lambda c: encoded(c, kid=None),
    "kid of another type": lambda c: raw({"alg": "EdDSA", "kid": [1]}, c, b"x"),
    "key in the header": lambda c: encoded(c, STRANGER, jwk=JWK),
    "key and its kid in the header": lambda c: encoded(
        c, STRANGER, jwk=JWK, kid=JWK["kid"]
    ),
    "header is endless": lambda c: deep(encoded(c)),
    "key by url": lambda c: encoded(c, STRANGER, jku="https://evil.example/jwks"),
    "wrong audience": lambda c: encoded({**c, "aud": "other"}),
    "wrong issuer": lambda c: encoded({**c, "iss": "https://evil.example"}),
    "no audience": lambda c: encoded(without(c, "aud")),
    "no issuer": lambda c: encoded(without(c, "iss")),
    "expired": lambda c: encoded({**c, "exp": time.time() - 60}),
    "not yet": lambda c: encoded({**c, "nbf": time.time() + 3600}),
    "no exp": lambda c: encoded(without(c, "exp")),
    "no jti": lambda c: encoded(without(c, "jti")),
    "no sid": lambda c: encoded(without(c, "sid")),
    "no sub": lambda c: encoded(without(c, "sub")),
    "no token_type": lambda c: encoded(without(c, "token_type")),
    "unknown sid": lambda c: encoded({**c, "sid": str(uuid.uuid4())}),
    "unknown sub": lambda c: encoded({**c, "sub": str(uuid.uuid4())}),
    "sub is no uuid": lambda c: encoded({**c, "sub": "1"}),
    "sid is a list": lambda c: encoded({**c, "sid": [1]}),
    "exp is a string": lambda c: encoded({**c, "exp": "tomorrow"}),
    "exp is endless": lambda c: encoded({**c, "exp": 1e30}),
    "exp is infinite": lambda c: encoded({**c, "exp": math.inf}),
    "iat is a list": lambda c: encoded({**c, "iat": [1]}),
    "jti is a number": lambda c: encoded({**c, "jti": 1}),
    "truncated": lambda c: encoded(c)[:-10],
    "10 kB": lambda c: encoded({**c, "filler": "x" * 10_000})[:10_000],
    "no token at all": lambda c: "x",
    "payload is no object": lambda c: raw({"alg": "EdDSA"}, [1], b"x"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_sc_045_a_forged_token_is_refused(
    as_user: AsUser, api: Api, ada: User, forgery: str
) -> None:
    claims = claims_of(as_user(ada).tokens["access"])
    bearer(api, FORGERIES[forgery](claims))

    answer = api.get("/auth/me")

    assert answer.status_code == HTTPStatus.UNAUTHORIZED, answer.content
    assert code_of(answer) in {"token_not_valid", "session_expired"}


@pytest.mark.parametrize("header", ["Bearer é", "Bearer", "Bearer a b c", "Basic eDp5"])
def test_sc_045_a_header_that_is_no_bearer_token_is_refused(
    client: Client, db: None, header: str
) -> None:
    answer = client.get("/auth/me", headers={"Authorization": header})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED


def test_the_forgeries_differ_from_a_good_token_in_one_thing_only(
    as_user: AsUser, api: Api, ada: User
) -> None:
    claims = claims_of(as_user(ada).tokens["access"])
    bearer(api, encoded(claims))

    assert api.get("/auth/me").status_code == HTTPStatus.OK


def test_sc_046_each_kind_of_token_opens_only_its_own_door(
    sign_in: SignIn, ada: User, make_user: Callable[..., User]
) -> None:
    client = sign_in(ada)
    unverified = make_user("eve", verified=False)
    flow = Api().post(
        "/auth/login", {"email": unverified.email, "password": "correct-horse-battery"}
    ).json()["flow"]  # fmt: skip
    for token in (client.tokens["refresh"], flow):
        stranger = Api()
        bearer(stranger, token)
        assert stranger.get("/auth/me").status_code == HTTPStatus.UNAUTHORIZED
    for token in (client.tokens["access"], flow):
        answer = Api().post("/auth/refresh", {"refresh": token})
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
    for token in (client.tokens["access"], client.tokens["refresh"]):
        answer = Api().post("/auth/email/verify", {"flow": token, "code": "ABCD-EFGH"})
        assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}


def test_the_public_keys_verify_a_token(as_user: AsUser, ada: User) -> None:
    answer = Api().get("/.well-known/jwks.json")

    assert answer.status_code == HTTPStatus.OK
    assert "max-age" in answer["Cache-Control"]
    keys = answer.json()["keys"]
    assert all("d" not in key for key in keys)
    token = as_user(ada).tokens["access"]
    ring = jwt.PyJWKSet.from_dict(answer.json())
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(token, ring[kid], algorithms=["EdDSA"], audience="api")
    assert claims["sub"] == str(ada.pk)


def test_a_replaced_key_still_verifies_until_it_is_removed(
    as_user: AsUser, ada: User, settings: Any
) -> None:
    client = as_user(ada)
    old, new = settings.JWT_SIGNING_KEYS[0], b"n" * 32

    settings.JWT_SIGNING_KEYS = [new, old]
    assert client.get("/auth/me").status_code == HTTPStatus.OK
    settings.JWT_SIGNING_KEYS = [new]
    assert client.get("/auth/me").status_code == HTTPStatus.UNAUTHORIZED


def all_views(patterns: list[Any]) -> list[Any]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += all_views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            found.append(pattern.callback)
    return found


def test_sc_030_no_other_route_hands_out_tokens() -> None:
    views = all_views(get_resolver().url_patterns)
    classes = [getattr(v, "cls", getattr(v, "view_class", None)) for v in views]
    classes = [c for c in classes if c is not None]

    assert classes
    assert not [c for c in classes if issubclass(c, TokenViewBase)]
    for cls in classes:
        for scheme in getattr(cls, "authentication_classes", []):
            assert not issubclass(scheme, BasicAuthentication | TokenAuthentication)
    names = {getattr(v, "__module__", "") for v in views}
    assert not [n for n in names if n.startswith("rest_framework.authtoken")]
    assert not [n for n in names if n.startswith("allauth.headless")]
