"""POST /webhook/stripe: what is refused before it is stored, and effects exactly once."""

import json
import time
from http import HTTPStatus

import pytest
from django.conf import settings
from django.urls import resolve
from djstripe.models import (
    APIKey,
    Customer,
    Event,
    Subscription,
    WebhookEndpoint,
    WebhookEventTrigger,
)

from billing import actions, stripe
from billing.entitlements import entitlement
from billing.models import Payment
from billing.tests.conftest import at_once, fail, receiving, session_of
from fakestripe.webhooks import signature as signing

SECRET = settings.STRIPE_WEBHOOK_SECRETS[0]


@pytest.fixture
def event(webhook, prices):
    """A genuine event that was not delivered yet."""
    return webhook.pending()[0]


def code(response):
    return response.json()["errors"][0]["code"]


def assert_nothing_stored():
    assert not WebhookEventTrigger.objects.exists()
    assert not Event.objects.exists()


def test_sc_110_signature_missing_wrong_or_old_stores_nothing(webhook, fake, event):
    body, good = fake.signed(event, SECRET)
    _, old = fake.signed(event, SECRET, at=int(time.time()) - 301)
    _, early = fake.signed(event, SECRET, at=int(time.time()) + 400)
    _, foreign = fake.signed(event, "whsec_of_somebody_else")
    other_body = body.replace(event["id"], "evt_other")

    for sent, signature in [
        (body, None),
        (body, ""),
        (body, foreign),
        (body, old),
        (body, early),
        (other_body, good),
        (body, "t=1,v1="),
        (body, "t=a,v1=b"),
        (body, "junk"),
        (body, "t=\u00e9,v1=\u00e9"),
        (body, f"t={'9' * 400},v1=00"),
        (body, good.replace("v1=", "v0=")),
    ]:
        response = webhook.send(sent, signature)
        assert response.status_code == HTTPStatus.BAD_REQUEST, signature
        assert code(response) == "invalid_signature"

    assert_nothing_stored()
    assert webhook.send(body, good).status_code == HTTPStatus.OK


def test_sc_110_secret_in_a_header_is_ignored(webhook, fake, event, settings):
    settings.DEBUG = True
    body, signature = fake.signed(event, "whsec_chosen_by_sender")

    response = webhook.send(
        body, signature, **{"X-Djstripe-Webhook-Secret": "whsec_chosen_by_sender"}
    )

    assert code(response) == "invalid_signature"
    assert_nothing_stored()


@pytest.mark.parametrize(
    "path",
    [
        "/webhook/stripe/",
        "/webhook/stripe/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        "/stripe/webhook/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        "/webhook/other",
        "/webhook",
    ],
)
def test_sc_110_unknown_endpoint_takes_nothing(client, webhook, fake, event, path):
    body, signature = fake.signed(event, SECRET)

    response = client.post(
        path,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert_nothing_stored()


def test_every_secret_of_a_rolled_one_is_taken(webhook, event, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new_one", "whsec_old_one"]

    assert webhook.post(event, "whsec_old_one").status_code == HTTPStatus.OK
    assert webhook.post(event, "whsec_new_one").status_code == HTTPStatus.OK
    assert code(webhook.post(event, SECRET)) == "invalid_signature"


def test_event_of_the_other_mode_is_refused(webhook, event):
    response = webhook.post({**event, "livemode": True})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert code(response) == "wrong_mode"
    assert_nothing_stored()


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": ["evt_1"]},
        {"type": 1},
        {"data": None},
        {"data": {}},
        {"data": {"object": "cus_1"}},
        {"livemode": "false"},
        {"livemode": None},
        {"note": "a\0b"},
        {"note": "\ud800"},
        {"note": {"\0": 1}},
        {"note": float("inf")},
        {"note": float("nan")},
        {"object": "customer"},
        {"id": ""},
        {"id": "evt_" + "1" * 252},
        {"type": "t" * 251},
        {"created": None},
        {"created": "now"},
        {"created": True},
        {"created": 1.5},
        {"created": -1},
        {"created": 10**18},
        {"account": "acct_of_somebody_else"},
        {"account": {}},
        {"api_version": "v" * 65},
        {"api_version": 1},
        {"request": ["req_1"]},
        {"request": {"id": "r" * 51}},
        {"request": {"id": "req_1", "idempotency_key": [1]}},
    ],
)
def test_signed_body_that_is_no_event(webhook, event, change):
    response = webhook.post({**event, **change})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert code(response) == "malformed_event"
    assert_nothing_stored()


@pytest.mark.parametrize("body", ["", "{", "[]", "1", "null", '"evt"', "[" * 100_000])
def test_signed_body_that_is_no_json_object(webhook, body):
    response = webhook.send(body, signing.header(body, SECRET))

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert code(response) == "malformed_event"


def test_bytes_that_are_no_text(webhook):
    response = webhook.send(b"\xff\xfe\x00", "t=1,v1=00")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert_nothing_stored()


def test_body_that_is_too_large(webhook):
    response = webhook.send("x" * (settings.MAX_BODY_BYTES + 1), "t=1,v1=00")

    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert_nothing_stored()


def test_only_post(client, db):
    assert client.get("/webhook/stripe").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_headers_that_lie_are_not_stored(webhook, fake, event):
    response = webhook.send(
        *fake.signed(event, SECRET),
        **{"X-Forwarded-For": "not an address", "Authorization": "Bearer secret"},
    )

    assert response.status_code == HTTPStatus.OK
    row = WebhookEventTrigger.objects.get()
    assert row.remote_ip == "127.0.0.1"
    assert list(row.headers) == ["Stripe-Signature"]


def test_sc_112_secrets_are_not_stored_with_the_endpoint(webhook, event):
    webhook.post(event)

    assert WebhookEndpoint.objects.get().secret not in settings.STRIPE_WEBHOOK_SECRETS


def test_type_that_nobody_knows_is_kept(webhook, event):
    response = webhook.post({**event, "id": "evt_2", "type": "no.such_type"})

    assert response.status_code == HTTPStatus.OK
    assert Event.objects.get().type == "no.such_type"


def test_types_that_the_endpoint_should_not_send_are_harmless(
    make_user, webhook, fake, subscribe
):
    subscribe(make_user("ada"))

    webhook.deliver(fake.events())

    assert Event.objects.filter(type="payment_intent.succeeded").exists()


def test_sc_110_duplicate_is_harmless(make_user, webhook, fake, subscribe):
    ada = make_user("ada")
    subscribe(ada)

    def state():
        return entitlement(ada), Payment.objects.values().get(), Event.objects.count()

    before = state()
    assert before[2] == len(webhook.seen) > 0

    webhook.deliver([e for e in fake.events() if e["id"] in webhook.seen])

    assert state() == before


@pytest.mark.django_db(transaction=True)
def test_eight_duplicates_at_once_take_effect_once(make_user, webhook, fake, prices):
    ada = make_user("ada")
    url = actions.start_checkout(ada, price_id=prices.starter)
    fake.complete_checkout(session_of(url))
    runs = []
    paid = fake.events("invoice.paid")[0]

    with receiving("invoice.paid", lambda **kwargs: runs.append(1)):
        answers = at_once(lambda: webhook.post(paid).status_code)

    assert answers == [HTTPStatus.OK] * 8
    assert len(runs) == 1
    assert Payment.objects.get().amount == 900


@pytest.mark.django_db(transaction=True)
def test_sc_110_all_events_at_once_end_in_the_same_state(
    make_user, webhook, fake, prices
):
    ada = make_user("ada")
    url = actions.start_checkout(ada, price_id=prices.starter)
    fake.complete_checkout(session_of(url))
    events = webhook.pending()

    answers = at_once(lambda: webhook.post(events.pop()).status_code, len(events))

    assert set(answers) == {HTTPStatus.OK}
    assert entitlement(ada).status == "active"
    payment = Payment.objects.get()
    assert (payment.user, payment.status, payment.amount) == (ada, "paid", 900)
    assert payment.receipt_url


def test_failure_is_kept_and_the_next_try_works(make_user, webhook, fake, prices):
    ada = make_user("ada")
    url = actions.start_checkout(ada, price_id=prices.starter)
    fake.complete_checkout(session_of(url))
    paid = fake.events("invoice.paid")[0]

    with receiving("invoice.paid", fail):
        assert webhook.post(paid).status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    row = WebhookEventTrigger.objects.latest("id")
    assert (row.processed, row.exception) == (False, "a bug")
    assert not Event.objects.filter(id=paid["id"]).exists()
    assert not Payment.objects.exists()

    assert webhook.post(paid).status_code == HTTPStatus.OK
    assert Payment.objects.get().status == "paid"


def test_note_of_a_failure_outlives_atomic_requests():
    assert resolve("/webhook/stripe").func._non_atomic_requests == {"default"}


def test_stripe_down_is_said_and_the_next_try_works(webhook, event, stripe_down):
    response = webhook.post(event)

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert code(response) == "billing_unavailable"
    assert not Event.objects.exists()


def test_sc_110_old_event_does_not_bring_an_old_state_back(
    make_user, webhook, fake, subscribe
):
    ada = make_user("ada")
    subscribe(ada)
    actions.cancel_subscription(ada)
    webhook.lose()
    old = json.loads(json.dumps(fake.events("customer.subscription.created")[0]))

    webhook.deliver([{**old, "id": "evt_late"}])

    assert entitlement(ada).is_ending


def test_customer_deleted_at_stripe_ends_the_plan_and_keeps_the_payments(
    make_user, webhook, fake, subscribe
):
    ada = make_user("ada")
    subscribe(ada)
    customer = Customer.objects.get()

    stripe.client().v1.customers.delete(customer.id)
    webhook.deliver()

    assert entitlement(ada) is None
    assert Subscription.objects.get().status == "canceled"
    assert Payment.objects.get().user == ada


def test_odd_owner_in_the_metadata_of_another_system(webhook, fake, prices):
    for value in ("5", "not-a-uuid", "00000000-0000-4000-8000-000000000000"):
        stripe.create_customer({"metadata": {"saas_user": value}}, once=value)

    webhook.deliver()

    assert Customer.objects.filter(subscriber=None).count() == 3


def test_sc_112_answers_never_hold_a_key(webhook, event, stripe_down):
    told = webhook.post(event).content.decode()

    assert settings.STRIPE_SECRET_KEY not in told
    assert SECRET not in told
    assert not APIKey.objects.exclude(secret=settings.STRIPE_SECRET_KEY).exists()
