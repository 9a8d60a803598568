"""Payment entries: the same end in whatever order Stripe tells its story."""

import random
from http import HTTPStatus

import pytest
from djstripe.models import Invoice

from billing import actions, stripe
from billing.models import Payment
from billing.tests.conftest import session_of

FACTS = [
    "user_id",
    "email",
    "amount",
    "amount_refunded",
    "amount_discount",
    "currency",
    "status",
    "number",
    "invoice_url",
    "receipt_url",
    "stripe_invoice_id",
    "stripe_customer_id",
    "stripe_subscription_id",
    "stripe_payment_intent_id",
    "livemode",
    "paid_at",
    "created_at",
]


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def story(ada, fake, webhook, prices):
    """Ada subscribes, is renewed once and gets 3.00 and then 2.00 of the first 9.00 back."""
    url = actions.start_checkout(ada, price_id=prices.starter)
    fake.complete_checkout(session_of(url))
    charge = fake.events("charge.succeeded")[0]["data"]["object"]["id"]
    fake.advance(days=32)
    for amount in (300, 200):
        stripe.client().v1.refunds.create({"charge": charge, "amount": amount})
    return webhook.pending()


def entries():
    return list(Payment.objects.order_by("stripe_invoice_id").values(*FACTS))


def test_story_in_order(ada, webhook, story):
    webhook.deliver(story)

    first, second = Payment.objects.order_by("created_at")
    assert (first.amount, first.amount_refunded, first.status) == (900, 500, "paid")
    assert (second.amount, second.amount_refunded) == (900, 0)
    assert {first.user, second.user} == {ada}
    assert first.email == "ada@example.com"
    assert first.receipt_url
    assert second.receipt_url
    assert first.receipt_url != second.receipt_url
    assert first.invoice_url
    assert first.number
    assert first.paid_at


@pytest.mark.parametrize("seed", range(4))
def test_story_shuffled_and_told_twice(webhook, story, seed):
    told = story + story
    random.Random(seed).shuffle(told)
    webhook.deliver(told)
    shuffled = entries()

    Payment.objects.all().delete()
    webhook.deliver([{**event, "id": f"again_{event['id']}"} for event in story])

    assert shuffled == entries()
    assert [entry["amount_refunded"] for entry in shuffled].count(500) == 1


def test_refund_is_what_stripe_says_now(webhook, story, fake):
    """Also less than an event has told: a bank may send the money back to Stripe."""
    webhook.deliver(story)
    told = fake.events("charge.refunded")[0]
    with fake.world.transaction():
        fake.world.get("charge", told["data"]["object"]["id"])["amount_refunded"] = 0

    webhook.deliver([{**told, "id": told["id"] + "_2"}])

    assert not Payment.objects.filter(amount_refunded__gt=0).exists()


def test_half_told_entry_is_not_listed(as_user, ada, webhook, story, fake):
    webhook.deliver(fake.events("invoice_payment.paid"))

    assert Payment.objects.count() == 2
    Payment.objects.update(user=ada)
    assert as_user(ada).get("/payment/payments").json()["results"] == []


def test_invoice_that_is_given_up(ada, fake, webhook, subscribe):
    subscribe(ada)
    invoice = Invoice.objects.get().stripe_data
    event = {**fake.events("invoice.paid")[0], "id": "evt_2", "type": "invoice.voided"}

    webhook.deliver([event])

    # What is told may be old or wrong: the state is that of the invoice at Stripe.
    assert Payment.objects.get().status == invoice["status"] == "paid"


def test_entry_of_somebody_else_is_not_listed(as_user, ada, make_user, subscribe):
    subscribe(ada)

    response = as_user(make_user("bob")).get("/payment/payments")

    assert response.json()["results"] == []


def test_anonymous_is_refused(anonymous, db):
    response = anonymous.get("/payment/payments")

    assert response.status_code == HTTPStatus.UNAUTHORIZED


def test_pages_of_entries_cost_the_same(as_user, ada, django_assert_num_queries):
    Payment.objects.bulk_create(
        Payment(
            user=ada,
            stripe_invoice_id=f"in_{n}",
            amount=n,
            currency="usd",
            status="paid",
            livemode=False,
        )
        for n in range(60)
    )
    api = as_user(ada)

    with django_assert_num_queries(2):  # with the one that authenticates
        first = api.get("/payment/payments").json()
    with django_assert_num_queries(2):
        second = api.get(first["next"]).json()

    amounts = [p["amount"] for p in first["results"] + second["results"]]
    assert sorted(amounts) == list(range(60))
    assert second["next"] is None


def test_account_that_is_deleted_leaves_its_payments(ada, subscribe):
    subscribe(ada)

    ada.delete()

    payment = Payment.objects.get()
    assert (payment.user, payment.email) == (None, "ada@example.com")
