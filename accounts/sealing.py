"""Encryption of what must rest in the database but not be readable in it.

Mails in the queue carry codes and reset links; second factors have a shared secret. Keyed by
SECRET_KEY; SECRET_KEY_FALLBACKS still open what older keys have sealed.
"""

import base64
import hashlib

from cryptography.fernet import Fernet as Seal
from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings


class BrokenSeal(ValueError):
    """The text was sealed with a key that is no longer known, or altered."""


def _ring() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_seal(key) for key in keys])


def _seal(key: str) -> Seal:
    # Not the bare key: it signs sessions, and a key should serve one purpose.
    digest = hashlib.blake2b(key.encode(), digest_size=32, person=b"saas.sealing")
    return Seal(base64.urlsafe_b64encode(digest.digest()))


def seal(text: str) -> str:
    return _ring().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """
    Raises:
        BrokenSeal: no known key opens it.
    """
    try:
        return _ring().decrypt(sealed.encode()).decode()
    except InvalidToken as e:
        raise BrokenSeal("No known SECRET_KEY opens this.") from e
