"""Finds what we missed of Stripe and mends it: the net under the webhooks.

First the events that never arrived go through the same handlers, the oldest first. Then
what those keep is compared with Stripe itself, and with the rules of `billing/linking.py`.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from djstripe.models import Customer, Event, Price, Product, Subscription

from accounts.models import User, normalize_email
from billing import linking, mirror, payments, seats, stripe
from billing.customers import OWNER_KEY, customers
from billing.doubles import doubles
from billing.errors import BillingUnavailable, Busy
from billing.locks import hold
from billing.models import Payment
from billing.resync import record_invoice
from billing.shapes import Data, first_item, key_of, payment_intent_of, period, subject
from billing.tasks import write_owner
from billing.webhooks import EVENTS

log = logging.getLogger(__name__)

CHUNK = 200
OF_PRODUCT = ("name", "active", "description", "metadata", "marketing_features")
OF_PRICE = ("active", "unit_amount", "lookup_key", "metadata")

Say = Callable[[str], None]


class Reconciliation:
    """One run. Afterwards `found`, `repaired` and `left` count the differences."""

    def __init__(self, since: datetime, *, dry_run: bool, say: Say) -> None:
        self.since = since
        self.dry_run = dry_run
        self.say = say
        self.found = self.repaired = self.left = 0

    def run(self) -> None:
        """Raises BillingUnavailable when Stripe gives no answer."""
        for step in (
            self.replay_events,
            self.compare_catalog,
            self.compare_subscriptions,
            self.compare_invoices,
            self.find_payment_intents,
            self.compare_charges,
            self.link_customers,
            self.tell_owners,
            self.compare_seats,
            self.look_for_doubles,
        ):
            with self.going_on(step.__name__.replace("_", " ")):
                step()

    @contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Tell a failure as left to a person: one odd object must not hide the others.

        Raises:
            BillingUnavailable: there is no answer for the others either.
        """
        try:
            yield
        except BillingUnavailable:
            raise
        except Exception:
            log.exception("Could not look at %s", what)
            self.found += 1
            self.left += 1
            self.say(f"left: {what}: it could not be compared")

    def mend(self, what: str, how: Callable[[], Any] | None) -> None:
        """Note a difference, and end it by `how`; None when only a person can."""
        self.found += 1
        if self.dry_run:
            self.say(f"found: {what}")
            return
        if how is not None and self._succeeds(what, how):
            self.repaired += 1
            self.say(f"repaired: {what}")
            return
        self.left += 1
        self.say(f"left: {what}")

    def _succeeds(self, what: str, how: Callable[[], Any]) -> bool:
        try:
            with stripe.outages_translated():
                how()
        except Busy:
            return False  # a webhook is at work on the same customer
        except BillingUnavailable:
            raise
        except Exception:
            # One broken object must not keep the others from being mended: it is told
            # as left, and the exit code says so.
            log.exception("Could not mend %s", what)
            return False
        return True

    def replay_events(self) -> None:
        told = stripe.events(int(self.since.timestamp()), EVENTS)
        known = set(
            Event.objects.filter(id__in=[e["id"] for e in told]).values_list(
                "id", flat=True
            )
        )
        for event in told:
            if event["id"] not in known:
                self.mend(f"event {event['id']} ({event['type']})", replay(event))

    def compare_catalog(self) -> None:
        for model, remote, keys, refresh in (
            (Product, stripe.products(), OF_PRODUCT, mirror.refresh_product),
            (Price, stripe.prices(), OF_PRICE, mirror.refresh_price),
        ):
            for chunk in chunks(remote):
                stored = model.objects.in_bulk([o.id for o in chunk], field_name="id")
                for data in (o.to_dict(for_json=True) for o in chunk):
                    row = stored.get(data["id"])
                    if row is None or parts(row.stripe_data, keys) != parts(data, keys):
                        self.mend(data["id"], lambda d=data, f=refresh: f(d["id"]))

    def compare_subscriptions(self) -> None:
        for chunk in chunks(stripe.all_subscriptions()):
            keys = [subscription.id for subscription in chunk]
            stored = Subscription.objects.in_bulk(keys, field_name="id")
            for data in (s.to_dict(for_json=True) for s in chunk):
                with self.going_on(f"subscription {data['id']}"):
                    self._compare_subscription(stored.get(data["id"]), data)

    def _compare_subscription(self, row: Subscription | None, data: Data) -> None:
        told = essence(data)
        if row is None or essence(row.stripe_data) != told:
            self.mend(f"subscription {data['id']}", _refresh(data))

    def compare_invoices(self) -> None:
        for chunk in chunks(stripe.invoices(int(self.since.timestamp()))):
            keys = [invoice.id for invoice in chunk]
            stored = Payment.objects.in_bulk(keys, field_name="stripe_invoice_id")
            for invoice in (i.to_dict(for_json=True) for i in chunk):
                with self.going_on(f"invoice {invoice['id']}"):
                    self._compare_invoice(stored.get(invoice["id"]), invoice)

    def _compare_invoice(self, row: Payment | None, invoice: Data) -> None:
        told = payments.payment_of(invoice)
        if row is None and (told.amount == 0 or not invoice["attempted"]):
            return
        if row is None or not payments.is_same(row, told):
            self.mend(f"payment of invoice {invoice['id']}", _record(invoice))

    def find_payment_intents(self) -> None:
        """Of payments without one: paid elsewhere, or we missed by what."""
        for payment in self._payments().filter(
            status=Payment.Status.PAID, stripe_payment_intent_id=""
        ):
            what = f"payment intent of invoice {payment.stripe_invoice_id}"
            with self.going_on(what):
                for paid in stripe.payments_of_invoice(payment.stripe_invoice_id):
                    if intent := payment_intent_of(paid):
                        self.mend(what, _settle(payment, paid, intent))

    def compare_charges(self) -> None:
        for chunk in chunks(stripe.charges(int(self.since.timestamp()))):
            intents = [key_of(charge.payment_intent) for charge in chunk]
            stored = {
                payment.stripe_payment_intent_id: payment
                for payment in Payment.objects.filter(
                    stripe_payment_intent_id__in=filter(None, intents)
                )
            }
            for charge in chunk:
                with self.going_on(f"charge {charge.id}"):
                    payment = stored.get(key_of(charge.payment_intent))
                    self._compare_charge(payment, charge)

    def _compare_charge(self, payment: Payment | None, charge: Any) -> None:
        if payment is None or charge.status != "succeeded":
            return
        told = (charge.amount_refunded, charge.receipt_url or "")
        if told != (payment.amount_refunded, payment.receipt_url):
            self.mend(f"charge {charge.id}", _charge(payment, charge.id))

    def link_customers(self) -> None:
        """To whom they name, as after a database was restored, or to a proved address."""
        unowned = customers().filter(subscriber=None)
        for chunk in chunks(unowned.iterator(CHUNK)):
            proved, living = _proved_of(chunk), _named_of(chunk)
            for customer in chunk:
                name = linking.owner_named(customer)
                is_due = name in living if name else customer.email in proved
                if is_due:
                    self.mend(f"owner of customer {customer.id}", _link(customer.id))

    def tell_owners(self) -> None:
        owned = customers().exclude(subscriber=None)
        for customer in owned.exclude(metadata__has_key=OWNER_KEY):
            self.mend(
                f"metadata of customer {customer.id}",
                lambda c=customer: _tell_owner(c.id, str(c.subscriber_id)),
            )

    def compare_seats(self) -> None:
        """Of those who pay by the seat: as many as there are members."""
        for user in seats.payers().iterator(CHUNK):
            with self.going_on(f"seats of user {user.pk}"):
                if seats.missing(user):
                    self.mend(f"seats of user {user.pk}", partial(seats.adjust, user))

    def look_for_doubles(self) -> None:
        """Two subscriptions of one user: somebody pays twice."""
        for user_id, n in doubles():
            self.mend(f"user {user_id} has {n} subscriptions: cancel some", None)

    def _payments(self) -> Any:
        return Payment.objects.filter(
            livemode=settings.STRIPE_LIVE_MODE, created_at__gte=self.since
        )


def _proved_of(unowned: list[Customer]) -> set[str]:
    """Of their addresses, as Stripe spells them, those that somebody has proved."""
    spellings = {c.email: normalize_email(c.email) for c in unowned if c.email}
    rows = EmailAddress.objects.filter(email__in=spellings.values(), verified=True)
    proved = set(rows.values_list("email", flat=True))
    return {told for told, address in spellings.items() if address in proved}


def _named_of(unowned: list[Customer]) -> set[str]:
    """Of the owners that Stripe names, those who have an account."""
    named = {linking.owner_named(c): linking.user_id_named(c) for c in unowned}
    living = set(
        User.objects.filter(pk__in=filter(None, named.values())).values_list(
            "pk", flat=True
        )
    )
    return {name for name, key in named.items() if key in living}


def chunks(things: Iterator[Any]) -> Iterator[list[Any]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def parts(data: Data, keys: tuple[str, ...]) -> list[Any]:
    return [data.get(key) for key in keys]


def essence(subscription: Data) -> list[Any]:
    """What the product reads of a subscription; the rest may differ by how it was fetched."""
    item = first_item(subscription)
    return [
        subscription["status"],
        subscription["cancel_at_period_end"],
        subscription.get("cancel_at"),
        subscription.get("trial_end"),
        period(subscription),
        item["price"]["id"],
        item.get("quantity"),
    ]


def replay(event: Data) -> Callable[[], None]:
    def work() -> None:
        with transaction.atomic():
            hold(subject(event))
            Event.process(event, api_key=settings.STRIPE_SECRET_KEY)

    return work


def _refresh(subscription: Data) -> Callable[[], Any]:
    key, customer_id = subscription["id"], key_of(subscription["customer"])
    return lambda: mirror.refresh_subscription(key, customer_id=customer_id)


def _record(invoice: Data) -> Callable[[], None]:
    customer_id = key_of(invoice["customer"])
    return partial(record_invoice, invoice["id"], customer_id=customer_id)


def _settle(payment: Payment, paid: Data, intent: str) -> Callable[[], None]:
    def work() -> None:
        if charge_id := stripe.charge_of(intent):
            mirror.refresh_charge(charge_id, customer_id=payment.stripe_customer_id)
        with transaction.atomic():
            payments.record_invoice_payment(paid)

    return work


def _charge(payment: Payment, charge_id: str) -> Callable[[], None]:
    def work() -> None:
        mirror.refresh_charge(charge_id, customer_id=payment.stripe_customer_id)
        with transaction.atomic():
            payments.settle(payment.stripe_payment_intent_id)

    return work


def _link(customer_id: str) -> Callable[[], None]:
    def work() -> None:
        with transaction.atomic():
            hold(customer_id)
            linking.link_customer(customer_id)

    return work


def _tell_owner(customer_id: str, user_id: str) -> None:
    write_owner.call(customer_id, user_id)
    mirror.refresh_customer(customer_id)
