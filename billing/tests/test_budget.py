"""Statements per event: no more than dj-stripe's own plus four (DESIGN.md, section 10)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from djstripe.models import WebhookEventTrigger
from djstripe.signals import WEBHOOK_SIGNALS, webhook_pre_process

from billing import actions, stripe
from billing.api.webhook import Delivery, endpoint
from billing.entitlements import subscription_of

IP = {"REMOTE_ADDR": "127.0.0.1"}
TYPES = [
    "customer.updated",
    "customer.subscription.updated",
    "invoice.paid",
    "invoice_payment.paid",
    "charge.succeeded",
    "checkout.session.completed",
]


@contextmanager
def only_djstripe(kind: str) -> Iterator[None]:
    """Without our receivers of the event."""
    signals = [WEBHOOK_SIGNALS[kind], webhook_pre_process]
    kept = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = [
            r for r in signal.receivers if not r[1]().__module__.startswith("billing.")
        ]
        signal.sender_receivers_cache.clear()
    yield
    for signal, receivers in zip(signals, kept, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


@pytest.mark.parametrize("kind", TYPES)
def test_event_costs_at_most_four_more(kind, make_user, webhook, fake, subscribe):
    ada = make_user("ada")
    subscribe(ada)
    actions.cancel_subscription(ada)
    stripe.write_metadata(subscription_of(ada).customer_id, {"note": "1"})
    webhook.deliver()
    event = fake.events(kind)[-1]

    def handle(key: str) -> int:
        """Statements without savepoints, of an event that is new here."""
        body, signature = fake.signed({**event, "id": key}, "whsec_budget_only")
        delivery = Delivery(body.encode(), {"Stripe-Signature": signature}, IP)
        row = endpoint("whsec_budget_only")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            trigger = WebhookEventTrigger.from_request(delivery, webhook_endpoint=row)
        assert trigger.processed
        return len([q for q in queries if "SAVEPOINT" not in q["sql"]])

    with only_djstripe(kind):
        own = handle("evt_own")

    assert handle("evt_ours") <= own + 4
