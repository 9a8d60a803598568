"""`manage.py doctor`: what works, what does not, and what that disables."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from saas.doctor import GO_LIVE, Finding, Level


class Command(BaseCommand):
    help = "Look at settings and services, say what is missing or wrong, and how to go live."
    # What Django's own checks find would end this before it says anything.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1: something is broken."""
        found = []
        for path in getattr(settings, "DOCTOR_CHECKS", ["saas.doctor.examine"]):
            for finding in import_string(path)():
                self._tell(finding)
                found.append(finding.level)
        broken, notes = found.count(Level.BROKEN), found.count(Level.NOTE)
        self.stdout.write(f"\n{broken} broken, {notes} to know.\n\nHow to go live:")
        self.stdout.write(GO_LIVE)
        if broken:
            raise SystemExit(1)

    def _tell(self, finding: Finding) -> None:
        style = {
            Level.OK: self.style.SUCCESS,
            Level.NOTE: self.style.WARNING,
            Level.BROKEN: self.style.ERROR,
        }[finding.level]
        level = style(f"{finding.level:<7}")
        self.stdout.write(f"{level} {finding.subject}: {finding.words}")
