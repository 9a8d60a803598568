"""`manage.py create_signing_key`: a new key for JWT_SIGNING_KEYS."""

import secrets

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Print a new Ed25519 key. Put it first in JWT_SIGNING_KEYS, keep the old ones "
        "behind it for 7 days, then drop them."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(secrets.token_urlsafe(32))
