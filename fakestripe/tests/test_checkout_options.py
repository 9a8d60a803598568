"""Checkouts that ask for no card, and those whose quantity the customer chooses."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe import FakeStripe, StripeError
from fakestripe.tests.browser import card, visit
from fakestripe.tests.shapes import problems

Client = stripe.StripeClient
Open = Callable[..., stripe.checkout.Session]
FREE = {
    "payment_method_collection": "if_required",
    "subscription_data": {
        "trial_period_days": 7,
        "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
    },
}


def test_trial_starts_without_a_card_and_pauses(
    fake: FakeStripe, client: Client, open_checkout: Open
) -> None:
    session = open_checkout(**FREE)

    page = visit(session.url).html
    asked = visit(session.url, {"email": ""})
    started = visit(session.url, {"email": "ann@example.com"})

    assert "Card number" not in page
    assert "Test cards" not in page
    assert "Add a card before the trial ends." in page
    assert asked.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert started.status == HTTPStatus.SEE_OTHER
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    subscription = client.v1.subscriptions.retrieve(done.subscription)
    assert subscription.status == "trialing"
    assert subscription.default_payment_method is None
    assert client.v1.payment_methods.list({"customer": done.customer}).data == []
    fake.advance(days=8)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "paused"


def test_card_is_asked_for_where_something_is_due(
    fake: FakeStripe, client: Client, open_checkout: Open
) -> None:
    session = open_checkout(payment_method_collection="if_required")

    without = visit(session.url, {"email": "ann@example.com"})
    with pytest.raises(StripeError, match="needs a card"):
        fake.complete_checkout(session.id, card=None)

    assert without.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Enter a card number." in without.html
    assert client.v1.customers.list().data == []
    free = open_checkout(**FREE)
    assert fake.complete_checkout(free.id, card=None)["status"] == "complete"


def test_quantity_of_the_site_is_billed(
    client: Client, fake: FakeStripe, price: stripe.Price, open_checkout: Open
) -> None:
    session = open_checkout(line_items=[{"price": price.id, "quantity": 4}])
    assert "Qty 4" in visit(session.url).html

    paid = fake.complete_checkout(session.id)

    assert paid["amount_total"] == 6_000
    items = client.v1.subscriptions.retrieve(paid["subscription"])["items"].data
    assert [item.quantity for item in items] == [4]


def test_customer_chooses_the_quantity_within_bounds(
    client: Client, price: stripe.Price, open_checkout: Open
) -> None:
    bounds = {"enabled": True, "minimum": 2, "maximum": 10}
    line = {"price": price.id, "quantity": 2, "adjustable_quantity": bounds}
    session = open_checkout(line_items=[line])
    shown = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert problems(shown.to_dict()) == []
    form = {"line": shown.line_items.data[0].id}
    url = f"{session.url}/quantity"

    for odd in ("1", "11", "two", ""):
        assert visit(url, {**form, "quantity": odd}).status == HTTPStatus.BAD_REQUEST
    strange = visit(url, {"line": "li_none", "quantity": "3"})
    chosen = visit(url, {**form, "quantity": "5"})

    assert strange.status == HTTPStatus.BAD_REQUEST
    assert session.url.endswith(chosen.location)
    assert "$75.00" in visit(session.url).html
    visit(session.url, card(email="ann@example.com"))
    assert client.v1.invoices.list().data[0].total == 7_500
    assert visit(url, {**form, "quantity": "3"}).status == HTTPStatus.GONE


def test_fixed_quantity_stays(client: Client, open_checkout: Open) -> None:
    session = open_checkout()
    line = client.v1.checkout.sessions.line_items.list(session.id).data[0].id

    refused = visit(f"{session.url}/quantity", {"line": line, "quantity": "9"})

    assert refused.status == HTTPStatus.BAD_REQUEST
    assert "Update" not in visit(session.url).html
    assert client.v1.checkout.sessions.retrieve(session.id).amount_total == 1_500
