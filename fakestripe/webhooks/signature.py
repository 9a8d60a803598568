"""The `Stripe-Signature` header: https://docs.stripe.com/webhooks#verify-manually"""

import hashlib
import hmac
import time


def header(
    body: str, secret: str, at: int | None = None, older: str | None = None
) -> str:
    """Signed with the real time, which the receiver compares with its own clock.

    While a secret is rolled there are two signatures, the `older` one second.
    """
    timestamp = int(time.time()) if at is None else at
    signed = f"{timestamp}.{body}".encode()
    digests = [
        hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
        for key in (secret, older)
        if key
    ]
    return ",".join([f"t={timestamp}", *(f"v1={digest}" for digest in digests)])
