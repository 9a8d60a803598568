"""The sessions of the browser, as settings.SESSION_ENGINE: Django's, which know their login.

A session gets a new key when somebody proves again who they are, and when Django meets one
that was signed with a former SECRET_KEY. Who ends logins finds them by these keys.
"""

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from accounts.models import AuthSession
from accounts.session_expiry import LimitedSession


class SessionStore(LimitedSession, db.SessionStore):
    def cycle_key(self) -> None:
        old = self.session_key
        super().cycle_key()
        if old and SESSION_KEY in self:  # of somebody: else nothing hangs on it
            for model in (UserSession, AuthSession):
                rows = model.objects.filter(session_key=old)
                rows.update(session_key=self.session_key)
