"""The life of a login: started, refreshed, ended."""

import uuid

from django.conf import settings
from django.utils import timezone

from accounts.models import AuthSession, User
from accounts.tokens import mint


def start_session(
    user: User, *, session_key: str, ip: str | None = None, user_agent: str = ""
) -> tuple[AuthSession, dict[str, str]]:
    """Begin a login of `user` and return it with its first `{"access", "refresh"}`.

    `session_key` is the allauth session behind it, where re-authentication is recorded.
    """
    now = timezone.now()
    session = AuthSession.objects.create(
        user=user,
        session_key=session_key,
        auth_hash=user.get_session_auth_hash(),
        refresh_jti=uuid.uuid4().hex,
        refresh_issued_at=now,
        last_refreshed_at=now,
        expires_at=now + settings.SESSION_LIFETIME,
        ip=ip,
        user_agent=user_agent[:255],
    )
    return session, mint(session)
