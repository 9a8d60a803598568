"""The app that shows mails; installed while DEBUG is on."""

from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "dev.mailbox"
    label = "mailbox"
