"""What the account makes of the last failed payment, and subscriptions that resume."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import visit

Subscribe = Callable[..., stripe.Subscription]
Client = stripe.StripeClient
GOOD, FAILING = "4242424242424242", "4000000000000341"


def after_dunning(
    fake: FakeStripe, client: Client, subscription: stripe.Subscription
) -> stripe.Subscription:
    fake.use_card(subscription.customer, FAILING)
    # A month, and the 15 days of the retries.
    fake.advance(days=31 + 16)
    return client.v1.subscriptions.retrieve(subscription.id)


def test_unpaid_keeps_drafts_until_the_latest_is_paid(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    fake.set_after_dunning("unpaid")
    subscription = after_dunning(fake, client, subscribe())
    assert subscription.status == "unpaid"
    fake.advance(days=31)

    invoices = client.v1.invoices.list({"subscription": subscription.id}).data
    assert [invoice.status for invoice in invoices] == ["draft", "open", "paid"]
    assert invoices[0].auto_advance is False
    assert client.v1.subscriptions.retrieve(subscription.id).status == "unpaid"
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoices[0].id)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "unpaid"
    fake.use_card(subscription.customer, GOOD)

    client.v1.invoices.pay(invoices[0].id)

    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert fake.events("customer.subscription.deleted") == []


def test_past_due_may_stay(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    fake.set_after_dunning("past_due")

    assert after_dunning(fake, client, subscribe()).status == "past_due"


def test_untold_it_cancels(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    assert after_dunning(fake, client, subscribe()).status == "canceled"


def test_setting_is_changed_by_control_and_dashboard(fake: FakeStripe) -> None:
    control = f"{fake.url}/_fake/account"
    assert visit(control, {"after_dunning": "past_due"}).status == HTTPStatus.OK
    for wrong in ({"after_dunning": "explode"}, {}, {"after_dunning": "1"}):
        assert visit(control, wrong).status == HTTPStatus.BAD_REQUEST

    page = visit(f"{fake.url}/dashboard").html
    assert '<option value="past_due" selected>' in page
    url = f"{fake.url}/dashboard/account"
    assert visit(url, {"after_dunning": "unpaid"}).status == HTTPStatus.SEE_OTHER
    assert visit(url, {"after_dunning": "?"}).status == 422
    page = visit(f"{fake.url}/dashboard").html
    assert '<option value="unpaid" selected>' in page


@pytest.fixture
def paused(
    fake: FakeStripe, client: Client, price: stripe.Price
) -> stripe.Subscription:
    """Its trial ended without a card."""
    end = {"end_behavior": {"missing_payment_method": "pause"}}
    subscription = client.v1.subscriptions.create(
        {
            "customer": client.v1.customers.create({}).id,
            "items": [{"price": price.id}],
            "trial_period_days": 7,
            "trial_settings": end,
        }
    )
    fake.advance(days=8)
    return client.v1.subscriptions.retrieve(subscription.id)


def test_paused_subscription_resumes_when_it_is_paid(
    fake: FakeStripe, client: Client, paused: stripe.Subscription
) -> None:
    assert paused.status == "paused"
    still = client.v1.subscriptions.resume(paused.id)
    assert still.status == "paused"
    unpaid = still.latest_invoice
    fake.use_card(paused.customer, GOOD)

    resumed = client.v1.subscriptions.resume(paused.id)

    assert resumed.status == "active"
    assert client.v1.invoices.retrieve(unpaid).status == "void"
    invoice = client.v1.invoices.retrieve(resumed.latest_invoice)
    assert (invoice.status, invoice.amount_paid) == ("paid", 1_500)
    assert resumed.billing_cycle_anchor > paused.billing_cycle_anchor
    assert len(fake.events("customer.subscription.resumed")) == 1
    fake.advance(days=31)
    assert client.v1.subscriptions.retrieve(paused.id).status == "active"
    assert len(client.v1.charges.list().data) == 2


def test_only_paused_subscriptions_resume(client: Client, subscribe: Subscribe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Only paused"):
        client.v1.subscriptions.resume(subscribe().id)
