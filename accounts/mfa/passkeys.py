"""What we ask of a WebAuthn credential beyond allauth: https://www.w3.org/TR/webauthn-3/.

allauth and fido2 check challenge, relying party and signature. Here: that the message is
well formed (they crash on some that are not), comes from an origin of ours, is used once,
belongs to who it says, and that its counter does not go back.
"""

import hashlib
import struct
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidSignature
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from accounts.models import User

# What fido2 raises for bytes that are not what they should be.
MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
SPENT_FOR = 60 * 60  # seconds: longer than a challenge lives in a login
LARGEST_ID = 1023  # bytes, by the specification


class BadCredential(ValueError):
    """This message is no proof."""


def checked_registration(credential: Any) -> dict[str, Any]:
    """The parts of a new `credential` that are kept, written anew.

    What else a client sent along would rest in the database as it is.

    Raises:
        BadCredential: it is malformed, or of an origin that is not ours.
    """
    try:
        found = RegistrationResponse.from_dict(credential)
        attestation = found.response.attestation_object
        of_key = attestation.auth_data.credential_data
        outputs = credential.get("clientExtensionResults") or {}
        is_resident = (outputs.get("credProps") or {}).get("rk") is True
        _check_origin(found.response.client_data)
        _check_key(of_key)
    except MALFORMED as e:
        raise BadCredential("No well-formed registration.") from e
    return {
        "id": websafe_encode(of_key.credential_id),
        "rawId": websafe_encode(of_key.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(found.response.client_data),
            "attestationObject": websafe_encode(attestation),
        },
        "clientExtensionResults": {"credProps": {"rk": is_resident}},
    }


def check_assertion(credential: Any) -> AuthenticationResponse:
    """
    Raises:
        BadCredential: it is malformed, or of an origin that is not ours.
    """
    try:
        found = AuthenticationResponse.from_dict(credential)
        _check_origin(found.response.client_data)
    except MALFORMED as e:
        raise BadCredential("No well-formed assertion.") from e
    return found


def check_user_was_verified(credential: Any) -> None:
    """
    Raises:
        BadCredential: malformed, or the key did not ask for a finger or a PIN.
    """
    data = check_assertion(credential).response.authenticator_data
    if not data.is_user_verified():
        raise BadCredential("Whoever holds the key was not asked who they are.")


def check_owner(assertion: AuthenticationResponse, user: User) -> None:
    """
    Raises:
        BadCredential: the key itself says that it is of somebody else.
    """
    handle = assertion.response.user_handle
    if handle and handle != user_pk_to_url_str(user).encode():
        raise BadCredential("The user handle is of somebody else.")


def spend_challenge(client_data: CollectedClientData) -> None:
    """allauth forgets it with the session; two requests at once both still know it.

    Raises:
        BadCredential: a message with this challenge was accepted before.
    """
    digest = hashlib.sha256(client_data.challenge).hexdigest()
    if not cache.add(f"accounts:webauthn-spent:{digest}", 1, timeout=SPENT_FOR):
        raise BadCredential("This challenge was answered before.")


@transaction.atomic
def note_count(key: Authenticator, data: AuthenticatorData) -> None:
    """Remember the signature counter of `key`; those of synchronized passkeys stay at 0.

    Raises:
        BadCredential: it did not grow, so there are two of this key: it was copied.
    """
    row = Authenticator.objects.select_for_update().get(pk=key.pk)
    known = row.data.get("sign_count", row.wrap().authenticator_data.counter)
    if (known or data.counter) and data.counter <= known:
        raise BadCredential("The signature counter went back.")
    if data.counter:
        row.data["sign_count"] = data.counter
        row.save(update_fields=["data"])
    key.data = row.data


def _check_origin(client_data: CollectedClientData) -> None:
    # fido2 takes any subdomain; a hijacked one must not do for the product.
    if client_data.origin not in settings.PASSKEY_ORIGINS or client_data.cross_origin:
        raise ValueError("A page that is not ours asked for this.")


def _check_key(of_key: AttestedCredentialData) -> None:
    """Nobody could ever sign in with a public key that is none, and it would crash there."""
    if not 0 < len(of_key.credential_id) <= LARGEST_ID:
        raise ValueError("No id, or one that is too long.")
    try:
        of_key.public_key.verify(b"", b"")
    except InvalidSignature:
        return
    raise ValueError("A key that accepts anything.")
