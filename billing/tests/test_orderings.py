"""Paid before sign-up, in every order, over real HTTP: the table of what may come when."""

from collections.abc import Callable
from itertools import permutations
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings
from django.core.cache import cache
from djstripe.models import Customer

from accounts.tests.conftest import last_code
from billing.models import Payment
from billing.tests.conftest import Prices, fill_in
from billing.webhooks import EVENTS
from conftest import PASSWORD
from fakestripe import FakeStripe

pytestmark = pytest.mark.django_db(transaction=True)

Ordering = tuple[str, ...]


def orderings(*steps: str, rules: str) -> list[Ordering]:
    """All orders of `steps` that keep the `rules`: "pay<news" is the one before the other."""
    pairs = [rule.split("<") for rule in rules.split()]
    return [
        order
        for order in permutations(steps)
        if all(order.index(a) < order.index(b) for a, b in pairs)
    ]


SAME_ADDRESS = orderings(
    "pay", "news", "register", "verify", rules="pay<news register<verify"
)
OTHER_ADDRESS = orderings(
    *("pay", "news", "register", "verify", "claim"),
    rules="pay<news register<verify verify<claim pay<claim",
)


class Guest:
    """Somebody who pays and signs up. `paid_with` may differ from `address`."""

    def __init__(
        self, url: str, fake: FakeStripe, price: str, *, paid_with: str, times: int = 1
    ) -> None:
        self.url, self.fake, self.price = url, fake, price
        self.paid_with, self.times = paid_with, times
        self.address = f"{paid_with.split('@')[0].lower()}@example.com"
        self.http, self.stripe = requests.Session(), requests.Session()
        self.tokens: list[str] = []
        self.told: set[str] = set()
        self.flow = ""

    def post(self, path: str, **data: str) -> dict[str, Any]:
        answer = self.http.post(self.url + path, json=data, timeout=10)
        assert answer.ok, (path, answer.text)
        return answer.json()

    def get(self, path: str) -> dict[str, Any]:
        answer = self.http.get(self.url + path, timeout=10)
        assert answer.ok, (path, answer.text)
        return answer.json()

    def pay(self) -> None:
        for _ in range(self.times):
            page = self.post(
                "/payment/guest_checkout", price=self.price, email=self.paid_with
            )
            back = urlsplit(fill_in(page["url"], "4242 4242 4242 4242")[2])
            (session_id,) = parse_qs(back.query)["session_id"]
            told = self.post("/payment/claim/token", session_id=session_id)
            self.tokens.append(told["token"])

    def news(self) -> None:
        """Whatever Stripe has to tell, to the endpoint."""
        for event in self.fake.events():
            if event["id"] in self.told or event["type"] not in EVENTS:
                continue
            self.told.add(event["id"])
            body, signature = self.fake.signed(
                event, settings.STRIPE_WEBHOOK_SECRETS[0]
            )
            answer = self.stripe.post(
                f"{self.url}/webhook/stripe",
                body,
                headers={
                    "Stripe-Signature": signature,
                    "Content-Type": "application/json",
                },
                timeout=10,
            )
            assert answer.ok, (event["type"], answer.text)

    def register(self) -> None:
        answer = self.post("/auth/register", email=self.address, password=PASSWORD)
        self.flow = answer["flow"]

    def verify(self) -> None:
        code = last_code(self.address)
        answer = self.post("/auth/email/verify", flow=self.flow, code=code)
        self.http.headers["Authorization"] = f"Bearer {answer['access']}"

    def claim(self) -> None:
        for token in self.tokens:
            self.post("/payment/claim", token=token)

    def go(self, order: Ordering, *, owned_after: str) -> None:
        """The steps in `order`; nothing has an owner before all of `owned_after` are done."""
        for number, step in enumerate(order):
            getattr(self, step)()
            if not set(owned_after.split()) <= set(order[: number + 1]):
                assert not Customer.objects.exclude(subscriber=None).exists(), order

    def assert_has_everything(self, order: Ordering) -> None:
        subscription = self.get("/payment/subscription")
        assert subscription["status"] == "active", order
        assert subscription["plan"]["key"] == "starter", order
        assert subscription["other_subscriptions"] == self.times - 1, order
        assert len(self.get("/payment/payments")["results"]) == self.times, order
        customers = Customer.objects.values_list("subscriber__email", flat=True)
        assert list(customers) == [self.address] * self.times, order


MakeGuest = Callable[..., Guest]


@pytest.fixture
def guest(live_server: Any, fake: FakeStripe, prices: Prices) -> MakeGuest:
    """`guest("ada@example.com")`: a new one, in an empty world."""

    def make(paid_with: str, **more: Any) -> Guest:
        cache.clear()
        Payment.objects.all().delete()
        Customer.objects.all().delete()
        guest = Guest(
            live_server.url, fake, prices.starter, paid_with=paid_with, **more
        )
        guest.told = {event["id"] for event in fake.events()}
        return guest

    return make


def test_the_tables_are_whole() -> None:
    assert (len(SAME_ADDRESS), len(OTHER_ADDRESS)) == (6, 9)


def test_same_address_in_every_order(guest: MakeGuest) -> None:
    """In other spellings, and every second one pays twice."""
    for number, order in enumerate(SAME_ADDRESS):
        ada = guest(f"Ada{number}@EXAMPLE.com", times=1 + number % 2)

        ada.go(order, owned_after="pay verify")

        ada.assert_has_everything(order)


def test_other_address_in_every_order(guest: MakeGuest) -> None:
    for number, order in enumerate(OTHER_ADDRESS):
        ada = guest(f"ada{number}@typo.example")

        ada.go(order, owned_after="pay verify claim")

        ada.assert_has_everything(order)
