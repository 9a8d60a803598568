"""Chapter: who you are, proved twice."""

import base64
import hashlib
import hmac
import struct
import time
import uuid

from dev.tour.client import Traveller, say


def visit(traveller: Traveller, email: str, password: str) -> None:
    """Every route of second factors; ends signed in, without one."""
    say("A second factor: sensitive, so it asks for the password first.")
    again = "reauthentication_required"
    traveller.call("GET", "auth/mfa", expect=200)
    traveller.call("POST", "auth/mfa/totp", expect=401, code=again)
    traveller.call("POST", "auth/reauthenticate", {"password": password}, expect=204)
    secret = traveller.call("POST", "auth/mfa/totp", expect=200)["secret"]
    code = {"code": code_of_app(secret)}
    traveller.call("POST", "auth/mfa/totp/activate", code, expect=200)
    say("Recovery codes come with it, and are shown once.")
    shown = traveller.call("POST", "auth/mfa/recovery_codes/view", expect=200)["codes"]
    seen = "recovery_codes_shown"
    traveller.call("POST", "auth/mfa/recovery_codes/view", expect=409, code=seen)

    say("From now on the password alone signs nobody in.")
    credentials = {"email": email, "password": password}
    half = traveller.call(
        "POST", "auth/login", credentials, expect=401, code="mfa_required"
    )
    flow = half["flow"]
    wrong = {"flow": flow, "code": "000000"}
    traveller.call("POST", "auth/login/mfa", wrong, expect=400, code="incorrect_code")
    none = "no_second_factor"
    traveller.call(
        "POST", "auth/login/mfa/options", {"flow": flow}, expect=409, code=none
    )
    right = {"flow": flow, "code": shown[0]}
    traveller.access = traveller.call("POST", "auth/login/mfa", right, expect=200)[
        "access"
    ]

    say("A code proves again who one is, too. New recovery codes end the old ones.")
    traveller.call("POST", "auth/reauthenticate/options", expect=409, code=none)
    traveller.call("POST", "auth/reauthenticate", {"code": shown[1]}, expect=204)
    traveller.call("POST", "auth/mfa/recovery_codes", expect=201)

    say("Passkeys are made by a browser; what it did not sign is refused.")
    traveller.call("POST", "auth/mfa/passkeys/options", expect=200)
    forged = {"name": "Key", "credential": {"id": "AA", "rawId": "AA"}}
    traveller.call(
        "POST", "auth/mfa/passkeys", forged, expect=400, code="incorrect_code"
    )
    nobodys = f"auth/mfa/passkeys/{uuid.uuid4()}"
    traveller.call("PATCH", nobodys, {"name": "Mine"}, expect=404)
    traveller.call("DELETE", nobodys, expect=404)
    traveller.call("DELETE", "auth/mfa/totp", expect=204)


def code_of_app(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, hashlib.sha1)
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"
