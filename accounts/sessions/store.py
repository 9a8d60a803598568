"""The sessions of the browser, as settings.SESSION_ENGINE: Django's, which know their login.

A session gets a new key when somebody proves again who they are, and when Django meets one
that was signed with a former SECRET_KEY. Who ends logins finds them by these keys.
"""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from accounts.models import AuthSession
from accounts.sessions.expiry import LimitedSession

# In a session that began at the API. It stands behind tokens, and is nobody's cookie: who
# reads its key in the database, or in a list, would be its user on every page.
FOR_API = "for_api"


class SessionStore(LimitedSession, db.SessionStore):
    is_by_cookie = False  # whether a page got the key from a browser

    def load(self) -> dict[str, Any]:
        data = super().load()
        if self.is_by_cookie and data.get(FOR_API):
            self._session_key = None  # as Django does with a key that it does not know
            return {}
        return data

    def cycle_key(self) -> None:
        old = self.session_key
        super().cycle_key()
        if old and SESSION_KEY in self:  # of somebody: else nothing hangs on it
            for model in (UserSession, AuthSession):
                rows = model.objects.filter(session_key=old)
                rows.update(session_key=self.session_key)
