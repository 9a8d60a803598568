"""What was paid: invoices, by what they were paid, and what became of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from billing import mirror, payments, stripe
from billing.models import Payment
from billing.reconcile.run import Run, chunks
from billing.resync import record_invoice
from billing.shapes import Data, key_of, payment_intent_of


def compare_invoices(run: Run) -> None:
    for chunk in chunks(stripe.invoices(int(run.since.timestamp()))):
        keys = [invoice.id for invoice in chunk]
        stored = Payment.objects.in_bulk(keys, field_name="stripe_invoice_id")
        for invoice in (i.to_dict(for_json=True) for i in chunk):
            with run.going_on(f"invoice {invoice['id']}"):
                _compare_invoice(run, stored.get(invoice["id"]), invoice)


def _compare_invoice(run: Run, row: Payment | None, invoice: Data) -> None:
    told = payments.payment_of(invoice)
    if row is None and (told.amount == 0 or not invoice["attempted"]):
        return
    if row is None or not payments.is_same(row, told):
        run.mend(f"payment of invoice {invoice['id']}", _record(invoice))


def _record(invoice: Data) -> Callable[[], None]:
    customer_id = key_of(invoice["customer"])
    return partial(record_invoice, invoice["id"], customer_id=customer_id)


def find_payment_intents(run: Run) -> None:
    """Of payments without one: paid elsewhere, or we missed by what."""
    for payment in _payments(run).filter(
        status=Payment.Status.PAID, stripe_payment_intent_id=""
    ):
        what = f"payment intent of invoice {payment.stripe_invoice_id}"
        with run.going_on(what):
            for paid in stripe.payments_of_invoice(payment.stripe_invoice_id):
                if intent := payment_intent_of(paid):
                    run.mend(what, _settle(payment, paid, intent))


def _payments(run: Run) -> Any:
    return Payment.objects.filter(
        livemode=settings.STRIPE_LIVE_MODE, created_at__gte=run.since
    )


def _settle(payment: Payment, paid: Data, intent: str) -> Callable[[], None]:
    def work() -> None:
        if charge_id := stripe.charge_of(intent):
            mirror.refresh_charge(charge_id, customer_id=payment.stripe_customer_id)
        with transaction.atomic():
            payments.record_invoice_payment(paid)

    return work


def compare_charges(run: Run) -> None:
    for chunk in chunks(stripe.charges(int(run.since.timestamp()))):
        intents = [key_of(charge.payment_intent) for charge in chunk]
        stored = {
            payment.stripe_payment_intent_id: payment
            for payment in Payment.objects.filter(
                stripe_payment_intent_id__in=filter(None, intents)
            )
        }
        for charge in chunk:
            with run.going_on(f"charge {charge.id}"):
                payment = stored.get(key_of(charge.payment_intent))
                _compare_charge(run, payment, charge)


def _compare_charge(run: Run, payment: Payment | None, charge: Any) -> None:
    if payment is None or charge.status != "succeeded":
        return
    told = (charge.amount_refunded, charge.receipt_url or "")
    if told != (payment.amount_refunded, payment.receipt_url):
        run.mend(f"charge {charge.id}", _charge(payment, charge.id))


def _charge(payment: Payment, charge_id: str) -> Callable[[], None]:
    def work() -> None:
        mirror.refresh_charge(charge_id, customer_id=payment.stripe_customer_id)
        with transaction.atomic():
            payments.settle(payment.stripe_payment_intent_id)

    return work
