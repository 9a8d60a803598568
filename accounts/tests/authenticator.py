"""A security key in software, as the WebAuthn specification describes one; no mock of ours.

It makes real keys and signatures (ES256, attestation "none"), and can be told to lie.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

ORIGIN, DOMAIN = "http://localhost:8000", "localhost"
FLAG = AuthenticatorData.FLAG


@dataclass
class SecurityKey:
    """`make` answers creation options, `sign` request options; both as JSON-ready values."""

    origin: str = ORIGIN
    domain: str = DOMAIN
    count: int = 0
    user_handle: str | None = None
    verifies: bool = True  # asks for a finger or a PIN
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        public_key = ES256.from_cryptography_key(self.private_key.public_key())
        made = AttestedCredentialData.create(Aaguid.NONE, self.id, public_key)
        data = self._data(FLAG.UP | FLAG.UV | FLAG.AT, made)
        attestation = AttestationObject.create("none", data, {})
        client_data = self._client_data("webauthn.create", options)
        return self._credential(
            clientDataJSON=client_data, attestationObject=attestation
        )

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        data = self._data(FLAG.UP | FLAG.UV if self.verifies else FLAG.UP)
        client_data = self._client_data("webauthn.get", options)
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.private_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        answer = self._credential(
            clientDataJSON=client_data, authenticatorData=data, signature=signature
        )
        if self.user_handle is not None:
            handle = websafe_encode(self.user_handle.encode())
            answer["response"]["userHandle"] = handle
        return answer

    def _data(self, flags: AuthenticatorData.FLAG, made: bytes = b"") -> bytes:
        hashed = hashlib.sha256(self.domain.encode()).digest()
        return AuthenticatorData.create(hashed, flags, self.count, made)

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = options["publicKey"]["challenge"]
        data = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(data).encode()

    def _credential(self, **response: bytes) -> dict[str, Any]:
        own_id = websafe_encode(self.id)
        return {
            "id": own_id,
            "rawId": own_id,
            "type": "public-key",
            "response": {k: websafe_encode(v) for k, v in response.items()},
            "clientExtensionResults": {"credProps": {"rk": False}},
        }
