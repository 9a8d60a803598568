"""Billing against an offline Stripe over real HTTP, and webhooks as Stripe signs them."""

import atexit
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client, override_settings
from djstripe.models import Account, APIKey, Price, Product
from djstripe.signals import WEBHOOK_SIGNALS
from pytest_django import DjangoDbBlocker, Settings

from accounts.models import User
from billing import actions, demo, stripe
from billing.webhooks import EVENTS
from fakestripe import FakeStripe

Event = dict[str, Any]
Result = TypeVar("Result")


@cache
def the_only_stripe() -> FakeStripe:
    """One for the process: the tests of journeys have these fixtures, too."""
    fake = FakeStripe()
    fake.start()
    atexit.register(fake.stop)
    return fake


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[FakeStripe]:
    fake = the_only_stripe()
    with override_settings(STRIPE_API_HOST=fake.url, STRIPE_PAGE_ORIGINS=[fake.url]):
        stripe.configure()
        yield fake
    stripe.configure()


@pytest.fixture
def fake(stripe_server: FakeStripe) -> FakeStripe:
    stripe_server.reset()
    return stripe_server


@dataclass
class Webhook:
    """Posts events to /webhook/stripe as Stripe would. `seen`: the ids posted so far."""

    fake: FakeStripe
    seen: set[str] = field(default_factory=set)

    def post(self, event: Event, secret: str | None = None) -> HttpResponse:
        secret = secret or settings.STRIPE_WEBHOOK_SECRETS[0]
        return self.send(*self.fake.signed(event, secret))

    def send(
        self, body: str | bytes, signature: str | None, **more: str
    ) -> HttpResponse:
        signed = {} if signature is None else {"Stripe-Signature": signature}
        return Client(raise_request_exception=False).post(
            "/webhook/stripe",
            body,
            content_type="application/json",
            headers={**signed, **more},
        )

    def pending(self) -> list[Event]:
        """What the endpoint is subscribed to and was not posted, the oldest first."""
        return [
            event
            for event in self.fake.events()
            if event["id"] not in self.seen and event["type"] in EVENTS
        ]

    def deliver(self, events: list[Event] | None = None) -> None:
        for event in self.pending() if events is None else events:
            self.seen.add(event["id"])
            response = self.post(event)
            assert response.status_code == HTTPStatus.OK, (event["type"], response)

    def lose(self) -> None:
        """The events so far never arrive."""
        self.seen |= {event["id"] for event in self.pending()}


@pytest.fixture
def webhook(db: None, fake: FakeStripe) -> Webhook:
    return Webhook(fake)


@dataclass(frozen=True)
class Shop:
    """What `demo.seed` leaves behind, to be put where nothing is: rows of the mirror, and of
    the fake's objects, its own news among them."""

    mirrored: list[list[Model]]
    objects: list[tuple[object, ...]]

    @classmethod
    def taken(cls, fake: FakeStripe) -> "Shop":
        models = (Account, APIKey, Product, Price)
        found = "SELECT id, kind, due_at, body FROM objects ORDER BY seq"
        with fake.world.transaction():
            objects = fake.world.store.execute(found).fetchall()
        return cls([list(model.objects.order_by("pk")) for model in models], objects)

    def put(self, fake: FakeStripe) -> None:
        for rows in self.mirrored:
            type(rows[0]).objects.bulk_create(rows)
        add = "INSERT INTO objects (id, kind, due_at, body) VALUES (?, ?, ?, ?)"
        with fake.world.transaction():
            for row in self.objects:
                fake.world.store.execute(add, row)


@pytest.fixture(scope="session")
def shop(
    stripe_server: FakeStripe, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Shop:
    """Made once, by eight requests; a test that needs it puts it back in two statements."""
    stripe_server.reset()
    with django_db_blocker.unblock(), transaction.atomic():
        demo.seed(lambda line: None)
        shop = Shop.taken(stripe_server)
        transaction.set_rollback(True)
    return shop


@dataclass(frozen=True)
class Prices:
    """Ids of the prices of the plans "starter" (9.00 USD) and "pro" (29.00, 14 days free)."""

    starter: str
    pro: str


@pytest.fixture
def prices(db: None, fake: FakeStripe, shop: Shop) -> Prices:
    shop.put(fake)
    keys = dict(Price.objects.values_list("lookup_key", "id"))
    return Prices(keys["starter_monthly"], keys["pro_monthly"])


Subscribe = Callable[..., None]


@pytest.fixture
def subscribe(fake: FakeStripe, webhook: Webhook, prices: Prices) -> Subscribe:
    """`subscribe(ada)`: Ada pays for the starter plan, and the news has arrived."""

    def pay(user: User, price: str = prices.starter, **checkout: Any) -> None:
        url = actions.start_checkout(user, price_id=price)
        fake.complete_checkout(session_of(url), **checkout)
        webhook.deliver()

    return pay


PayAsGuest = Callable[[str], None]


@pytest.fixture
def pay_as_guest(fake: FakeStripe, prices: Prices) -> PayAsGuest:
    """`pay_as_guest("ada@example.com")`: paid for the starter plan; no news of it yet."""

    def pay(email: str) -> None:
        url = actions.start_guest_checkout(
            price_id=prices.starter, email=email, network="198.51.100.7"
        )
        fake.complete_checkout(session_of(url), email=email)

    return pay


@pytest.fixture
def stripe_down(fake: FakeStripe, settings: Settings) -> Iterator[None]:
    """Nobody listens where Stripe should be."""
    settings.STRIPE_API_HOST = "http://127.0.0.1:9"
    stripe.configure()
    yield
    settings.STRIPE_API_HOST = fake.url
    stripe.configure()


@contextmanager
def receiving(kind: str, receiver: Callable[..., None]) -> Iterator[None]:
    """One more receiver of the events of a type, beside ours."""
    WEBHOOK_SIGNALS[kind].connect(receiver, weak=False)
    try:
        yield
    finally:
        WEBHOOK_SIGNALS[kind].disconnect(receiver)


def fail(**kwargs: Any) -> None:
    """A receiver with a bug."""
    raise RuntimeError("a bug")


def session_of(url: str) -> str:
    """The id of the checkout session in the address of its page."""
    last = urlsplit(url).path.split("/")[-1]
    assert last.startswith("cs_"), url
    return last


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def fill_in(url: str, card: str, **more: str) -> tuple[int, str, str]:
    """Send the form of a checkout page; gives status, HTML and where it leads."""
    form = {"number": card, "expiry": "12 / 40", "cvc": "123", "name": "Ada", **more}
    try:
        response = build_opener(NoRedirect).open(url, urlencode(form).encode(), 10)
    except HTTPError as answer:
        response = answer
    with response:
        html = response.read().decode()
        return response.status, html, response.headers.get("Location", "")


def at_once(work: Callable[[], Result], times: int = 8) -> list[Result]:
    """The results of `work` done in threads that start together."""
    barrier = threading.Barrier(times)

    def start() -> Result:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return [
            future.result() for future in [pool.submit(start) for _ in range(times)]
        ]
