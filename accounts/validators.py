"""What a value of an account may be."""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

PASSWORD_MAX_LENGTH = 128  # characters
LETTER = re.compile("[a-z0-9]")
# A name ends up in mails and logs, where a line break starts something new.
one_line = RegexValidator(
    r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+\Z",
    "Control characters and line breaks are not allowed.",
    code="control_characters",
)


def has_lookalikes(text: str) -> bool:
    """Whether it has a letter that some Unicode rule makes an ASCII one: the Kelvin sign, a k."""
    return not text.isascii() and any(
        LETTER.search(unicodedata.normalize("NFKC", letter).lower())
        for letter in text
        if not letter.isascii()
    )


def validate_address(value: str) -> None:
    """Beyond Django's rules, whose A-Z without case lets a Kelvin sign and a dotless i pass."""
    mailbox, _, domain = value.rpartition("@")
    if not mailbox.isascii() or has_lookalikes(domain):
        raise ValidationError("Enter a valid email address.", code="invalid")


class MaximumLengthValidator:
    """Django's password validators, plus a longest length: hashing costs time."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > PASSWORD_MAX_LENGTH:
            raise ValidationError(
                f"This password is longer than {PASSWORD_MAX_LENGTH} characters.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return f"Your password can have up to {PASSWORD_MAX_LENGTH} characters."


@cache
def timezones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads a directory tree each time


def validate_timezone(value: str) -> None:
    if value not in timezones():
        raise ValidationError(
            "No such time zone; use a name like Europe/Berlin.", code="invalid"
        )


def validate_locale(value: str) -> None:
    if value not in dict(settings.LANGUAGES):
        raise ValidationError(
            "No such language; use a code like en or pt-br.", code="invalid"
        )
