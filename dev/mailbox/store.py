"""Mails as files, one each, so that every process of the checkout shares them.

A name is the moment in nanoseconds and a few random letters: sorted by name is sorted by
time, and two processes never write the same one.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

from django.conf import settings

LISTED = 200  # the newest; older files stay in the folder
RECIPIENTS = "Delivered-To"  # also those of Bcc, which are in no header of the mail


@dataclass(frozen=True)
class Mail:
    id: str
    sent_at: datetime
    message: EmailMessage

    @property
    def to(self) -> list[str]:
        return [part.strip() for part in self.message[RECIPIENTS].split(",")]

    @property
    def sender(self) -> str:
        return str(self.message["From"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "(no subject)")

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content())


def folder() -> Path:
    """Django's own setting for mails in files, or a folder beside the database."""
    chosen = getattr(settings, "EMAIL_FILE_PATH", None)
    return Path(chosen or settings.BASE_DIR / ".data" / "mail")


def save(content: bytes, recipients: list[str]) -> str:
    """Keep the mail; its id. A reader sees it whole or not at all."""
    folder().mkdir(parents=True, exist_ok=True)
    mail_id = f"{time.time_ns():020d}-{uuid4().hex[:8]}"
    header = f"{RECIPIENTS}: {', '.join(recipients)}\n".encode()
    new = folder() / f"{mail_id}.new"
    new.write_bytes(header + content)
    os.replace(new, folder() / f"{mail_id}.eml")
    return mail_id


def find(mail_id: str) -> Mail | None:
    path = folder() / f"{mail_id}.eml"
    return _read(path) if path.is_file() else None


def newest(to: str = "") -> Iterator[Mail]:
    """The newest first; with `to`, those that went to that address."""
    paths = sorted(folder().glob("*.eml"), reverse=True)
    for path in paths[:LISTED]:
        mail = _read(path)
        if not to or to.lower() in [address.lower() for address in mail.to]:
            yield mail


def _read(path: Path) -> Mail:
    nanoseconds = int(path.stem.split("-")[0])
    sent_at = datetime.fromtimestamp(nanoseconds / 1e9, tz=UTC)
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(path.stem, sent_at, message)
