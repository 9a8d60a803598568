"""`manage.py reconcile_billing`: for cron, every hour (docs/guides/billing.md)."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing.errors import BillingUnavailable
from billing.locks import exclusive_or_none
from billing.mirror import drop_stale_keys
from billing.reconcile import reconcile

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=730)


def span(text: str) -> timedelta:
    """`3d`, `12h` or `90m`."""
    found = re.fullmatch(r"([0-9]{1,5})([mhd])", text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is no time span: write 90m, 12h or 3d.")
    value = timedelta(**{UNITS[found[2]]: int(found[1])})
    if value > LONGEST:
        raise ArgumentTypeError(f"{text!r} is too long: at most 730d.")
    return value


class Command(BaseCommand):
    help = "Compare with Stripe, replay what was missed and repair what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only tell what differs"
        )
        parser.add_argument(
            "--since",
            type=span,
            default=timedelta(days=3),
            # https://docs.stripe.com/api/events/list
            help="how far to look back for events (of which Stripe keeps 30 days), "
            "invoices and charges: 90m, 12h, 3d (default), at most 730d",
        )

    def handle(
        self, *args: Any, dry_run: bool, since: timedelta, **options: Any
    ) -> None:
        """Exit code 0: nothing differs any more; 1: something does, or no answer of Stripe."""
        with exclusive_or_none("reconcile") as is_mine:
            if not is_mine:
                raise CommandError("Another run is at work.")
            self._run(timezone.now() - since, dry_run=dry_run)

    def _run(self, since: Any, *, dry_run: bool) -> None:
        if not dry_run and (dropped := drop_stale_keys()):
            self.stdout.write(f"forgot {dropped} API key(s) that are not in use")
        try:
            work = reconcile(since, dry_run=dry_run, say=self.stdout.write)
        except BillingUnavailable as e:
            raise CommandError(f"Stripe gives no answer: {e.__cause__}") from e
        self.stdout.write(
            f"{work.found} difference(s) found, {work.repaired} repaired,"
            f" {work.left} left"
        )
        if work.left or (dry_run and work.found):
            raise SystemExit(1)
