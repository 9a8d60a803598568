"""The billing portal: what it shows, the end of a plan, another card, its own end."""

from collections.abc import Callable
from http import HTTPStatus

import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import card, visit

Subscribe = Callable[..., stripe.Subscription]
Portal = Callable[[str], str]


def test_shows_plan_card_and_invoices(subscribe: Subscribe, portal: Portal) -> None:
    subscription = subscribe()

    page = visit(portal(subscription.customer))

    assert page.status == HTTPStatus.OK
    for text in (
        "Pro",
        "$15.00 per month",
        "Visa •••• 4242",
        "ann@example.com",
        "https://shop.test/account",
        "Your plan renews on",
    ):
        assert text in page.html


def test_cancel_and_resume(
    client: stripe.StripeClient, subscribe: Subscribe, portal: Portal
) -> None:
    subscription = subscribe()
    url = portal(subscription.customer)

    asked = visit(f"{url}/cancel/{subscription.id}")
    done = visit(f"{url}/cancel/{subscription.id}", {})

    assert "stays available until" in asked.html
    assert url.endswith(done.location)
    ending = client.v1.subscriptions.retrieve(subscription.id)
    assert ending.cancel_at_period_end is True
    assert "Your plan ends on" in visit(url).html
    visit(f"{url}/keep/{subscription.id}", {})
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.cancel_at_period_end is False


def test_a_get_changes_nothing(
    client: stripe.StripeClient, subscribe: Subscribe, portal: Portal
) -> None:
    subscription = subscribe()
    url = portal(subscription.customer)

    visit(f"{url}/cancel/{subscription.id}")
    assert visit(f"{url}/keep/{subscription.id}").status == HTTPStatus.NOT_FOUND

    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.cancel_at_period_end is False


def test_somebody_elses_plan_is_not_found(
    client: stripe.StripeClient, subscribe: Subscribe, portal: Portal
) -> None:
    mine, theirs = subscribe(), subscribe()

    page = visit(f"{portal(mine.customer)}/cancel/{theirs.id}", {})

    assert page.status == HTTPStatus.NOT_FOUND
    kept = client.v1.subscriptions.retrieve(theirs.id)
    assert kept.cancel_at_period_end is False


def test_change_of_card(
    client: stripe.StripeClient, subscribe: Subscribe, portal: Portal
) -> None:
    subscription = subscribe()
    url = portal(subscription.customer)

    refused = visit(f"{url}/card", card("4000000000000002"))
    mistyped = visit(f"{url}/card", card("4242"))
    changed = visit(f"{url}/card", card("5555555555554444"))

    assert (refused.status, mistyped.status) == (402, 422)
    assert "Your card was declined." in refused.html
    assert changed.status == HTTPStatus.SEE_OTHER
    assert "Mastercard •••• 4444" in visit(url).html
    now = client.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["default_payment_method"]}
    )
    assert now.default_payment_method.card.last4 == "4444"


def test_open_invoice_can_be_paid_after_changing_the_card(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    portal: Portal,
) -> None:
    subscription = subscribe()
    fake.use_card(subscription.customer, "4000000000000341")
    fake.advance(days=31)
    url = portal(subscription.customer)
    invoice = client.v1.invoices.list({"status": "open"}).data[0]
    assert f"/pay/{invoice.id}" in visit(url).html

    visit(f"{url}/card", card())
    visit(f"{url}/pay/{invoice.id}", {})

    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert f"/pay/{invoice.id}" not in visit(url).html


def test_page_expires_after_an_hour(
    fake: FakeStripe, subscribe: Subscribe, portal: Portal
) -> None:
    url = portal(subscribe().customer)

    fake.advance(seconds=3_601)

    assert visit(url).status == HTTPStatus.GONE
    assert visit(url + "x").status == HTTPStatus.NOT_FOUND


def test_page_of_a_deleted_customer_is_gone(
    client: stripe.StripeClient, subscribe: Subscribe, portal: Portal
) -> None:
    subscription = subscribe()
    url = portal(subscription.customer)

    client.v1.customers.delete(subscription.customer)

    assert visit(url).status == HTTPStatus.GONE


def test_pages_load_nothing_from_elsewhere(
    fake: FakeStripe, subscribe: Subscribe, portal: Portal
) -> None:
    html = visit(portal(subscribe().customer)).html

    assert "<script" not in html
    for asset in ("/static/style.css", "/static/icon.svg", "/"):
        assert visit(fake.url + asset).status == HTTPStatus.OK
    assert visit(fake.url + "/static/../fake.py").status == HTTPStatus.NOT_FOUND
