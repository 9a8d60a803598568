"""Waiting for a customer ends: with 503 for who asked, and with another try by Stripe."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from djstripe.models import Customer, Event, Subscription, WebhookEventTrigger

from billing import locks, stripe
from billing.entitlements import subscription_of
from billing.errors import Busy
from billing.locks import hold
from billing.mirror import refresh_subscription
from billing.models import Payment
from billing.tests.conftest import Webhook
from billing.tests.test_reconcile import reconcile
from dev.processes import wait_until

# Committed: the test's own transaction would keep the locks of what it does.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(locks, "WAIT_SECONDS", 0.05)


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another process that works on the same database, inside a transaction."""
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    with psycopg.connect(f"{url}/{connection.settings_dict['NAME']}") as process:
        yield process


@pytest.fixture
def ada(make_user, subscribe):
    ada = make_user("ada")
    subscribe(ada)
    return ada


@pytest.fixture
def busy(ada, other) -> Iterator[str]:
    """Ada's customer, which another process works on."""
    key = Customer.objects.get().id
    other.execute(
        f"SELECT pg_advisory_xact_lock({locks.KEY})", [f"billing:{key}"]
    ).fetchone()
    return key


def test_reading_anew_gives_up_and_works_later(ada, busy, other):
    key = subscription_of(ada).subscription_id
    with pytest.raises(Busy):
        refresh_subscription(key, customer_id=busy)

    other.rollback()

    assert refresh_subscription(key, customer_id=busy).id == key


def test_who_asked_is_told_to_try_again(ada, busy, as_user):
    client = as_user(ada)
    client.raise_request_exception = False

    answer = client.post("/payment/subscription/cancel")

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["errors"][0]["code"] == "billing_unavailable"
    assert int(answer["Retry-After"]) > 0


def test_webhook_gives_up_and_the_next_try_works(ada, busy, other, webhook):
    stripe.update_subscription(
        subscription_of(ada).subscription_id, {"cancel_at_period_end": True}
    )
    [event] = webhook.pending()

    assert webhook.post(event).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert not Event.objects.filter(id=event["id"]).exists()
    assert not WebhookEventTrigger.objects.latest("id").processed

    other.rollback()

    assert webhook.post(event).status_code == HTTPStatus.OK
    assert subscription_of(ada).is_ending


def test_a_slow_answer_does_not_bring_an_old_state_back(
    ada, fake, webhook, monkeypatch
):
    """It was read before the news that a second delivery brings, and arrives after it."""
    monkeypatch.setattr(locks, "WAIT_SECONDS", 30)
    key = subscription_of(ada).subscription_id
    stripe.update_subscription(key, {"metadata": {"note": "1"}})
    [old] = webhook.pending()
    read, go_on = threading.Event(), threading.Event()
    router = fake._server.router
    answer = router.answer

    def slow_once(world, call):
        result = answer(world, call)
        if call.method == "GET" and call.path.endswith(key) and not read.is_set():
            read.set()
            assert go_on.wait(30)
        return result

    monkeypatch.setattr(router, "answer", slow_once)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, webhook, old)
        assert read.wait(30)
        stripe.update_subscription(key, {"cancel_at_period_end": True})
        second = pool.submit(post, webhook, webhook.pending()[-1])
        assert wait_until(lambda: second.done() or is_waiting(), 30)
        go_on.set()

        assert (first.result(), second.result()) == (HTTPStatus.OK, HTTPStatus.OK)
    assert subscription_of(ada).is_ending


def post(webhook: Webhook, event: dict[str, Any]) -> int:
    try:
        return webhook.post(event).status_code
    finally:
        connection.close()


def is_waiting() -> bool:
    """Whether somebody waits for one of our locks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
            " AND NOT granted)"
        )
        return cursor.fetchone()[0]


def test_reconciliation_leaves_it_and_goes_on(ada, busy, other, webhook):
    Subscription.objects.all().delete()
    Payment.objects.update(receipt_url="")

    code, told = reconcile()

    assert code == 1
    assert "left: subscription sub_" in told
    assert "left: charge ch_" in told
    other.rollback()
    assert reconcile()[0] == 0
    assert subscription_of(ada)


def test_rows_are_not_waited_for_any_longer(ada, other):
    other.execute("SELECT 1 FROM billing_payment FOR UPDATE").fetchone()

    @transaction.atomic
    def change() -> None:
        hold("somebody")
        Payment.objects.update(email="")

    with pytest.raises(OperationalError, match="lock timeout"):
        change()


def test_the_next_transaction_is_as_patient_as_before():
    with transaction.atomic():
        hold("somebody")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")

        assert cursor.fetchone() == ("0",)
