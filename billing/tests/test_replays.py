"""The news of a month in any order, thrice, with a fifth of it lost: always the same end.

The month is lived once at the offline Stripe, without a word of it arriving. Then its events
come in orders that hypothesis makes up, each time to a database that knows of nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.test import TestCase
from djstripe.models import Charge, Customer, Event, Invoice, Subscription
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from billing import actions, stripe
from billing.entitlements import subscriptions_of
from billing.mirror import refresh_price, refresh_product
from billing.models import Payment
from billing.shapes import Data
from billing.tests.conftest import Webhook, session_of
from billing.tests.test_reconcile import reconcile
from fakestripe import FakeStripe

pytestmark = pytest.mark.early
GOOD, DECLINED = "4242424242424242", "4000000000000341"
COPIES = 3
EXAMPLES = 2
MIRRORED = (Subscription, Invoice, Charge)
COLUMNS = [f.attname for f in Payment._meta.fields if f.name != "id"]

# The same examples in every run; a failure prints the line that repeats it.
quickly = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Month:
    """What happened, and the two whom it happened to."""

    fake: FakeStripe
    webhook: Webhook
    events: list[Data]
    ada: User
    bob: User

    def arrive(self, events: list[Data], *, reconciled: bool = False) -> Data:
        """What we know after `events`, which is forgotten again."""
        mail.outbox.clear()
        self._forget_owners()
        with transaction.atomic():
            with TestCase.captureOnCommitCallbacks(execute=True):
                self.webhook.deliver(events)
                if reconciled:
                    code, told = reconcile("--since=30d")
                    assert code == 0, told
            known = self._known()
            transaction.set_rollback(True)
        return known

    def _forget_owners(self) -> None:
        """At Stripe: or guests would be linked by what the last example wrote there."""
        with self.fake.world.transaction():
            for customer in self.fake.world.store.find("customer"):
                customer["metadata"].clear()

    def _known(self) -> Data:
        told = [(m.to[0], m.subject) for m in mail.outbox]
        ids = [event["id"] for event in self.events]
        return {
            "payments": list(Payment.objects.order_by("created_at").values(*COLUMNS)),
            "owners": sorted(Customer.objects.values_list("email", "subscriber")),
            "events": Event.objects.filter(id__in=ids).count(),
            "mails of ada": sorted(m for m in told if m[0] == self.ada.email),
            "mails of bob": sorted(m for m in told if m[0] == self.bob.email),
            "plans": [
                [vars(s) for s in subscriptions_of(u)] for u in (self.ada, self.bob)
            ],
            **{
                model.__name__: dict(model.objects.values_list("id", "stripe_data"))
                for model in MIRRORED
            },
        }


@pytest.fixture
def month(fake, webhook, prices, make_user, settings) -> Iterator[Month]:
    """Ada: trial, renewals, a failed one, another plan, the end. Bob: paid as a guest."""
    settings.BILLING_MAIL_RECEIPTS = True
    webhook.lose()
    before = {event["id"] for event in fake.events()}
    small, large = weekly_price("small", 300), weekly_price("large", 700, days=4)
    ada, bob = make_user("ada"), make_user("bob")
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:

        def wait(days: int) -> None:
            clock.shift(timedelta(days=days))
            fake.advance()

        page = actions.start_checkout(ada, price_id=large)
        paid = fake.complete_checkout(session_of(page), card=GOOD)
        page = actions.start_guest_checkout(
            price_id=prices.starter, email=bob.email, network="198.51.100.7"
        )
        fake.complete_checkout(session_of(page), email="Bob@Example.com")
        wait(days=12)
        fake.use_card(paid["customer"], DECLINED)
        wait(days=8)
        fake.use_card(paid["customer"], GOOD)
        wait(days=3)
        [item] = fake.get(paid["subscription"])["items"]["data"]
        change = {"id": item["id"], "price": small}
        stripe.update_subscription(paid["subscription"], {"items": [change]})
        stripe.update_subscription(paid["subscription"], {"cancel_at_period_end": True})
        wait(days=5)
        events = [e for e in webhook.pending() if e["id"] not in before]
        yield Month(fake, webhook, events, ada, bob)


def weekly_price(name: str, amount: int, days: int = 0) -> str:
    """The id of a new one; `days` are free."""
    metadata = {"plan": name, "trial_days": str(days)}
    product = stripe.create_product({"name": name, "metadata": metadata})
    params = {
        "product": product,
        "currency": "usd",
        "unit_amount": amount,
        "recurring": {"interval": "week"},
    }
    price = stripe.create_price(params)
    refresh_product(product)
    refresh_price(price)
    return price


def test_the_month_has_everything(month):
    """Or the test below would prove little."""
    types = {event["type"] for event in month.events}
    known = month.arrive(month.events)

    assert types >= {
        "checkout.session.completed",
        "customer.created",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.trial_will_end",
        "customer.subscription.updated",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice_payment.paid",
        "charge.succeeded",
    }
    mine = [p for p in known["payments"] if p["user_id"] == month.ada.pk]
    assert [p["amount"] for p in mine] == [700] * 3
    assert {p["status"] for p in known["payments"]} == {"paid"}
    assert all(p["receipt_url"] for p in known["payments"])
    assert known["plans"][0] == []
    assert [s["plan"] for s in known["plans"][1]] == ["starter"]
    assert [s.split(":")[0] for _, s in known["mails of ada"]] == [
        *["Your receipt from SaaS"] * 3,
        "Your subscription to small has ended",
    ]
    assert not Payment.objects.exists()


def test_any_order_with_copies_ends_in_the_same_state(month):
    expected = month.arrive(month.events)

    @quickly
    @given(st.permutations(month.events * COPIES))
    def replay(events: list[Data]) -> None:
        assert_same(month.arrive(events), expected)

    replay()


def test_what_is_lost_is_found_by_reconciliation(month):
    expected = month.arrive(month.events)
    fifth = len(month.events) // 5
    lost = st.sets(
        st.integers(0, len(month.events) - 1), min_size=fifth, max_size=fifth
    )

    @quickly
    @given(st.permutations(range(len(month.events))), lost)
    def replay(order: list[int], lost: set[int]) -> None:
        events = [month.events[n] for n in order if n not in lost]
        assert_same(month.arrive(events, reconciled=True), expected)

    replay()


def assert_same(known: Data, expected: Data) -> None:
    # Who was a guest when a payment became known is told nothing of it.
    told, possible = (
        Counter(known.pop("mails of bob")),
        Counter(expected["mails of bob"]),
    )
    assert told <= possible
    assert known == {k: v for k, v in expected.items() if k != "mails of bob"}
