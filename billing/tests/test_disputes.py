"""A disputed payment is noted, in whatever order Stripe tells of it."""

from datetime import UTC, datetime

import pytest
from djstripe.models import Charge, Dispute

from billing import payments
from billing.models import Payment

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def payment(make_user, subscribe):
    subscribe(make_user("ada"))
    return Payment.objects.get()


def dispute(payment, **changes):
    intent = payment.stripe_payment_intent_id
    told = {"id": "du_1", "payment_intent": intent, "created": int(AT.timestamp())}
    return {**told, **changes}


def test_dispute_is_noted_once(payment):
    payments.record_dispute(dispute(payment))
    payments.record_dispute(dispute(payment, created=1))

    payment.refresh_from_db()
    assert payment.disputed_at == AT
    assert payment.status == "paid"


def test_dispute_of_another_payment_changes_nothing(payment):
    payments.record_dispute(dispute(payment, payment_intent="pi_other"))
    payments.record_dispute(dispute(payment, payment_intent=None))

    payment.refresh_from_db()
    assert payment.disputed_at is None


def test_dispute_that_was_told_before_the_payment_was_known(payment):
    intent, invoice = payment.stripe_payment_intent_id, payment.stripe_invoice_id
    Payment.objects.all().delete()
    payments.record_dispute(dispute(payment))
    Dispute.objects.create(
        id="du_1",
        livemode=False,
        created=AT,
        payment_intent_id=intent,
        charge=Charge.objects.get(payment_intent_id=intent),
        stripe_data={},
    )

    payments.record_invoice_payment(
        {
            "invoice": invoice,
            "payment": {"payment_intent": intent},
            "currency": "usd",
            "livemode": False,
        }
    )

    assert Payment.objects.get().disputed_at == AT
    payments.settle(intent)
    assert Payment.objects.get().disputed_at == AT


def test_support_finds_disputed_payments(payment, client, staff):
    client.force_login(staff)
    url = "/admin/billing/payment/?disputed_at__isempty=0"
    assert "0 payments" in client.get(url).content.decode()

    payments.record_dispute(dispute(payment))

    assert "1 payment" in client.get(url).content.decode()


def test_webhook_notes_the_dispute_of_a_card(make_user, subscribe, fake):
    subscribe(make_user("ada"), card="4000000000000259")

    [event] = fake.events("charge.dispute.created")
    told = event["data"]["object"]["created"]
    assert Payment.objects.get().disputed_at == datetime.fromtimestamp(told, UTC)
