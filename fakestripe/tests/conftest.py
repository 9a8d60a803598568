"""The cast: a fake, Stripe's own library talking to it, and a place for webhooks."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from fakestripe import FakeStripe

SUCCESS_URL = "https://shop.test/done?session={CHECKOUT_SESSION_ID}"


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    fake = FakeStripe(retry_delays=(0.05, 0.1, 0.2))
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def client(fake: FakeStripe) -> stripe.StripeClient:
    return connect(fake.url)


def connect(url: str, key: str = "sk_test_" + "x" * 24) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)


@pytest.fixture
def make_price(client: stripe.StripeClient) -> Callable[..., stripe.Price]:
    def make(amount: int = 1_500, interval: str = "month", **more: Any) -> stripe.Price:
        return client.v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": interval},
                "product_data": {"name": more.pop("name", "Pro")},
                **more,
            }
        )

    return make


@pytest.fixture
def price(make_price: Callable[..., stripe.Price]) -> stripe.Price:
    return make_price()


@pytest.fixture
def open_checkout(
    client: stripe.StripeClient, price: stripe.Price
) -> Callable[..., stripe.checkout.Session]:
    def open_(**more: Any) -> stripe.checkout.Session:
        return client.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "line_items": [{"price": price.id, "quantity": 1}],
                "success_url": SUCCESS_URL,
                "cancel_url": "https://shop.test/plans",
                **more,
            }
        )

    return open_


@pytest.fixture
def subscribe(
    fake: FakeStripe,
    client: stripe.StripeClient,
    open_checkout: Callable[..., stripe.checkout.Session],
) -> Callable[..., stripe.Subscription]:
    """Somebody has paid on a checkout page."""

    def subscribe_(card: str = "4242424242424242", **more: Any) -> stripe.Subscription:
        paid = fake.complete_checkout(
            open_checkout(**more).id, email="ann@example.com", card=card
        )
        return client.v1.subscriptions.retrieve(paid["subscription"])

    return subscribe_


@pytest.fixture
def portal(client: stripe.StripeClient) -> Callable[..., str]:
    """The address of a customer's billing page."""

    def open_(customer: str, **more: Any) -> str:
        return client.v1.billing_portal.sessions.create(
            {"customer": customer, "return_url": "https://shop.test/account", **more}
        ).url

    return open_


class Inbox:
    """A webhook receiver: `bodies` as they came, `answers` to give (200 when empty)."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, str]] = []
        self.answers: list[int] = []
        self.lock = threading.Lock()
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length).decode()
                with inbox.lock:
                    inbox.bodies.append((body, self.headers["Stripe-Signature"]))
                    status = inbox.answers.pop(0) if inbox.answers else 200
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhook"
        # A short interval, for closing waits for it.
        threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True
        ).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.close()
