"""The logins of somebody as they see them: of the API and of pages, in one list.

A login of the API is an AuthSession (and the allauth session behind it, which is not
listed again); a login of a page is a UserSession. Both end for good and at once.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.errors import LoginNotFound
from accounts.models import AuthSession, User
from accounts.sessions import life
from accounts.sessions.devices import in_words

LIMIT = 100  # the most recent ones: a list for eyes; `logout_all` reaches all
PAGE_LOGINS = uuid.UUID("6f7d4a52-3e0c-4c39-9d0b-3a1c5f1f6f0e")
API, PAGE = "api", "page"


@dataclass(frozen=True)
class Login:
    """One place where somebody is signed in; `id` says nothing about its keys."""

    id: uuid.UUID
    kind: str
    device: str
    ip: str | None
    started_at: datetime
    last_used_at: datetime
    is_current: bool


def logins_of(user: User, *, current_key: str = "", sid: object = None) -> list[Login]:
    """Where `user` is signed in now, the last used first, at most `LIMIT`; 3 queries.

    The current one is the page session `current_key`, or the AuthSession `sid`.
    """
    of_api = _usable(user)
    behind_api = {session.session_key for session in of_api}
    of_pages = [p for p in _open_pages(user) if p.session_key not in behind_api]
    found = [_of_api(s, s.pk == sid) for s in of_api]
    found += [_of_page(p, p.session_key == current_key) for p in of_pages]
    found.sort(key=lambda login: (login.last_used_at, login.id), reverse=True)
    return found[:LIMIT]


def end_login(user: User, login_id: uuid.UUID) -> None:
    """End one login of `user`: its tokens and its cookie fail from the next request on.

    Raises:
        LoginNotFound: `user` has no such login, or it has ended.
    """
    session = AuthSession.objects.live().filter(user=user, pk=login_id).first()
    if session is not None:
        life.end_session(session, life.ENDED_BY_USER)
        return
    for page in UserSession.objects.filter(user=user):
        if _public_id(page) == login_id:
            _end_page(page)
            return
    raise LoginNotFound


def _usable(user: User) -> list[AuthSession]:
    """Neither ended nor left alone for longer than a refresh token lives."""
    now = timezone.now()
    oldest = now - settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    found = AuthSession.objects.live().filter(user=user, refresh_issued_at__gt=oldest)
    rows = list(found.order_by("-last_refreshed_at", "-id")[:LIMIT])
    for row in rows:
        row.user = user  # known: no query for each
    return [row for row in rows if row.is_live(now)]


def _open_pages(user: User) -> list[UserSession]:
    """Those whose session stands and is of the password of now.

    allauth has a list of its own, which deletes what is stale: a GET must not.
    """
    pages = UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
    rows = list(pages[: 2 * LIMIT])
    keys = [row.session_key for row in rows]
    stored = Session.objects.filter(
        session_key__in=keys, expire_date__gt=timezone.now()
    )
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    is_open = {s.session_key for s in stored if _is_of(s, hashes)}
    return [row for row in rows if row.session_key in is_open]


def _is_of(session: Session, hashes: list[str]) -> bool:
    known = session.get_decoded().get(HASH_SESSION_KEY, "")
    return any(constant_time_compare(known, of_now) for of_now in hashes)


def _of_api(session: AuthSession, is_current: bool) -> Login:
    return Login(
        id=session.pk,
        kind=API,
        device=in_words(session.user_agent),
        ip=session.ip,
        started_at=session.created_at,
        last_used_at=session.last_refreshed_at,
        is_current=is_current,
    )


def _of_page(page: UserSession, is_current: bool) -> Login:
    return Login(
        id=_public_id(page),
        kind=PAGE,
        device=in_words(page.user_agent),
        ip=page.ip,
        started_at=page.created_at,
        last_used_at=page.last_seen_at,
        is_current=is_current,
    )


def _public_id(page: UserSession) -> uuid.UUID:
    # Its own key is a number that counts everybody's logins.
    return uuid.uuid5(PAGE_LOGINS, str(page.pk))


def _end_page(page: UserSession) -> None:
    life.revoke_logins_behind([page.session_key], life.ENDED_BY_USER)
    life.end_page_sessions([page.session_key])
    life.note_end(page.user_id, life.ENDED_BY_USER)
