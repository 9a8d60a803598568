"""The `Stripe-Signature` header: https://docs.stripe.com/webhooks#verify-manually"""

import hashlib
import hmac
import time


def header(body: str, secret: str, at: int | None = None) -> str:
    """Signed with the real time, which the receiver compares with its own clock."""
    timestamp = int(time.time()) if at is None else at
    signed = f"{timestamp}.{body}".encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
