"""Ids in the form of Stripe's: a prefix that tells the kind, and random characters."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """For example `new_id("cus_")`. A long one opens a page: it cannot be guessed."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_code(length: int = 8) -> str:
    """Upper-case letters and digits, as in invoice numbers."""
    characters = string.ascii_uppercase + string.digits
    return "".join(secrets.choice(characters) for _ in range(length))
