"""The webhook inbox: each delivery of Stripe, what became of it, and a second try by hand.

Only what was signed is stored (`billing/api/webhook.py`), so whatever lies here came from
Stripe. A delivery that failed is tried again by Stripe for three days, and by
`reconcile_billing`; `replay` is for staff who have mended the cause and will not wait.
"""

import logging
from datetime import timedelta
from traceback import format_exc

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from djstripe.models import Event, WebhookEventTrigger

from billing.locks import hold
from billing.shapes import subject

log = logging.getLogger(__name__)

# Then nobody works on a delivery any more: a server was killed in the middle of it.
LONGEST_WORK = timedelta(minutes=2)
EXCEPTION_LENGTH = WebhookEventTrigger._meta.get_field("exception").max_length


class ReplayFailed(Exception):
    """For the staff member who asked for it: what went wrong."""


def deliveries() -> QuerySet[WebhookEventTrigger]:
    """Each annotated with `is_known`: its event took effect, by this delivery or another."""
    told = WebhookEventTrigger.objects.annotate(told=Cast("body", JSONField()))
    event = Event.objects.filter(id=OuterRef("event_told"))
    return told.annotate(event_told=KT("told__id")).annotate(is_known=Exists(event))


def unprocessed() -> Q:
    """It ended with an error, or in the middle: the work of a killed server."""
    is_over = ~Q(exception="") | Q(created__lt=timezone.now() - LONGEST_WORK)
    return Q(processed=False) & is_over


def failed() -> QuerySet[WebhookEventTrigger]:
    """Those whose event has not taken effect to this day."""
    return deliveries().filter(unprocessed(), is_known=False)


def recovered() -> QuerySet[WebhookEventTrigger]:
    """Those that failed, before a later try worked."""
    return deliveries().filter(unprocessed(), is_known=True)


def last_delivery() -> dict[str, int | None]:
    """For /health/ready: seconds since Stripe told anything, None when it never did.

    A figure to watch, not a failure: at night nobody pays, and the process is well.
    """
    newest = WebhookEventTrigger.objects.order_by("-id").values_list("created")[:1]
    ages = [int((timezone.now() - when).total_seconds()) for (when,) in newest]
    return {"last_webhook_age_seconds": ages[0] if ages else None}


def replay(delivery: WebhookEventTrigger) -> bool:
    """Run the stored event through the handlers, alone with its customer, as a webhook does.

    Returns whether that did anything: an event that took effect before is left alone.

    Raises:
        ReplayFailed: the delivery holds no event of this mode, or the handlers failed
            again; the delivery keeps the new error.
    """
    event = delivery.json_body
    if event.get("livemode") is not settings.STRIPE_LIVE_MODE:
        raise ReplayFailed("This is no event of the mode that this system runs in.")
    try:
        with transaction.atomic():
            hold(subject(event))
            is_new = not Event.objects.filter(id=event["id"]).exists()
            delivery.process(api_key=settings.STRIPE_SECRET_KEY)
    except Exception as e:
        # Whatever a handler raises belongs into the row, where staff look for it.
        log.exception("Replay of delivery %s failed", delivery.pk)
        _note_failure(delivery, e)
        raise ReplayFailed(f"It failed again: {delivery.exception}") from e
    return is_new


def _note_failure(delivery: WebhookEventTrigger, error: Exception) -> None:
    delivery.event, delivery.processed = None, False
    delivery.exception = (str(error) or type(error).__name__)[:EXCEPTION_LENGTH]
    delivery.traceback = format_exc()
    delivery.save()
