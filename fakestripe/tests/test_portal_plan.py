"""Another plan in the portal: chosen, shown with its prorations, confirmed."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import card, visit

Client = stripe.StripeClient
Subscribe = Callable[..., stripe.Subscription]
MakePrice = Callable[..., stripe.Price]
Portal = Callable[..., str]
BilledAtOnce = Callable[..., tuple[stripe.Subscription, str]]
HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


@pytest.fixture
def team(make_price: MakePrice) -> stripe.Price:
    return make_price(4_500, name="Team")


@pytest.fixture
def configure(client: Client) -> Callable[..., str]:
    """A configuration that allows changes of the plan as told."""

    def configure_(**update: Any) -> str:
        update = {"enabled": True, "default_allowed_updates": ["price"], **update}
        features = {"subscription_update": update}
        return client.v1.billing_portal.configurations.create({"features": features}).id

    return configure_


@pytest.fixture
def billed_at_once(
    fake: FakeStripe,
    subscribe: Subscribe,
    portal: Portal,
    configure: Callable[..., str],
) -> BilledAtOnce:
    """`billed_at_once("4242424242424242")`: a subscription, and where its plan is changed."""

    def subscribe_(card: str | None = None) -> tuple[stripe.Subscription, str]:
        subscription = subscribe()
        if card:
            fake.use_card(subscription.customer, card)
        at_once = configure(proration_behavior="always_invoice")
        home = portal(subscription.customer, configuration=at_once)
        return subscription, f"{home}/plan/{subscription.id}"

    return subscribe_


def item_of(client: Client, subscription: stripe.Subscription) -> Any:
    return client.v1.subscriptions.retrieve(subscription.id)["items"].data[0]


def confirm(url: str, price: stripe.Price, **more: str) -> Any:
    shown = visit(url, {"price": price.id, **more}).html
    return visit(f"{url}/confirm", dict(HIDDEN.findall(shown)))


def test_change_shows_its_prorations_and_costs_them(
    fake: FakeStripe,
    client: Client,
    subscribe: Subscribe,
    portal: Portal,
    team: stripe.Price,
) -> None:
    subscription = subscribe()
    fake.advance(days=10)
    home = portal(subscription.customer)
    url = f"{home}/plan/{subscription.id}"

    choices = visit(url).html
    shown = visit(url, {"price": team.id}).html

    assert "Update plan" in visit(home).html
    assert choices.index("$15.00 per month") < choices.index("$45.00 per month")
    assert "$45.00 per month instead of $15.00 per month" in shown
    for text in ("Unused time on Pro", "Remaining time on Team", "Next invoice, "):
        assert text in shown
    [due] = re.findall(r'class="total"><td>Next.*?amount">\$([\d.]+)<', shown)
    assert item_of(client, subscription).price.unit_amount == 1_500
    fake.advance(seconds=1_800)  # somebody who thinks about it
    done = visit(f"{url}/confirm", dict(HIDDEN.findall(shown)))
    assert home.endswith(done.location)
    assert item_of(client, subscription).price.id == team.id
    fake.advance(days=31)
    assert client.v1.invoices.list().data[0].total == round(float(due) * 100)


def test_change_can_be_billed_at_once(
    client: Client, team: stripe.Price, billed_at_once: BilledAtOnce
) -> None:
    subscription, url = billed_at_once()

    shown = visit(url, {"price": team.id}).html
    confirm(url, team)

    assert "Due today" in shown
    assert client.v1.invoices.list().data[0].total == 3_000
    assert item_of(client, subscription).price.id == team.id


def test_refused_payment_leaves_the_plan_as_it_was(
    client: Client, team: stripe.Price, billed_at_once: BilledAtOnce
) -> None:
    subscription, url = billed_at_once("4000000000000341")

    refused = confirm(url, team)

    assert refused.status == HTTPStatus.PAYMENT_REQUIRED
    assert "Your card was declined." in refused.html
    assert "Due today" in refused.html
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.status == "active"
    assert item_of(client, subscription).price.unit_amount == 1_500
    assert len(client.v1.invoices.list().data) == 1


def test_bank_that_asks_is_asked(
    client: Client, team: stripe.Price, billed_at_once: BilledAtOnce
) -> None:
    subscription, url = billed_at_once("4000002760003184")

    asked = confirm(url, team)
    visit(f"{asked.location}/complete", {})

    assert "/3ds/" in asked.location
    assert client.v1.invoices.list().data[0].status == "paid"
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_only_what_is_offered_can_be_chosen(
    client: Client,
    subscribe: Subscribe,
    portal: Portal,
    make_price: MakePrice,
    team: stripe.Price,
    configure: Callable[..., str],
) -> None:
    subscription = subscribe()
    secret = make_price(100, name="Friends")
    some = [{"product": team.product, "prices": [team.id]}]
    limited = portal(subscription.customer, configuration=configure(products=some))
    url = f"{limited}/plan/{subscription.id}"

    assert team.id in visit(url).html
    assert secret.id not in visit(url).html
    for form in ({"price": secret.id}, {"price": "price_none"}, {"price": ""}):
        assert visit(url, form).status == HTTPStatus.BAD_REQUEST
        sent = {**form, "at": "1", "quantity": "1"}
        assert visit(f"{url}/confirm", sent).status == HTTPStatus.BAD_REQUEST
    for odd in ({}, {"at": "soon"}, {"at": "1"}):
        sent = {"price": team.id, **odd}
        assert visit(f"{url}/confirm", sent).status == HTTPStatus.BAD_REQUEST
    # The same plan again is no change.
    same = visit(url, {"price": item_of(client, subscription).price.id})
    assert url.endswith(same.location)
    assert item_of(client, subscription).price.unit_amount == 1_500


def test_quantity_where_the_configuration_allows_it(
    client: Client,
    subscribe: Subscribe,
    portal: Portal,
    price: stripe.Price,
    configure: Callable[..., str],
) -> None:
    subscription = subscribe()
    seats = configure(default_allowed_updates=["quantity"])
    url = portal(subscription.customer, configuration=seats)
    url = f"{url}/plan/{subscription.id}"

    assert 'name="quantity"' in visit(url).html
    for odd in ("0", "many", "1000000"):
        refused = visit(url, {"price": price.id, "quantity": odd})
        assert refused.status == HTTPStatus.BAD_REQUEST
    confirm(url, price, quantity="5")

    assert item_of(client, subscription).quantity == 5


def test_plans_that_end_or_wait_are_not_changed(
    fake: FakeStripe,
    subscribe: Subscribe,
    portal: Portal,
    team: stripe.Price,
) -> None:
    subscription = subscribe()
    home = portal(subscription.customer)
    visit(f"{home}/cancel/{subscription.id}", {})

    refused = visit(f"{home}/plan/{subscription.id}", {"price": team.id})

    assert refused.status == HTTPStatus.FORBIDDEN
    assert "Update plan" not in visit(home).html
    visit(f"{home}/keep/{subscription.id}", {})
    assert "Update plan" in visit(home).html
    fake.use_card(subscription.customer, "4000000000000341")
    fake.advance(days=31)
    assert "Update plan" not in visit(portal(subscription.customer)).html


def test_paused_plan_is_resumed_after_a_card(
    client: Client, price: stripe.Price, fake: FakeStripe, portal: Portal
) -> None:
    pause = {"end_behavior": {"missing_payment_method": "pause"}}
    subscription = client.v1.subscriptions.create(
        {
            "customer": client.v1.customers.create({"email": "ann@example.com"}).id,
            "items": [{"price": price.id}],
            "trial_period_days": 3,
            "trial_settings": pause,
        }
    )
    fake.advance(days=4)
    home = portal(subscription.customer)
    resume = f"{home}/resume/{subscription.id}"

    without = visit(home).html
    visit(resume, {})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "paused"
    visit(f"{home}/card", card())
    with_card = visit(home).html
    visit(resume, {})

    assert "Add one, then resume the plan." in without
    assert "Add a card" in without
    assert "Resume the plan" not in without
    assert "Resume the plan" in with_card
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
