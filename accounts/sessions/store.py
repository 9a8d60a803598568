"""The sessions of the browser, as settings.SESSION_ENGINE: Django's, which know their login.

A session gets a new key when somebody proves again who they are, and when Django meets one
that was signed with a former SECRET_KEY. Who ends logins finds them by these keys.
"""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction

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

    @transaction.atomic
    def cycle_key(self) -> None:
        """
        Raises:
            SessionInterrupted: it has ended, or got another key, while this request was at
                work. Written anew it would be a login that no list shows and nobody ends.
        """
        is_of_somebody = SESSION_KEY in self  # loads it: an unknown key is forgotten
        old = self.session_key
        # Locked, so of two at once the second finds it gone: a code opens one login.
        here = self.model.objects.select_for_update().filter(pk=old)
        if old and not here.values_list("pk").first():
            raise SessionInterrupted("The session ended while it was at work.")
        super().cycle_key()
        if old and is_of_somebody:  # else nothing hangs on it
            for model in (UserSession, AuthSession):
                rows = model.objects.filter(session_key=old)
                rows.update(session_key=self.session_key)
