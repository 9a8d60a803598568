"""What the dashboard does in place of customers and banks."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import visit
from fakestripe.tests.conftest import Inbox

Client = stripe.StripeClient
Subscribe = Callable[..., stripe.Subscription]


@pytest.mark.parametrize(
    ("button", "status", "shown"), [("win", "won", "Won"), ("lose", "lost", "Lost")]
)
def test_dispute_is_made_and_decided(
    fake: FakeStripe,
    client: Client,
    subscribe: Subscribe,
    button: str,
    status: str,
    shown: str,
) -> None:
    subscribe()
    charge = client.v1.charges.list().data[0]
    payments = f"{fake.url}/dashboard/payments"
    assert "Succeeded" in visit(payments).html

    visit(f"{payments}/{charge.id}/dispute", {})
    [dispute] = client.v1.disputes.list().data
    open_ = visit(f"{fake.url}/dashboard/disputes").html
    again = visit(f"{payments}/{charge.id}/dispute", {})
    visit(f"{fake.url}/dashboard/disputes/{dispute.id}/{button}", {})
    closed = visit(f"{fake.url}/dashboard/disputes").html
    twice = visit(f"{fake.url}/dashboard/disputes/{dispute.id}/{button}", {})

    assert "Needs response" in open_
    assert "answer by" in open_
    assert again.status == twice.status == HTTPStatus.BAD_REQUEST
    assert client.v1.disputes.retrieve(dispute.id).status == status
    assert f">{shown}<" in closed
    assert f"{dispute.id}/win" not in closed
    assert "Disputed" in visit(payments).html
    assert fake.events("charge.dispute.closed")[0]["data"]["object"]["status"] == status


def test_payment_is_refunded(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscribe()
    charge = client.v1.charges.list().data[0]
    payments = f"{fake.url}/dashboard/payments"

    visit(f"{payments}/{charge.id}/refund", {})

    assert client.v1.charges.retrieve(charge.id).refunded
    page = visit(payments).html
    assert "Refunded" in page
    assert f"{charge.id}/refund" not in page
    assert f"{charge.id}/dispute" not in page
    refused = visit(f"{payments}/{charge.id}/dispute", {})
    assert refused.status == HTTPStatus.BAD_REQUEST


def test_refused_payment_says_why(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    fake.use_card(subscription.customer, "4000000000000341")
    fake.advance(days=31)

    page = visit(f"{fake.url}/dashboard/payments").html

    failed = client.v1.charges.list().data[0].id
    assert "Your card was declined." in page
    assert f"{failed}/refund" not in page
    refused = visit(f"{fake.url}/dashboard/payments/{failed}/dispute", {})
    assert refused.status == HTTPStatus.BAD_REQUEST


def test_disputes_of_a_test_by_method(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscribe()
    charge = client.v1.charges.list().data[0]

    dispute = fake.dispute(charge.id, "subscription_canceled")
    decided = fake.decide_dispute(dispute["id"], is_won=True)

    assert dispute["reason"] == "subscription_canceled"
    assert (dispute["status"], decided["status"]) == ("needs_response", "won")


def test_portal_opens_from_the_list(fake: FakeStripe, subscribe: Subscribe) -> None:
    customer = subscribe().customer

    opened = visit(f"{fake.url}/dashboard/customers/{customer}/portal", {})

    assert "ann@example.com" in visit(opened.location).html


def test_endpoints_are_listed_switched_and_their_attempts_shown(
    fake: FakeStripe, client: Client, inbox: Inbox
) -> None:
    address = f"{fake.url}/dashboard/webhooks"
    assert "nothing is sent" in visit(address).html
    endpoint = fake.register_webhook(inbox.url, "whsec_test")
    inbox.answers = [503]
    client.v1.customers.create({})
    fake.wait_until_delivered()

    page = visit(address).html
    for text in (inbox.url, "Enabled", "whsec_test", "customer.created", ">503<"):
        assert text in page
    visit(f"{address}/{endpoint}/switch", {})
    client.v1.customers.create({})
    fake.wait_until_delivered()

    assert "Disabled" in visit(address).html
    assert len(inbox.bodies) == 2
    visit(f"{address}/{endpoint}/switch", {})
    assert client.v1.webhook_endpoints.retrieve(endpoint).status == "enabled"


def test_api_is_made_to_fail(fake: FakeStripe) -> None:
    form = {"rate_limits": "10", "failures": "5", "lost_answers": "2.5"}

    visit(f"{fake.url}/dashboard/trouble", form)

    chaos = fake.world.chaos
    assert (chaos.rate_limits, chaos.failures, chaos.lost_answers) == (0.1, 0.05, 0.025)
    page = visit(f"{fake.url}/dashboard").html
    assert 'name="lost_answers" value="2.5"' in page
