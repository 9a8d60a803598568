"""Real processes in production form: killed in the middle of their work, and all at once."""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import psycopg
import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult
from djstripe.models import Event, WebhookEventTrigger

from accounts.models import User
from billing import actions, stripe
from billing.actions.customer import customer_for
from billing.entitlements import entitlement
from billing.models import Payment
from billing.tests.conftest import session_of
from billing.webhooks import EVENTS
from dev.processes import wait_until
from tests.serving import SECRET, Proxy, Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]

SECONDS = 60
HANGING = 20  # seconds that an answer of Stripe takes; nobody waits for it
CUSTOMERS, COPIES = 20, 2
# Five news of each customer, twice each: 200 deliveries.
CREATED = "customer.subscription.created"
TOLD = (
    "customer.created",
    CREATED,
    "invoice.paid",
    "invoice_payment.paid",
    "charge.succeeded",
)


def database_url() -> str:
    """The database of this test, for another process."""
    return f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}"


@pytest.fixture
def server(transactional_db, fake, tmp_path, request) -> Iterator[Server]:
    """gunicorn on the database of the test; `indirect` says how many workers."""
    server = Server(
        tmp_path / "log",
        workers=request.param,
        DATABASE_URL=database_url(),
        REDIS_URL=os.environ["REDIS_URL"],
        STRIPE_API_HOST=fake.url,
        BILLING_MAIL_RECEIPTS="true",
    )
    server.start()
    yield server
    server.kill()  # or its locks would keep the tables from being emptied


@pytest.fixture
def proxy(server, fake) -> Iterator[Proxy]:
    proxy = Proxy(server)
    fake.register_webhook(f"{proxy.url}/webhook/stripe", SECRET)
    yield proxy
    proxy.stop()


def locks(kind: str, *, granted: bool) -> int:
    """How many locks of this kind processes have, or wait for, in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE datname = current_database() AND locktype = %s AND granted = %s",
            [kind, granted],
        )
        return cursor.fetchone()[0]


def mails() -> int:
    return DBTaskResult.objects.filter(task_path="accounts.emails.deliver").count()


@pytest.mark.parametrize("server", [1], indirect=True)
def test_killed_in_the_middle_of_a_webhook(server, proxy, fake, prices, make_user):
    ada = make_user("ada")
    page = actions.start_checkout(ada, price_id=prices.starter)
    fake.wait_until_delivered(SECONDS)

    # While it waits for Stripe, with the customer locked and nothing written.
    fake.set_chaos(latency=HANGING)
    fake.complete_checkout(session_of(page))
    assert wait_until(lambda: locks("advisory", granted=True) > 0, SECONDS)
    server.kill()
    assert wait_until(lambda: locks("advisory", granted=True) == 0, SECONDS)
    assert not Event.objects.filter(type__in=("invoice.paid", CREATED)).exists()
    assert not Payment.objects.exclude(status="").exists()
    assert entitlement(ada) is None
    assert WebhookEventTrigger.objects.filter(processed=False).exists()
    fake.set_chaos()
    come_back(server, fake)
    assert_all_is_there(fake, ada, months=1)

    # While it writes: its transaction has stored the invoice, and not yet the payment.
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE billing_payment IN SHARE MODE")
        fake.advance(days=32)
        assert wait_until(lambda: locks("relation", granted=False) > 0, SECONDS)
        server.kill()
    assert wait_until(lambda: locks("advisory", granted=True) == 0, SECONDS)
    assert Payment.objects.count() == 1
    come_back(server, fake)
    assert_all_is_there(fake, ada, months=2)

    # When all is written, and Stripe has not been told.
    proxy.before_answer = server.kill
    fake.advance(days=32)
    assert wait_until(lambda: server.process.poll() is not None, SECONDS)
    proxy.before_answer = None
    come_back(server, fake)
    assert_all_is_there(fake, ada, months=3)


def come_back(server: Server, fake: Any) -> None:
    server.start()
    fake.advance(seconds=3600)  # brings the retries on
    fake.wait_until_delivered(SECONDS)


def assert_all_is_there(fake: Any, user: User, *, months: int) -> None:
    """Each effect once: payments, events, and a receipt for each payment."""
    paid = Payment.objects.filter(user=user, status="paid", amount=900)
    assert paid.exclude(receipt_url="").count() == Payment.objects.count() == months
    assert mails() == months
    assert entitlement(user).status == "active"
    told = {event["id"] for event in fake.events("invoice.paid")}
    assert set(Event.objects.filter(id__in=told).values_list("id", flat=True)) == told
    failed = WebhookEventTrigger.objects.exclude(exception="")
    assert list(failed.values_list("exception", flat=True)) == []


@pytest.mark.parametrize("server", [2], indirect=True)
def test_two_hundred_deliveries_at_once(server, fake, prices, make_user):
    users = [make_user(f"user{n}") for n in range(CUSTOMERS)]
    for user in users:
        subscribe(user, prices.starter)
    owned = {customer_for(user).id for user in users}
    events = [
        e for e in fake.events() if e["type"] in TOLD and subject(e, fake) in owned
    ]
    assert len(events) == CUSTOMERS * len(TOLD)
    assert set(TOLD) <= set(EVENTS)
    random.Random(1).shuffle(events)
    # The copies side by side and Stripe slow: so they meet in the middle.
    deliveries = [event for event in events for _ in range(COPIES)]
    fake.set_chaos(latency=0.05)

    def deliver(event: dict[str, Any]) -> int:
        body, signature = fake.signed(event, SECRET)
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        return server.post("/webhook/stripe", body.encode(), headers)[0]

    with ThreadPoolExecutor(len(deliveries)) as pool:
        answers = list(pool.map(deliver, deliveries))

    assert answers == [HTTPStatus.OK] * len(deliveries), server.log.read_text()[-4000:]
    stored = Event.objects.values_list("id", flat=True)
    assert sorted(stored) == sorted(event["id"] for event in events)
    assert WebhookEventTrigger.objects.filter(processed=True).count() == len(deliveries)
    for user in users:
        [payment] = Payment.objects.filter(user=user)
        assert (payment.status, payment.amount) == ("paid", 900)
        assert payment.receipt_url
        assert entitlement(user).plan == "starter"
    assert mails() == CUSTOMERS


def subscribe(user: User, price: str) -> None:
    """At Stripe alone, without its pages."""
    customer = customer_for(user).id
    v1 = stripe.client().v1
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    v1.subscriptions.create(
        {
            "customer": customer,
            "items": [{"price": price}],
            "default_payment_method": card,
        }
    )


def subject(event: dict[str, Any], fake: Any) -> str:
    """The customer that an event is about."""
    told = event["data"]["object"]
    if told["object"] == "invoice_payment":
        return fake.get(told["invoice"])["customer"]
    return told["id"] if told["object"] == "customer" else told["customer"]
