"""Events reach the endpoints, signed, with retries and with trouble on demand."""

import json
from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.conftest import Inbox

Subscribe = Callable[..., stripe.Subscription]
SECRET = "whsec_test"


def received(inbox: Inbox) -> list[str]:
    return [json.loads(body)["id"] for body, _ in inbox.bodies]


def test_events_arrive_signed_in_stripes_way(
    fake: FakeStripe, inbox: Inbox, subscribe: Subscribe
) -> None:
    before = len(fake.events())
    fake.register_webhook(inbox.url, SECRET)

    subscribe()
    fake.wait_until_delivered()

    sent = [event["id"] for event in fake.events()[before:]]
    assert len(sent) == 13
    assert sorted(received(inbox)) == sorted(sent)
    for body, header in inbox.bodies:
        event = stripe.Webhook.construct_event(body, header, SECRET)
        assert event.object == "event"
        assert event.api_version == "2026-05-27.dahlia"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")
    assert {event["pending_webhooks"] for event in fake.events()} == {0}


def test_signed_body_for_tests_that_post_it_themselves(
    fake: FakeStripe, subscribe: Subscribe
) -> None:
    subscribe()

    body, header = fake.signed(fake.events("invoice.paid")[0], SECRET)

    event = stripe.Webhook.construct_event(body, header, SECRET)
    assert event.data.object.status == "paid"
    old_body, old_header = fake.signed(fake.events()[0], SECRET, at=1)
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(old_body, old_header, SECRET)


def test_nothing_is_sent_without_an_endpoint(
    fake: FakeStripe, subscribe: Subscribe
) -> None:
    subscribe()

    fake.wait_until_delivered(0)

    assert fake.deliveries() == []


def test_failures_are_retried_until_they_arrive(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    inbox.answers = [500, 302, 200]
    fake.register_webhook(inbox.url, SECRET)

    client.v1.products.create({"name": "Pro"})
    fake.wait_until_delivered()

    assert [attempt["status"] for attempt in fake.deliveries()] == [500, 302, 200]
    assert len(set(received(inbox))) == 1


def test_events_that_never_arrived_can_be_asked_for(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    fake.register_webhook(inbox.url, SECRET)
    client.v1.products.create({"name": "Arrives"})
    fake.wait_until_delivered()
    inbox.answers = [500] * 4

    client.v1.products.create({"name": "Fails"})
    fake.wait_until_delivered()

    failed = client.v1.events.list({"delivery_success": False}).data
    arrived = client.v1.events.list({"delivery_success": True}).data
    assert [event.data.object.name for event in failed] == ["Fails"]
    assert [event.data.object.name for event in arrived] == ["Arrives"]
    assert failed[0].pending_webhooks == 1


def test_nobody_listening_is_a_failure_with_a_reason(
    client: stripe.StripeClient, fake: FakeStripe, inbox: Inbox
) -> None:
    inbox.close()
    fake.register_webhook(inbox.url, SECRET)

    client.v1.products.create({"name": "Pro"})
    fake.wait_until_delivered()

    attempts = fake.deliveries()
    assert [attempt["status"] for attempt in attempts] == [None] * 4
    assert "ConnectionRefused" in attempts[0]["error"]


def test_moving_the_clock_brings_retries_on(inbox: Inbox) -> None:
    fake = FakeStripe(retry_delays=(3_600,))
    url = fake.start()
    inbox.answers = [500]
    fake.register_webhook(inbox.url, SECRET)
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": url})
    client.v1.products.create({"name": "Pro"})
    with pytest.raises(TimeoutError, match="1 deliveries are pending"):
        fake.wait_until_delivered(0.3)

    fake.advance(seconds=3_601)
    fake.wait_until_delivered()

    assert [attempt["status"] for attempt in fake.deliveries()] == [500, 200]
    fake.stop()


def test_endpoints_made_over_the_api_have_their_own_secret_and_types(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": inbox.url, "enabled_events": ["customer.created"]}
    )
    assert made.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id).to_dict()

    client.v1.products.create({"name": "Pro"})
    client.v1.customers.create({})
    fake.wait_until_delivered()

    (body, header) = inbox.bodies[0]
    event = stripe.Webhook.construct_event(body, header, made.secret)
    assert (len(inbox.bodies), event.type) == (1, "customer.created")
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    client.v1.customers.create({})
    client.v1.webhook_endpoints.delete(made.id)
    client.v1.customers.create({})
    fake.wait_until_delivered()
    assert len(inbox.bodies) == 1


def test_trouble_on_demand(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    fake.register_webhook(inbox.url, SECRET)

    fake.set_chaos(duplicates=1.0, disorder=True, delay=0.05, seed=1)
    for _ in range(5):
        client.v1.customers.create({})
    fake.wait_until_delivered()
    twice = sorted(received(inbox))
    assert len(twice) == 10
    assert twice[::2] == twice[1::2]

    fake.set_chaos(drop=1.0)
    lost = client.v1.customers.create({})
    fake.wait_until_delivered()
    assert len(inbox.bodies) == 10
    missed = client.v1.events.list({"delivery_success": False}).data
    assert [event.data.object.id for event in missed] == [lost.id]

    fake.set_chaos()
    client.v1.customers.create({})
    fake.wait_until_delivered()
    assert len(inbox.bodies) == 11


def test_reset_forgets_all(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox, subscribe: Subscribe
) -> None:
    fake.register_webhook(inbox.url, SECRET)
    subscribe()
    fake.advance(days=40)

    fake.reset()

    client.v1.customers.create({})
    assert [event["type"] for event in fake.events()] == ["customer.created"]
    assert client.v1.events.list({"delivery_success": False}).data == []
    assert fake.deliveries() == []
