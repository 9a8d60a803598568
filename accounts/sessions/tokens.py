"""Access and refresh tokens: simplejwt's classes on our key ring, one family per AuthSession."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError

from accounts.models import AuthSession
from accounts.sessions.keyring import KeyRing, keyring

CLAIMS = ("jti", "sid", "sub", "iat", "exp")


class BoundToken:
    """Mixed into simplejwt's tokens: signed by the ring, bound to an AuthSession by `sid`."""

    payload: dict[str, Any]

    def get_token_backend(self) -> KeyRing:
        return keyring()

    token_backend = property(get_token_backend)

    def verify(self) -> None:
        """Refuse a token without its claims, or with claims of the wrong type.

        Raises:
            TokenError: it is expired, of another kind, or misses a claim.
        """
        if any(name not in self.payload for name in CLAIMS):
            raise TokenError("Token is invalid")
        try:
            super().verify()
            self.session_id, self.user_id = (
                UUID(self.payload["sid"]),
                UUID(self.payload["sub"]),
            )
        except (ValueError, AttributeError, TypeError, OverflowError) as e:
            raise TokenError("Token is invalid") from e


class AccessToken(BoundToken, tokens.AccessToken):
    pass


class RefreshToken(BoundToken, tokens.RefreshToken):
    access_token_class = AccessToken


def mint(session: AuthSession) -> dict[str, str]:
    """`{"access", "refresh"}` for the state of the row, `refresh_jti` included.

    Ed25519 signatures are deterministic, so the same row gives the same refresh token.
    """
    refresh = RefreshToken()
    issued_at = int(session.refresh_issued_at.timestamp())
    refresh.payload.update(
        sub=str(session.user_id),
        sid=str(session.pk),
        jti=session.refresh_jti,
        iat=issued_at,
    )
    expires_at = datetime.fromtimestamp(issued_at, UTC) + refresh.lifetime
    refresh.set_exp(from_time=min(expires_at, session.expires_at) - refresh.lifetime)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}
