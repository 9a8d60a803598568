"""The email backend of development: each mail becomes a file and a few lines to read."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from dev.mailbox import store


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            store.save(message.message().as_bytes(), message.recipients())
            print(
                f"Mail to {', '.join(message.recipients())}: {message.subject}\n\n"
                f"{message.body.strip()}\n",
                flush=True,
            )
        return len(email_messages)
