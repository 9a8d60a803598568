"""The keys that sign tokens: EdDSA (Ed25519), named by `kid`, several while one is replaced."""

import base64
import hashlib
import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings
from django.core.signals import setting_changed
from jwt.algorithms import OKPAlgorithm
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError


def public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The key as a JWK (RFC 8037) with its RFC 7638 thumbprint as `kid`."""
    jwk = json.loads(OKPAlgorithm.to_jwk(key))
    canonical = json.dumps(
        {k: jwk[k] for k in ("crv", "kty", "x")}, separators=(",", ":")
    )
    digest = hashlib.sha256(canonical.encode()).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**jwk, "kid": kid, "use": "sig", "alg": "EdDSA"}


class KeyRing(TokenBackend):
    """simplejwt's token backend with many keys: the first signs, all verify.

    A key is only ever taken from this ring by the `kid` of the header: `jku`, `jwk` and
    other algorithms in a header are never followed (RFC 8725 section 3).
    """

    def __init__(self, seeds: list[bytes], issuer: str, audience: str) -> None:
        super().__init__("EdDSA", None, "", audience=audience, issuer=issuer)
        self.private_keys = [
            Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds
        ]
        self.public_jwks = [public_jwk(key.public_key()) for key in self.private_keys]
        self.kids = [jwk["kid"] for jwk in self.public_jwks]

    def encode(self, payload: dict[str, Any]) -> str:
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        headers = {"kid": self.kids[0]}
        return jwt.encode(
            claims, self.private_keys[0], algorithm="EdDSA", headers=headers
        )

    def get_verifying_key(self, token: Any) -> Ed25519PublicKey:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            return self.private_keys[self.kids.index(kid)].public_key()
        except (jwt.PyJWTError, ValueError) as e:
            raise TokenBackendError("Token is invalid") from e


@cache
def keyring() -> KeyRing:
    return KeyRing(
        settings.JWT_SIGNING_KEYS, settings.JWT_ISSUER, settings.JWT_AUDIENCE
    )


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting.startswith("JWT_"):
        keyring.cache_clear()


setting_changed.connect(_forget)
