"""Cards of customers: attached, listed, made the default, changed, detached."""

from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.shapes import problems

Client = stripe.StripeClient
Subscribe = Callable[..., stripe.Subscription]


def test_card_is_attached_listed_and_made_the_default(
    fake: FakeStripe, client: Client
) -> None:
    customer = client.v1.customers.create({"email": "ann@example.com"})
    to = {"customer": customer.id}

    visa = client.v1.payment_methods.attach("pm_card_visa", to)
    amex = client.v1.payment_methods.attach("pm_card_amex", to)
    default = {"invoice_settings": {"default_payment_method": amex.id}}
    changed = client.v1.customers.update(customer.id, default)

    assert problems(visa.to_dict()) == []
    listed = client.v1.payment_methods.list({**to, "type": "card"}).data
    assert [method.id for method in listed] == [amex.id, visa.id]
    own = client.v1.customers.payment_methods.list(customer.id, {"limit": 1})
    assert ([method.id for method in own.data], own.has_more) == ([amex.id], True)
    assert changed.invoice_settings.default_payment_method == amex.id
    assert len(fake.events("payment_method.attached")) == 2


def test_detached_card_is_nobodys_default(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    method = subscription.default_payment_method
    default = {"invoice_settings": {"default_payment_method": method}}
    client.v1.customers.update(subscription.customer, default)

    detached = client.v1.payment_methods.detach(method)

    assert detached.customer is None
    customer = client.v1.customers.retrieve(subscription.customer)
    assert customer.invoice_settings.default_payment_method is None
    now = client.v1.subscriptions.retrieve(subscription.id)
    assert now.default_payment_method is None
    assert len(fake.events("payment_method.detached")) == 1
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        client.v1.payment_methods.detach(method)
    fake.advance(days=31)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"


def test_card_of_somebody_else_cannot_be_taken(client: Client) -> None:
    ann, bob = (client.v1.customers.create({}).id for _ in range(2))
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": ann})

    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method.id, {"customer": bob})

    assert client.v1.payment_methods.retrieve(method.id).customer == ann


def test_card_is_made_from_its_number_and_changed(client: Client) -> None:
    card = {"number": "5555555555554444", "exp_month": 3, "exp_year": 2041}
    made = client.v1.payment_methods.create({"type": "card", "card": card})

    changed = client.v1.payment_methods.update(
        made.id, {"card": {"exp_year": 2042}, "billing_details": {"name": "Ann"}}
    )

    assert (made.card.brand, made.card.last4) == ("mastercard", "4444")
    assert (changed.card.exp_month, changed.card.exp_year) == (3, 2042)
    assert changed.billing_details.name == "Ann"
    for odd in ({"number": "4242424242424241"}, {"exp_year": 2001}):
        with pytest.raises(stripe.CardError):
            client.v1.payment_methods.create({"type": "card", "card": {**card, **odd}})
