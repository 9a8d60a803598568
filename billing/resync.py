"""One customer read anew from Stripe, for support: as `reconcile_billing` does for all."""

from django.db import transaction

from billing import mirror, payments, stripe
from billing.customers import customers
from billing.locks import hold
from billing.shapes import Data, payment_intent_of


def resync_customer(customer_id: str) -> None:
    """Read customer, subscriptions and the latest invoices with their charges from Stripe.

    Raises:
        BillingUnavailable: Stripe gives no answer; what was read so far stays.
        BillingRefused: Stripe does not know the customer.
    """
    mirror.refresh_customer(customer_id)
    for key in stripe.subscriptions_of(customer_id):
        mirror.refresh_subscription(key, customer_id=customer_id)
    for invoice in stripe.latest_invoices_of(customer_id):
        if invoice["status"] != "draft":
            _record(invoice, customer_id)


def record_invoice(invoice_id: str, *, customer_id: str) -> None:
    """Read an invoice from Stripe and write down the payment, alone with its customer.

    Anew: what a list has told may be older than what a webhook has written since.

    Raises:
        BillingUnavailable, BillingRefused, Busy
    """
    with transaction.atomic():
        hold(customer_id)
        invoice = mirror.refresh_invoice(invoice_id, customer_id=customer_id)
        owners = customers().filter(id=customer_id)
        owner = owners.values_list("subscriber", flat=True).first()
        payments.record_invoice(invoice.stripe_data, user_id=owner)


def _record(invoice: Data, customer_id: str) -> None:
    record_invoice(invoice["id"], customer_id=customer_id)
    if invoice["status"] != "paid" or not invoice["amount_paid"]:
        return
    for paid in stripe.payments_of_invoice(invoice["id"]):
        if intent := payment_intent_of(paid):
            if charge := stripe.charge_of(intent):
                mirror.refresh_charge(charge, customer_id=customer_id)
            with transaction.atomic():
                payments.record_invoice_payment(paid)
