"""Flow tokens: how a client names a login that is not finished yet, and how often it may try."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from accounts.errors import SessionExpired
from accounts.login.attempts import spend_code
from accounts.sealing import BrokenSeal, seal, unseal

LIFETIME = timedelta(minutes=15)
SALT = "accounts.flow"


def flow_token(session_key: str) -> str:
    """Signed and sealed: with the key itself as a cookie the pages would open."""
    return signing.dumps(seal(session_key), salt=SALT)


def session_key_of(flow: str) -> str:
    """
    Raises:
        SessionExpired: `flow` is older than its 15 minutes, or not ours.
    """
    try:
        return unseal(signing.loads(flow, salt=SALT, max_age=LIFETIME))
    except (signing.BadSignature, BrokenSeal) as e:
        raise SessionExpired("This took too long. Start again.") from e


def spend_attempt(session_key: str) -> None:
    """Count one code tried in this flow.

    Raises:
        RateLimited: the flow has had its attempts.
    """
    spend_code(
        session_key,
        limit=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS,
        seconds=int(LIFETIME.total_seconds()),
    )
