"""Changing the price or the quantity, and what it costs in the middle of a period."""

from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.resources import money
from fakestripe.state.clock import next_boundary, plus_intervals

Subscribe = Callable[..., stripe.Subscription]
MakePrice = Callable[..., stripe.Price]


def change(
    client: stripe.StripeClient, subscription: stripe.Subscription, **params: object
) -> stripe.Subscription:
    item = {"id": subscription["items"].data[0].id}
    for name in ("price", "quantity"):
        if name in params:
            item[name] = params.pop(name)
    return client.v1.subscriptions.update(subscription.id, {"items": [item], **params})


def test_dearer_plan_is_settled_on_the_next_invoice(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    subscription, dearer = subscribe(), make_price(3_000, name="Team")
    item = subscription["items"].data[0]
    half = (item.current_period_end - item.current_period_start) // 2
    at = item.current_period_start + half
    fake.advance(seconds=half)

    changed = change(client, subscription, price=dearer.id, proration_date=at)

    assert changed["items"].data[0].price.id == dearer.id
    assert changed["items"].data[0].id == item.id
    assert len(client.v1.invoices.list().data) == 1
    fake.advance(seconds=half + 10)
    invoice = client.v1.invoices.list().data[0]
    amounts = [line.amount for line in invoice.lines.data]
    assert amounts == [-750, 1_500, 3_000]
    assert invoice.amount_paid == 3_750


def test_what_was_not_settled_is_billed_at_the_end(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    """No next invoice comes; without one the dearer plan would have been free."""
    subscription, dearer = subscribe(), make_price(3_000, name="Team")
    item = subscription["items"].data[0]
    half = (item.current_period_end - item.current_period_start) // 2
    at = item.current_period_start + half
    fake.advance(seconds=half)
    change(client, subscription, price=dearer.id, proration_date=at)
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})

    fake.advance(seconds=half + 10)

    invoice = client.v1.invoices.list().data[0]
    assert [line.amount for line in invoice.lines.data] == [-750, 1_500]
    assert (invoice.status, invoice.amount_paid) == ("paid", 750)
    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert ended.status == "canceled"


def test_always_invoice_bills_the_difference_now(
    client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    start = subscription["items"].data[0].current_period_start

    changed = change(
        client,
        subscription,
        quantity=3,
        proration_behavior="always_invoice",
        proration_date=start,
    )

    invoice = client.v1.invoices.retrieve(changed.latest_invoice)
    assert (invoice.billing_reason, invoice.amount_paid) == (
        "subscription_update",
        3_000,
    )


def test_no_proration_costs_nothing_until_the_renewal(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    subscription, dearer = subscribe(), make_price(3_000)

    change(client, subscription, price=dearer.id, proration_behavior="none")
    fake.advance(days=31)

    invoice = client.v1.invoices.list().data[0]
    assert [line.amount for line in invoice.lines.data] == [3_000]


def test_other_interval_starts_a_new_period_and_credits_the_old_one(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    subscription, yearly = subscribe(), make_price(15_000, "year")
    start = subscription["items"].data[0].current_period_start

    changed = change(client, subscription, price=yearly.id, proration_date=start)

    item = changed["items"].data[0]
    assert item.current_period_end - item.current_period_start >= 365 * 86_400
    assert changed.billing_cycle_anchor == item.current_period_start
    invoice = client.v1.invoices.retrieve(changed.latest_invoice)
    assert invoice.total == 15_000 - 1_500
    assert invoice.status == "paid"


def test_credit_of_a_cheaper_plan_is_used_up_before_money(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    yearly, monthly = make_price(15_000, "year"), make_price(1_000)
    subscription = subscribe(line_items=[{"price": yearly.id, "quantity": 1}])
    start = subscription["items"].data[0].current_period_start

    change(client, subscription, price=monthly.id, proration_date=start)

    customer = client.v1.customers.retrieve(subscription.customer)
    assert customer.balance == -14_000
    fake.advance(days=31)
    invoice = client.v1.invoices.list().data[0]
    assert (invoice.total, invoice.amount_due) == (1_000, 0)
    assert (invoice.starting_balance, invoice.ending_balance) == (-14_000, -13_000)
    assert invoice.status == "paid"


def test_refused_change_with_error_if_incomplete_changes_nothing(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    make_price: MakePrice,
) -> None:
    subscription, dearer = subscribe(), make_price(3_000)
    fake.use_card(subscription.customer, "4000000000000341")

    with pytest.raises(stripe.CardError):
        change(
            client,
            subscription,
            price=dearer.id,
            proration_behavior="always_invoice",
            payment_behavior="error_if_incomplete",
        )

    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept["items"].data[0].price.unit_amount == 1_500
    assert len(client.v1.invoices.list().data) == 1


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ([{"id": "si_none", "quantity": 2}], "items[0][id]"),
        ([{"quantity": 2}], "items[0][price]"),
        ([{"price": "price_none"}], "items[0][price]"),
    ],
)
def test_impossible_changes_are_named(
    client: stripe.StripeClient,
    subscribe: Subscribe,
    items: list[dict[str, object]],
    param: str,
) -> None:
    subscription = subscribe()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.subscriptions.update(subscription.id, {"items": items})

    assert refused.value.param == param


def test_months_keep_the_day_of_the_anchor() -> None:
    january_31 = 1_769_860_800  # 2026-01-31 12:00 UTC

    ends = [plus_intervals(january_31, "month", n) for n in (1, 2, 3)]

    assert ends == [1_772_280_000, 1_774_958_400, 1_777_550_400]  # 28, 31 and 30
    assert next_boundary(january_31, ends[0], "month", 1) == ends[1]
    assert next_boundary(january_31, ends[0] - 1, "month", 1) == ends[0]


def test_amounts_are_shown_in_the_units_of_their_currency() -> None:
    assert money.shown(105_000, "usd") == "$1,050.00"
    assert money.shown(-500, "jpy") == "-¥500"
    assert money.shown(1_050, "chf") == "10.50 CHF"
    assert money.rounded_share(-1_500, 1, 2) == -750
    assert money.rounded_share(5, 1, 2) == 3
