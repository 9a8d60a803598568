"""When the session of a page ends: left alone for too long, or too old (ASVS 7.3.1, 7.3.2).

The database holds both limits, as `expire_date`; the cookie may live longer and is worth
nothing then. The session behind a login of the API lives as long as that login, which has
the same limits in its tokens.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

STARTED_AT = "started_at"  # seconds since 1970, of the login
# A use is written down that seldom: a session may end so much before its idle limit.
USE_NOTED_EVERY = timedelta(hours=1)


class LimitedSession:
    """Mixed into a session store of the database."""

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        if STARTED_AT in data:
            note_use(row, data[STARTED_AT])
        return data

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        date = super().get_expiry_date(**kwargs)
        started_at = self.get(STARTED_AT)
        return date if started_at is None else min(date, end_of(started_at))


def end_of(started_at: float) -> datetime:
    """When a session of a login at `started_at` ends, if it is used now and never again."""
    oldest = datetime.fromtimestamp(started_at, UTC) + settings.SESSION_LIFETIME
    return min(oldest, timezone.now() + settings.SESSION_IDLE_LIFETIME)


def note_use(row: Session, started_at: float) -> None:
    """One statement on each row, and no answer saves the session over a parallel one."""
    end = end_of(started_at)
    if end - row.expire_date < USE_NOTED_EVERY:
        return
    Session.objects.filter(pk=row.pk).update(expire_date=end)
    pages = UserSession.objects.filter(session_key=row.pk)
    pages.update(last_seen_at=timezone.now())


@receiver(user_logged_in)
def begin_limits(request: HttpRequest, **kwargs: Any) -> None:
    if not hasattr(getattr(request, "allauth", None), "headless"):
        request.session[STARTED_AT] = timezone.now().timestamp()
