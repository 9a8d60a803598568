"""Flow tokens: how a client names a login that is not finished yet, and how often it may try."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from accounts.errors import SessionExpired
from accounts.sealing import BrokenSeal, seal, unseal
from saas.limits import forget, spend

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
    """Count one code tried in this flow, before it is looked at.

    allauth counts in the session, where parallel guesses all read the same number; Redis
    counts one by one.

    Raises:
        RateLimited: the flow has had its attempts.
    """
    spend(
        _attempts(session_key),
        limit=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS,
        seconds=int(LIFETIME.total_seconds()),
        message="Too many wrong codes. Start again.",
    )


def renew_attempts(session_key: str) -> None:
    """A new code was sent, to somebody who is signed in: the count begins anew."""
    forget(_attempts(session_key))


def _attempts(session_key: str) -> str:
    return f"accounts:code-attempts:{session_key}"
