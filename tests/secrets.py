"""Listens to the log during every test, for what must never be in it (conftest.py).

An audit row is a line of the log as well, so the rows are heard too.
"""

import logging
import re
from base64 import urlsafe_b64encode

from django.conf import settings
from django.core import mail

SHAPES = {
    "a password of the tests": (
        r"correct-horse-battery|a-new-long-password|(?:yet-)?another-(?:long-)?password"
        r"|not-the-password"
    ),
    "a hash of a password": r"\b(?:md5|argon2id?|pbkdf2_sha256)\$\S+",
    "an access or refresh token": r"\beyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]{20,}",
    "something signed, as a flow": r"[\w-]{8,}:[0-9A-Za-z]{6}:[\w-]{43}\b",
    # Hexadecimal is none: so are the ids of requests.
    "the key of a session": r"(?<![\w.])(?=[0-9a-f]*[g-z])[0-9a-z]{32}(?![\w.])",
    "a CSRF token": r"(?<!\w)(?=[0-9a-f]*[g-zA-Z])[0-9a-zA-Z]{64}(?!\w)",
    "the seed of an authenticator app": r"(?<![\w])(?=\w*[2-7])[A-Z2-7]{32}(?![\w])",
    "a key of Stripe": r"\b(?:sk|rk)_(?:test|live)_\w{10,}|\bwhsec_\w{8,}",
    "a number of a card": r"\b(?:4242|4000|5555)[ -]?(?:\d{4}[ -]?){2}\d{4}\b",
}
CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)
LINK_KEY = re.compile(r"/(?:key|confirm)/([^/\s]{12,})")
# What every record has; the rest is what the code gave it to say.
STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}


class Ear(logging.Handler):
    """Keeps what it heard for `leaks`: to raise here would change what is tested."""

    def __init__(self) -> None:
        super().__init__()
        seeds = [urlsafe_b64encode(k).decode() for k in settings.JWT_SIGNING_KEYS]
        keys = [settings.SECRET_KEY, *(seed.rstrip("=") for seed in seeds)]
        shapes = {**SHAPES, "a key of ours": "|".join(map(re.escape, keys))}
        self.shapes = {name: re.compile(shape) for name, shape in shapes.items()}
        self.any = re.compile("|".join(shapes.values()))
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(_text(record))

    def leaks(self) -> list[str]:
        """`what: the line`, for each line with a secret."""
        found = [
            f"{name}: {line}"
            for line in self.heard
            if self.any.search(line)
            for name, shape in self.shapes.items()
            if shape.search(line)
        ]
        bodies = "\n".join(str(message.body) for message in getattr(mail, "outbox", []))
        sent = {*CODE.findall(bodies), *LINK_KEY.findall(bodies)}
        found += [
            f"a mail's {s}: {line}" for s in sent for line in self.heard if s in line
        ]
        return found


def _text(record: logging.LogRecord) -> str:
    """All that any handler could write of it."""
    extra = {k: v for k, v in vars(record).items() if k not in STANDARD}
    crash = ""
    if record.exc_info and record.exc_info[0]:
        crash = logging.Formatter().formatException(record.exc_info)
    return f"{record.name} {record.getMessage()} {extra} {crash}"
