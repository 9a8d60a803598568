"""`manage.py demo`: something to look at, for development."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Fill an empty product with demo users, workspaces, plans and flags."

    def handle(self, *args: Any, **options: Any) -> None:
        """Call every seeder of settings.DEMO_SEEDERS, in order; a second run changes nothing.

        Raises:
            CommandError: DEBUG is off, where well-known passwords would be open doors.
        """
        if not settings.DEBUG:
            raise CommandError(
                "The demo has well-known passwords: it is for development (DEBUG=true)."
            )
        for path in settings.DEMO_SEEDERS:
            import_string(path)(self.stdout.write)
