"""What happens to a subscription by itself as time goes by."""

from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe

Subscribe = Callable[..., stripe.Subscription]
FAILS_LATER = "4000000000000341"


def state(client: stripe.StripeClient, subscription: stripe.Subscription) -> str:
    return client.v1.subscriptions.retrieve(subscription.id).status


def test_renews_each_month(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    before = subscription["items"].data[0].current_period_end

    fake.advance(days=93)

    renewed = client.v1.subscriptions.retrieve(subscription.id)
    assert renewed.status == "active"
    assert renewed["items"].data[0].current_period_end > before + 60 * 86_400
    invoices = client.v1.invoices.list({"customer": subscription.customer}).data
    reasons = [invoice.billing_reason for invoice in invoices]
    assert reasons == ["subscription_cycle"] * 3 + ["subscription_create"]
    assert {invoice.status for invoice in invoices} == {"paid"}
    assert len({invoice.number for invoice in invoices}) == 4


def test_failed_renewal_is_past_due_and_recovers_with_a_new_card(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    fake.use_card(subscription.customer, FAILS_LATER)

    fake.advance(days=31)

    assert state(client, subscription) == "past_due"
    invoice = client.v1.invoices.list({"status": "open"}).data[0]
    assert invoice.attempt_count == 1
    assert invoice.next_payment_attempt > fake.now()
    assert client.v1.customers.retrieve(subscription.customer).delinquent is True

    fake.use_card(subscription.customer, "4242424242424242")
    fake.advance(days=3)

    assert state(client, subscription) == "active"
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert client.v1.customers.retrieve(subscription.customer).delinquent is False
    charges = client.v1.charges.list({"customer": subscription.customer}).data
    assert [charge.status for charge in charges[:2]] == ["succeeded", "failed"]
    assert charges[0].payment_intent == charges[1].payment_intent


def test_dunning_ends_in_cancellation(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    fake.use_card(subscription.customer, FAILS_LATER)

    fake.advance(days=31 + 3 + 5 + 7)

    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert ended.status == "canceled"
    assert ended.cancellation_details.reason == "payment_failed"
    assert len(fake.events("invoice.payment_failed")) == 4
    assert len(fake.events("customer.subscription.deleted")) == 1
    fake.advance(days=62)
    assert len(client.v1.invoices.list().data) == 2


def test_open_invoice_can_be_paid_by_hand(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    fake.use_card(subscription.customer, FAILS_LATER)
    fake.advance(days=31)
    invoice = client.v1.invoices.list({"status": "open"}).data[0]

    paid = client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})

    assert paid.status == "paid"
    assert state(client, subscription) == "active"


def test_cancel_at_period_end_and_resume(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    kept, ended = subscribe(), subscribe()

    for subscription in (kept, ended):
        changed = client.v1.subscriptions.update(
            subscription.id, {"cancel_at_period_end": True}
        )
        end = changed["items"].data[0].current_period_end
        assert (changed.status, changed.cancel_at) == ("active", end)
    resumed = client.v1.subscriptions.update(kept.id, {"cancel_at_period_end": False})
    assert (resumed.cancel_at, resumed.canceled_at) == (None, None)
    told = fake.events("customer.subscription.updated")[-1]["data"]
    assert told["previous_attributes"]["cancel_at_period_end"] is True

    fake.advance(days=31)

    assert state(client, kept) == "active"
    assert state(client, ended) == "canceled"


def test_cancel_at_once_ends_it_and_cannot_be_repeated(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()

    ended = client.v1.subscriptions.cancel(
        subscription.id, {"cancellation_details": {"feedback": "unused"}}
    )

    assert ended.status == "canceled"
    assert ended.cancellation_details.feedback == "unused"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.subscriptions.cancel(subscription.id)
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 404)
    shown = client.v1.subscriptions.list({"customer": subscription.customer}).data
    everything = client.v1.subscriptions.list({"status": "all"}).data
    assert shown == []
    assert [found.id for found in everything] == [subscription.id]


def test_first_payment_that_never_comes_expires(
    fake: FakeStripe, client: stripe.StripeClient, price: stripe.Price
) -> None:
    customer = client.v1.customers.create({"email": "ann@example.com"})

    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )

    assert subscription.status == "incomplete"
    fake.advance(days=1)
    assert state(client, subscription) == "incomplete_expired"
    assert client.v1.invoices.retrieve(subscription.latest_invoice).status == "void"


def test_first_payment_that_comes_late_activates(
    client: stripe.StripeClient, price: stripe.Price
) -> None:
    customer = client.v1.customers.create({})
    subscription = client.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "payment_behavior": "default_incomplete",
        }
    )

    client.v1.invoices.pay(
        subscription.latest_invoice, {"payment_method": "pm_card_visa"}
    )

    assert state(client, subscription) == "active"


def test_refused_creation_leaves_nothing(
    fake: FakeStripe, client: stripe.StripeClient, price: stripe.Price
) -> None:
    customer = client.v1.customers.create(
        {
            "payment_method": "pm_card_chargeCustomerFail",
            "invoice_settings": {
                "default_payment_method": "pm_card_chargeCustomerFail"
            },
        }
    )
    before = len(fake.events())

    with pytest.raises(stripe.CardError) as refused:
        client.v1.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price.id}],
                "payment_behavior": "error_if_incomplete",
            }
        )

    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    assert len(fake.events()) == before


def test_trial_without_a_card_pauses_when_told_so(
    fake: FakeStripe, client: stripe.StripeClient, price: stripe.Price
) -> None:
    customer = client.v1.customers.create({})
    states = {"pause": "paused", "cancel": "canceled", "create_invoice": "past_due"}
    made = {
        behavior: client.v1.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price.id}],
                "trial_period_days": 7,
                "trial_settings": {
                    "end_behavior": {"missing_payment_method": behavior}
                },
            }
        )
        for behavior in states
    }

    fake.advance(days=7, seconds=1)

    assert {name: state(client, made[name]) for name in made} == states


def test_paused_collection_voids_invoices_until_it_resumes(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    client.v1.subscriptions.update(
        subscription.id,
        {
            "pause_collection": {
                "behavior": "void",
                "resumes_at": fake.now() + 40 * 86_400,
            }
        },
    )

    fake.advance(days=62)

    invoices = client.v1.invoices.list({"subscription": subscription.id}).data
    assert [invoice.status for invoice in invoices] == ["paid", "void", "paid"]
    assert client.v1.subscriptions.retrieve(subscription.id).pause_collection is None


def test_deleted_customer_takes_the_subscriptions_along(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()

    gone = client.v1.customers.delete(subscription.customer)

    assert gone.deleted is True
    assert state(client, subscription) == "canceled"
    assert client.v1.customers.retrieve(subscription.customer).deleted is True
    assert client.v1.customers.list().data == []
