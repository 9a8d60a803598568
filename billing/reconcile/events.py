"""Events that never arrived."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from djstripe.models import Event

from billing import stripe
from billing.locks import hold
from billing.reconcile.run import Run
from billing.shapes import Data, subject
from billing.webhooks import EVENTS


def replay_events(run: Run) -> None:
    told = stripe.events(int(run.since.timestamp()), EVENTS)
    known = set(
        Event.objects.filter(id__in=[e["id"] for e in told]).values_list(
            "id", flat=True
        )
    )
    for event in told:
        if event["id"] not in known:
            run.mend(f"event {event['id']} ({event['type']})", replay(event))


def replay(event: Data) -> Callable[[], None]:
    def work() -> None:
        with transaction.atomic():
            hold(subject(event))
            Event.process(event, api_key=settings.STRIPE_SECRET_KEY)

    return work
