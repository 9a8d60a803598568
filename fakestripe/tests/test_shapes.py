"""Every object of a long life has the fields that Stripe's own library knows, no others.

Read from the annotations of stripe-python: see `shapes`.
"""

from collections.abc import Callable

import stripe

from fakestripe import FakeStripe
from fakestripe.tests.shapes import problems

KINDS = {
    "balance_transaction",
    "charge",
    "checkout.session",
    "customer",
    "event",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "refund",
    "subscription",
    "account",
    "webhook_endpoint",
    "billing_portal.session",
}


def test_objects_have_the_shapes_of_the_library(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Callable[..., stripe.Subscription],
    make_price: Callable[..., stripe.Price],
    open_checkout: Callable[..., stripe.checkout.Session],
) -> None:
    seen = [client.v1.accounts.retrieve_current().to_dict()]
    subscription = subscribe(subscription_data={"trial_period_days": 7})
    fake.advance(days=8)
    events = fake.events()
    item = subscription["items"].data[0].id
    client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": make_price(3_000).id}]}
    )
    fake.advance(days=31)
    charge = client.v1.charges.list().data[0]
    client.v1.refunds.create({"charge": charge.id, "amount": 5, "reason": "duplicate"})
    seen += [entry.to_dict() for entry in client.v1.balance_transactions.list().data]
    fake.use_card(subscription.customer, "4000000000000341")
    events += fake.events()
    fake.advance(days=31 + 16)
    session = open_checkout()
    client.v1.checkout.sessions.expire(session.id)
    seen.append(
        client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["line_items", "total_details.breakdown"]}
        ).to_dict()
    )
    portal = {"customer": subscription.customer}
    seen.append(client.v1.billing_portal.sessions.create(portal).to_dict())
    endpoint = {"url": "http://127.0.0.1:1/", "enabled_events": ["*"]}
    seen.append(client.v1.webhook_endpoints.create(endpoint).to_dict())

    for event in [*events, *fake.events()]:
        seen += [event, event["data"]["object"]]

    found = {problem for obj in seen for problem in problems(obj)}
    assert found == set()
    assert {obj["object"] for obj in seen} == KINDS


def test_the_check_finds_what_is_wrong(price: stripe.Price) -> None:
    sound = price.to_dict()
    assert problems(sound) == []

    assert problems({**sound, "colour": "red"}) == ["price.colour: unknown"]
    assert problems({**sound, "active": 1}) == ["price.active: 1 is no bool"]
    assert len(problems({**sound, "type": "weekly"})) == 1
    del sound["currency"]
    assert problems(sound) == ["price.currency: missing"]
