"""Keeps the payment entries: what an invoice, its payment and its charges say, in any order.

Stripe delivers at least once and unordered. So each function states facts instead of
adding to them, and an entry may begin with any of them. None of them takes a payment away
from its user. A charge is always the stored one, which was read anew from Stripe.
"""

from django.db.models import BigIntegerField, Subquery, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from djstripe.models import Charge, Dispute

from accounts.models import normalize_email
from billing.locks import hold
from billing.models import Payment
from billing.shapes import (
    Data,
    discount_of,
    key_of,
    moment,
    payment_intent_of,
    subscription_of,
)

BIGINT = BigIntegerField()
OF_INVOICE = [
    "email",
    "amount",
    "amount_discount",
    "currency",
    "status",
    "number",
    "invoice_url",
    "invoice_pdf_url",
    "stripe_customer_id",
    "stripe_subscription_id",
    "livemode",
    "paid_at",
    "created_at",
]


def record_invoice(invoice: Data, *, user_id: object | None) -> None:
    """Write down what became of an invoice. `user_id` owns its customer, if anybody does.

    An invoice over nothing (the start of a trial, or paid from credit) is no payment.
    """
    payment = payment_of(invoice)
    if payment.amount == 0:
        _update(payment)
        return
    payment.user_id = user_id
    Payment.objects.bulk_create(
        [payment],
        update_conflicts=True,
        unique_fields=["stripe_invoice_id"],
        update_fields=[*OF_INVOICE, "user"] if user_id else OF_INVOICE,
    )


def payment_of(invoice: Data) -> Payment:
    """The entry as the invoice tells it; not saved."""
    is_paid = invoice["status"] == Payment.Status.PAID
    transitions = invoice.get("status_transitions") or {}
    return Payment(
        stripe_invoice_id=invoice["id"],
        stripe_customer_id=key_of(invoice["customer"]),
        stripe_subscription_id=subscription_of(invoice),
        email=normalize_email(invoice.get("customer_email") or ""),
        amount=invoice["amount_paid"] if is_paid else invoice["amount_due"],
        amount_discount=discount_of(invoice),
        currency=invoice["currency"],
        status=invoice["status"],
        number=invoice.get("number") or "",
        invoice_url=invoice.get("hosted_invoice_url") or "",
        invoice_pdf_url=invoice.get("invoice_pdf") or "",
        livemode=invoice["livemode"],
        paid_at=moment(transitions.get("paid_at")),
        created_at=moment(invoice["created"]),
    )


def _update(payment: Payment) -> None:
    known = Payment.objects.filter(stripe_invoice_id=payment.stripe_invoice_id)
    known.update(**{name: getattr(payment, name) for name in OF_INVOICE})


def record_invoice_payment(invoice_payment: Data) -> None:
    """Note which payment intent paid an invoice: the only bridge from it to its charges."""
    intent = payment_intent_of(invoice_payment)
    if not intent:
        return  # paid outside of Stripe: there is no charge
    hold(intent)
    Payment.objects.bulk_create(
        [
            Payment(
                stripe_invoice_id=key_of(invoice_payment["invoice"]),
                stripe_payment_intent_id=intent,
                currency=invoice_payment["currency"],
                livemode=invoice_payment["livemode"],
            )
        ],
        update_conflicts=True,
        unique_fields=["stripe_invoice_id"],
        update_fields=["stripe_payment_intent_id"],
    )
    settle(intent)


def record_charge(charge: Data) -> None:
    """Note the receipt and the refunds of a charge on its payment."""
    intent = key_of(charge.get("payment_intent"))
    if not intent:
        return  # a payment of another kind than ours
    # The same lock as above: of the two, the later one sees what the earlier one wrote.
    hold(intent)
    settle(intent)


def record_dispute(dispute: Data) -> None:
    """Note that the owner of the card questions a charge. It stays noted, whoever wins."""
    intent = key_of(dispute.get("payment_intent"))
    if not intent:
        return  # a payment of another kind than ours
    hold(intent)
    Payment.objects.filter(stripe_payment_intent_id=intent, disputed_at=None).update(
        disputed_at=moment(dispute["created"])
    )


def settle(intent: str) -> None:
    """Copy what charge and dispute of a payment intent say to the payment that names it."""
    charge = Charge.objects.filter(payment_intent_id=intent, status="succeeded")
    refunded = charge.values(found=Cast(KT("stripe_data__amount_refunded"), BIGINT))
    receipt = charge.values(found=KT("stripe_data__receipt_url"))
    disputes = Dispute.objects.filter(payment_intent_id=intent).order_by("created")
    Payment.objects.filter(stripe_payment_intent_id=intent).update(
        # Less than before where a bank has sent the money back to Stripe.
        amount_refunded=Coalesce(Subquery(refunded[:1]), "amount_refunded"),
        receipt_url=Coalesce(
            Subquery(receipt[:1]), "receipt_url", output_field=TextField()
        ),
        # Told before the payment was known by its intent: then nothing could be noted.
        disputed_at=Coalesce("disputed_at", Subquery(disputes.values("created")[:1])),
    )


def is_same(stored: Payment, told: Payment) -> bool:
    return all(getattr(stored, name) == getattr(told, name) for name in OF_INVOICE)
