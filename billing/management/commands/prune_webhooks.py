"""`manage.py prune_webhooks`: for cron, every day (docs/guides/billing.md)."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Model, QuerySet
from django.utils import timezone
from djstripe.models import Event, WebhookEventTrigger

# `reconcile_billing` looks back 30 days, and an event that is not here it would replay.
# The day more is for a run that is at work right now.
EVENT_DAYS_LEAST = 31
BATCH = 1000


def days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 36500:
        raise ArgumentTypeError(f"{text!r} is no number of days from 1 to 36500.")
    return int(text)


def event_days(text: str) -> int:
    found = days(text)
    if found < EVENT_DAYS_LEAST:
        raise ArgumentTypeError(
            f"Events are kept for {EVENT_DAYS_LEAST} days or more: younger ones would be"
            " replayed by reconcile_billing."
        )
    return found


class Command(BaseCommand):
    help = "Delete old deliveries and events of Stripe; payments and customers stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=days, default=30, help="keep deliveries so long (30)"
        )
        parser.add_argument(
            "--event-days",
            type=event_days,
            default=90,
            help=f"keep events so long (90, at least {EVENT_DAYS_LEAST})",
        )

    def handle(self, *args: Any, days: int, event_days: int, **options: Any) -> None:
        now = timezone.now()
        triggers = WebhookEventTrigger.objects.filter(
            created__lt=now - timedelta(days=days)
        )
        # By our own clock too: Stripe's `created` is older than what we know of it.
        until = now - timedelta(days=event_days)
        events = Event.objects.filter(created__lt=until, djstripe_created__lt=until)
        self.stdout.write(
            f"{_delete(triggers)} deliveries and {_delete(events)} events deleted"
        )


def _delete(rows: QuerySet[Model]) -> int:
    """How many; in small transactions, so that nobody waits for this."""
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        count += len(keys)
    return count
