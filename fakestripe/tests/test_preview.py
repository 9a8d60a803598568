"""What a change would cost, before it is made."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.shapes import problems

Subscribe = Callable[..., stripe.Subscription]
MakePrice = Callable[..., stripe.Price]


def preview(client: stripe.StripeClient, **params: Any) -> stripe.Invoice:
    return client.v1.invoices.create_preview(params)


def item_of(subscription: stripe.Subscription) -> str:
    return subscription["items"].data[0].id


def test_dearer_plan_shows_its_prorations_and_changes_nothing(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    subscription, dearer = subscribe(), make_price(3_000, name="Team")
    first = subscription["items"].data[0]
    half = (first.current_period_end - first.current_period_start) // 2
    at = first.current_period_start + half
    fake.advance(seconds=half)
    events = len(fake.events())
    change = {
        "items": [{"id": first.id, "price": dearer.id}],
        "proration_date": at,
    }

    now = preview(
        client,
        subscription=subscription.id,
        subscription_details={**change, "proration_behavior": "always_invoice"},
    )
    later = preview(client, subscription=subscription.id, subscription_details=change)

    assert [line.amount for line in now.lines.data] == [-750, 1_500]
    parent = now.lines.data[0].parent.subscription_item_details
    assert parent.proration
    assert "Unused time on Pro" in now.lines.data[0].description
    assert (now.amount_due, now.status) == (750, "draft")
    assert now.id.startswith("upcoming_in_")
    assert [line.amount for line in later.lines.data] == [-750, 1_500, 3_000]
    assert later.created == first.current_period_end
    assert later.billing_reason == "upcoming"
    assert problems(later.to_dict()) == []
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept["items"].data[0].price.unit_amount == 1_500
    assert len(client.v1.invoices.list().data) == 1
    assert client.v1.invoice_items.list().data == []
    assert len(fake.events()) == events


def test_preview_is_what_the_change_costs(
    client: stripe.StripeClient, subscribe: Subscribe, make_price: MakePrice
) -> None:
    subscription, yearly = subscribe(), make_price(15_000, "year")
    start = subscription["items"].data[0].current_period_start
    change = {
        "items": [{"id": item_of(subscription), "price": yearly.id}],
        "proration_date": start,
    }

    seen = preview(client, subscription=subscription.id, subscription_details=change)
    changed = client.v1.subscriptions.update(subscription.id, change)

    made = client.v1.invoices.retrieve(changed.latest_invoice)
    assert seen.total == made.total == 13_500
    assert [line.description for line in seen.lines.data] == [
        line.description for line in made.lines.data
    ]


def test_credit_of_a_cheaper_plan_leaves_nothing_to_pay(
    client: stripe.StripeClient, subscribe: Subscribe, make_price: MakePrice
) -> None:
    yearly, monthly = make_price(15_000, "year"), make_price(1_000)
    subscription = subscribe(line_items=[{"price": yearly.id, "quantity": 1}])
    change = {
        "items": [{"id": item_of(subscription), "price": monthly.id}],
        "proration_date": subscription["items"].data[0].current_period_start,
    }

    seen = preview(client, subscription=subscription.id, subscription_details=change)

    assert (seen.total, seen.amount_due, seen.ending_balance) == (-14_000, 0, -14_000)
    assert client.v1.customers.retrieve(subscription.customer).balance == 0


def test_next_renewal_and_the_first_invoice_of_a_new_subscription(
    client: stripe.StripeClient, subscribe: Subscribe, make_price: MakePrice
) -> None:
    subscription = subscribe()
    price = make_price(3_000)

    renewal = preview(client, customer=subscription.customer)
    new = preview(
        client,
        customer=subscription.customer,
        subscription_details={"items": [{"price": price.id, "quantity": 2}]},
    )

    assert renewal.amount_due == 1_500
    assert (new.amount_due, new.billing_reason) == (6_000, "subscription_create")
    assert len(client.v1.subscriptions.list().data) == 1


def test_trial_shows_what_follows_it(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe(subscription_data={"trial_period_days": 14})

    later = preview(client, subscription=subscription.id)
    now = preview(
        client,
        subscription=subscription.id,
        subscription_details={"trial_end": "now"},
    )

    assert (later.amount_due, later.created) == (1_500, subscription.trial_end)
    assert (now.amount_due, now.created < later.created) == (1_500, True)


def test_nothing_to_come_and_wrong_parameters_are_told(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    ending = subscribe()
    client.v1.subscriptions.update(ending.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as none:
        preview(client, subscription=ending.id)
    assert none.value.code == "invoice_upcoming_none"
    nobody = client.v1.customers.create({}).id
    with pytest.raises(stripe.InvalidRequestError) as none:
        preview(client, customer=nobody)
    assert none.value.code == "invoice_upcoming_none"

    for wrong, param in (
        ({}, "customer"),
        ({"subscription": "sub_none"}, "subscription"),
        ({"subscription": ending.id, "customer": nobody}, "subscription"),
        ({"customer": nobody, "subscription_details": {"items": [{"quantity": 2}]}},
         "subscription_details[items][0][price]"),
        ({"subscription_details": {"items": [{"price": "x"}]}}, "customer"),
    ):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError) as refused:
            preview(client, **wrong)
        assert refused.value.param == param
