"""What a value of an account may be."""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

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
