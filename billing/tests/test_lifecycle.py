"""A subscription from its trial to its end, over HTTP both ways, with and without trouble.

The clocks of the product and of the offline Stripe move together, so what expires here
expires there. Each step looks at what the customer is told, not at our tables.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import requests
import time_machine
from django.conf import settings
from django.core import mail
from djstripe.models import Customer

from accounts.models import User
from billing.tests.conftest import fill_in
from billing.tests.test_reconcile import reconcile
from conftest import AsUser
from fakestripe import FakeStripe

DEADLINE = 30  # seconds, of the real clock
GOOD, DECLINED = "4242424242424242", "4000000000000341"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Late, twice, in any order, and a fifth of them never.
TROUBLE = {"delay": 0.2, "duplicates": 1, "drop": 0.2, "disorder": True, "seed": 7}


@dataclass
class Life:
    """Ada and her subscription, as the API shows it. `told`: subjects of mails so far."""

    site: str
    fake: FakeStripe
    user: User
    as_user: AsUser
    clock: Any
    is_reconciled: bool
    told: Counter[str] = field(default_factory=Counter)

    def call(self, method: str, path: str, **data: str) -> dict[str, Any]:
        # A new token each time: it lives for minutes, and here months go by.
        token = self.as_user(self.user).tokens["access"]
        headers = {"Authorization": f"Bearer {token}"}
        url = self.site + path
        answer = requests.request(method, url, json=data or None, headers=headers)
        assert answer.ok, answer.text
        return answer.json()

    def go_to(self, moment: datetime) -> None:
        self.clock.move_to(moment)
        self.fake.advance()
        self.arrive()

    def wait(self, span: timedelta) -> None:
        self.go_to(datetime.now(UTC) + span)

    def renew(self) -> None:
        """An hour past the end of the period."""
        end = self.call("GET", "/payment/subscription")["current_period_end"]
        self.go_to(datetime.fromisoformat(end) + HOUR)

    def arrive(self) -> None:
        """What Stripe told has arrived, or has been looked for."""
        self.fake.wait_until_delivered(DEADLINE)
        if self.is_reconciled:
            code, told = reconcile()
            assert code == 0, told
            self.fake.wait_until_delivered(DEADLINE)

    def use_card(self, number: str) -> None:
        self.fake.use_card(Customer.objects.get().id, number)
        self.arrive()

    @property
    def state(self) -> tuple[str, bool, str | None, bool]:
        """Status, access, plan, and whether it is going to end."""
        shown = self.call("GET", "/payment/subscription")
        plan = shown["plan"] and shown["plan"]["key"]
        is_ending = shown["cancel_at_period_end"]
        return shown["status"], shown["has_access"], plan, is_ending

    @property
    def payments(self) -> list[tuple[str, int]]:
        """Status and amount, the oldest first."""
        shown = self.call("GET", "/payment/payments")["results"]
        assert all(p["receipt_url"] for p in shown if p["status"] == "paid")
        return [(p["status"], p["amount"]) for p in reversed(shown)]

    def news(self) -> list[str]:
        """Subjects of the mails since the last question."""
        sent = Counter(message.subject for message in mail.outbox)
        new, self.told = sent - self.told, sent
        return sorted(new.elements())


@pytest.fixture(params=["calm", "trouble"])
def life(
    request, live_server, fake, prices, make_user, as_user, settings
) -> Iterator[Life]:
    settings.BILLING_MAIL_RECEIPTS = True
    secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    fake.register_webhook(f"{live_server.url}/webhook/stripe", secret)
    has_trouble = request.param == "trouble"
    if has_trouble:
        fake.set_chaos(**TROUBLE)
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        yield Life(live_server.url, fake, make_user("ada"), as_user, clock, has_trouble)
    fake.set_chaos()


@pytest.mark.django_db(transaction=True)
def test_from_trial_to_end(life: Life, prices):
    try_it(life, prices.pro)
    pay_for_four_months(life)
    fail_to_pay(life)
    pay_late(life)
    billed = take_a_smaller_plan(life, prices.starter)
    cancel(life, billed)
    come_back_later(life, billed)


def try_it(life: Life, price: str) -> None:
    page = life.call("POST", "/payment/checkout", price=price)["url"]
    assert fill_in(page, GOOD)[0] == HTTPStatus.SEE_OTHER
    life.arrive()
    assert life.state == ("trialing", True, "pro", False)
    assert (life.payments, life.news()) == ([], [])

    life.wait(12 * DAY)
    [subject] = life.news()
    assert subject.startswith("Your trial of Pro ends on ")


def pay_for_four_months(life: Life) -> None:
    life.wait(3 * DAY)
    assert life.state == ("active", True, "pro", False)
    for month in range(4):
        assert life.payments == [("paid", 2900)] * (month + 1)
        assert life.news() == ["Your receipt from SaaS: 29.00 USD"]
        if month < 3:
            life.renew()


def fail_to_pay(life: Life) -> None:
    life.use_card(DECLINED)
    life.renew()
    assert life.state == ("past_due", True, "pro", False)
    assert life.payments[4:] == [("open", 2900)]
    assert life.news() == ["Your payment of 29.00 USD failed"]

    life.wait(2 * DAY)
    assert life.state == ("past_due", True, "pro", False)
    assert life.news() == []
    life.wait(settings.BILLING_PAST_DUE_GRACE - 2 * DAY)
    assert life.state == ("past_due", False, "pro", False)
    assert life.news() == ["Your payment of 29.00 USD failed"]


def pay_late(life: Life) -> None:
    life.use_card(GOOD)
    life.wait(5 * DAY)
    assert life.state == ("active", True, "pro", False)
    assert life.payments == [("paid", 2900)] * 5
    assert life.news() == ["Your receipt from SaaS: 29.00 USD"]


def take_a_smaller_plan(life: Life, price: str) -> list[int]:
    """The amounts of all invoices so far."""
    life.call("POST", "/payment/subscription/change", price=price)
    life.arrive()
    assert life.state == ("active", True, "starter", False)
    life.renew()
    life.renew()
    billed = [i["amount_paid"] for i in invoices(life.fake) if i["amount_paid"]]
    assert [amount for _, amount in life.payments] == billed
    assert life.payments[-1] == ("paid", billed[-1])
    life.news()
    return billed


def cancel(life: Life, billed: list[int]) -> None:
    life.call("POST", "/payment/subscription/cancel")
    life.arrive()
    assert life.state == ("active", True, "starter", True)
    life.renew()
    assert life.state == ("none", False, None, False)
    assert [amount for _, amount in life.payments] == billed
    assert life.news() == ["Your subscription to Starter has ended"]


def come_back_later(life: Life, billed: list[int]) -> None:
    """Nothing more was taken or told, no news was refused, and nothing has drifted."""
    life.wait(40 * DAY)
    assert (len(life.payments), life.news()) == (len(billed), [])
    answers = {delivery["status"] for delivery in life.fake.deliveries()}
    assert answers == {HTTPStatus.OK}
    assert reconcile("--dry-run", "--since=30d")[0] == 0


def invoices(fake: FakeStripe) -> list[dict[str, Any]]:
    with fake.world.transaction():
        return fake.world.store.find("invoice", oldest_first=True)
