"""Messages of pages wait in a cookie that, in production, belongs to this host alone."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    @property
    def cookie_name(self) -> str:
        # Browsers keep a cookie of this prefix over https alone (ASVS 3.3.1).
        prefix = "__Host-" if settings.SESSION_COOKIE_SECURE else ""
        return f"{prefix}messages"


class MessageStorage(FallbackStorage):
    """Django's own, of which what is too long for a cookie is in the session."""

    storage_classes = (HostCookieStorage, SessionStorage)
