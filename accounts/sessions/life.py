"""The life of a login: started, refreshed, ended."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError

from accounts import audit
from accounts.errors import SessionExpired, TokenNotValid, TokenReused
from accounts.models import AuthSession, AuthSessionQuerySet, User
from accounts.sessions.tokens import RefreshToken, mint

LOGOUT = "logout"
LOGOUT_ALL = "logout_all"
PASSWORD_CHANGED = "password_changed"
REFRESH_REUSED = "refresh_reused"
ENDED_BY_USER = "ended_by_user"
ENDED_BY_STAFF = "ended_by_staff"
DEACTIVATED = "deactivated"
ACCOUNT_DELETED = "account_deleted"


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


def refresh_session(raw: str) -> dict[str, str]:
    """Trade a refresh token for a new `{"access", "refresh"}`; the old one is spent.

    Within `settings.REFRESH_GRACE` the token before the current one gets the current one
    again, for clients whose two tabs, or lost answer, made them ask twice.

    Raises:
        TokenNotValid: this is no refresh token of ours, or it is too old.
        SessionExpired: the login has ended, or its user may not sign in any more.
        TokenReused: a spent token came back, so it was stolen or copied; the whole
            login has been ended (RFC 9700 section 4.14).
    """
    try:
        token = RefreshToken(raw)
    except TokenError as e:
        raise TokenNotValid from e
    # Durable: inside a caller's transaction the raise below would undo the revocation.
    with transaction.atomic(durable=True):
        # Locked, or two requests with one token would both get a successor.
        session = (
            AuthSession.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(pk=token.session_id, user_id=token.user_id)
            .first()
        )
        now = timezone.now()
        if session is None or not session.is_live(now):
            raise SessionExpired
        if constant_time_compare(session.refresh_jti, token.payload["jti"]):
            _rotate(session, now)
            return mint(session)
        if _is_in_grace(session, token.payload["jti"], now):
            return mint(session)
        _revoke(AuthSession.objects.filter(pk=session.pk), REFRESH_REUSED)
    audit.record("token.reused", user=session.user_id, session_id=session.pk)
    end_page_sessions([session.session_key])
    raise TokenReused


def _rotate(session: AuthSession, now: datetime) -> None:
    session.previous_jti = session.refresh_jti
    session.refresh_jti = uuid.uuid4().hex
    session.refresh_issued_at = session.last_refreshed_at = now
    session.save(
        update_fields=[
            "previous_jti",
            "refresh_jti",
            "refresh_issued_at",
            "last_refreshed_at",
        ]
    )


def _is_in_grace(session: AuthSession, jti: str, now: datetime) -> bool:
    return (
        session.previous_jti != ""
        and constant_time_compare(session.previous_jti, jti)
        and now - session.last_refreshed_at < settings.REFRESH_GRACE
    )


def end_session(session: AuthSession, reason: str) -> None:
    """End one login of the API: all its tokens fail from the next request on."""
    _revoke(AuthSession.objects.filter(pk=session.pk), reason)
    end_page_sessions([session.session_key])
    note_end(session.user_id, reason)


def end_all_sessions(
    user: User, reason: str, *, keep: AuthSession | None = None
) -> None:
    """End every login of `user`, in the API and on pages, but the one to `keep`."""
    kept_key = keep.session_key if keep else ""
    logins = AuthSession.objects.filter(user=user).exclude(pk=keep.pk if keep else None)
    _end_all(user, logins, reason, kept_key)


def end_other_sessions(user: User, reason: str, session_key: str) -> None:
    """End every login of `user` but the page session `session_key`."""
    _end_all(user, AuthSession.objects.filter(user=user), reason, session_key)


def _end_all(
    user: User, logins: AuthSessionQuerySet, reason: str, kept_key: str
) -> None:
    pages = UserSession.objects.filter(user=user).exclude(session_key=kept_key)
    keys = {
        *logins.live().values_list("session_key", flat=True),
        *pages.values_list("session_key", flat=True),
    } - {kept_key}  # a login that ends may stand on the session that stays
    # First: a login that begins to be completed from here on sees it (accounts/login/stages.py).
    user.sessions_ended_at = timezone.now()
    User.objects.filter(pk=user.pk).update(sessions_ended_at=user.sessions_ended_at)
    has_ended = _revoke(logins, reason) > 0 or len(keys) > 0
    end_page_sessions(keys)
    event, facts = "session.all_ended", {"reason": reason, "but_one": kept_key != ""}
    if has_ended:
        audit.record(event, user=user, **facts)
    else:  # asked for in vain, which one login could repeat without end
        audit.record_rarely(event, alike=f"{user.pk} {reason}", user=user, **facts)


def revoke_logins_behind(session_keys: Iterable[str], reason: str) -> None:
    """End the API logins that hang on these page sessions."""
    keys = [key for key in session_keys if key]
    _revoke(AuthSession.objects.filter(session_key__in=keys), reason)


def note_end(user_id: uuid.UUID, reason: str) -> None:
    """Write down the end of one login, for who has ended it in parts."""
    audit.record("session.ended", user=user_id, reason=reason)


def end_page_sessions(session_keys: Iterable[str]) -> None:
    """Delete these allauth sessions; a cookie with such a key is worth nothing then."""
    keys = [key for key in session_keys if key]
    UserSession.objects.filter(session_key__in=keys).delete()
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)


def _revoke(sessions: AuthSessionQuerySet, reason: str) -> int:
    """How many were ended."""
    return sessions.filter(revoked_at=None).update(
        revoked_at=timezone.now(), revoke_reason=reason
    )
