"""3-D Secure: cards whose bank asks the customer, at checkout, in the portal, later."""

from collections.abc import Callable
from http import HTTPStatus

import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import card, visit
from fakestripe.tests.shapes import problems

Open = Callable[..., stripe.checkout.Session]
Subscribe = Callable[..., stripe.Subscription]
Client = stripe.StripeClient
ONCE, ALWAYS = "4000002500003155", "4000002760003184"


def intent_of(client: Client, invoice_id: str) -> stripe.PaymentIntent:
    payment = client.v1.invoice_payments.list({"invoice": invoice_id}).data[0]
    return client.v1.payment_intents.retrieve(payment.payment.payment_intent)


def test_completed_challenge_pays_the_checkout(
    client: Client, open_checkout: Open
) -> None:
    session = open_checkout()

    asked = visit(session.url, card(ONCE, email="ann@example.com"))

    assert "/3ds/tds_" in asked.location
    assert "you are paying $15.00" in visit(asked.location).html
    assert client.v1.subscriptions.list().data == []
    done = visit(f"{asked.location}/complete", {})
    assert done.location == f"https://shop.test/done?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.customer_details.email == "ann@example.com"
    assert client.v1.subscriptions.retrieve(paid.subscription).status == "active"
    charge = client.v1.charges.list().data[0]
    secure = charge.payment_method_details.card.three_d_secure
    assert secure.result == "authenticated"
    assert problems(charge.to_dict()) == []
    assert visit(asked.location).status == HTTPStatus.GONE
    assert visit(f"{asked.location}/complete", {}).status == HTTPStatus.GONE


def test_failed_challenge_goes_back_to_the_checkout(
    client: Client, open_checkout: Open
) -> None:
    session = open_checkout()
    asked = visit(session.url, card(ONCE, email="ann@example.com"))

    page = visit(f"{asked.location}/fail", {})

    assert page.status == HTTPStatus.PAYMENT_REQUIRED
    assert "unable to authenticate" in page.html
    assert 'value="ann@example.com"' in page.html
    assert client.v1.customers.list().data == []
    again = visit(session.url, card(email="ann@example.com"))
    assert again.status == HTTPStatus.SEE_OTHER
    late = visit(f"{asked.location}/complete", {})
    assert late.status == HTTPStatus.GONE


def test_two_challenges_of_one_checkout_pay_once(
    client: Client, open_checkout: Open
) -> None:
    session = open_checkout()
    first, second = (
        visit(session.url, card(ONCE, email="ann@example.com")) for _ in range(2)
    )

    visit(f"{first.location}/complete", {})

    assert visit(f"{second.location}/complete", {}).status == HTTPStatus.GONE
    assert len(client.v1.subscriptions.list().data) == 1


def test_card_that_asks_once_renews_without(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe(ONCE)

    fake.advance(days=31)

    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert len(client.v1.charges.list().data) == 2


def test_card_that_always_asks_leaves_the_renewal_to_the_customer(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe(ALWAYS)
    assert subscription.status == "active"

    fake.advance(days=31)

    late = client.v1.subscriptions.retrieve(subscription.id)
    assert late.status == "past_due"
    intent = intent_of(client, late.latest_invoice)
    assert intent.status == "requires_action"
    assert problems(intent.to_dict()) == []
    for type_ in (
        "payment_intent.requires_action",
        "invoice.payment_action_required",
        "invoice.payment_failed",
    ):
        assert len(fake.events(type_)) == 1
    invoice = client.v1.invoices.retrieve(late.latest_invoice)
    assert "Authenticate the payment" in visit(invoice.hosted_invoice_url).html
    asked = intent.next_action.redirect_to_url.url

    failed = visit(f"{asked}/fail", {})

    assert failed.location == invoice.hosted_invoice_url
    intent = intent_of(client, invoice.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    portal = client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer}
    )
    asked = visit(f"{portal.url}/pay/{invoice.id}", {}).location
    visit(f"{asked}/complete", {})
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert intent_of(client, invoice.id).next_action is None


def test_new_card_in_the_portal_is_saved_after_the_challenge(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    url = client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer}
    ).url

    asked = visit(f"{url}/card", card(ONCE)).location
    assert "saving this card" in visit(asked).html
    assert "4242" in visit(url).html
    failed = visit(f"{asked}/fail", {})
    assert failed.status == HTTPStatus.PAYMENT_REQUIRED
    assert "4242" in visit(url).html
    asked = visit(f"{url}/card", card(ONCE)).location
    visit(f"{asked}/complete", {})

    assert "3155" in visit(url).html
    fake.advance(days=31)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_subscription_of_the_api_waits_incomplete(
    client: Client, price: stripe.Price
) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": customer.id}
    )

    subscription = client.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "default_payment_method": method.id,
        }
    )

    assert subscription.status == "incomplete"
    intent = intent_of(client, subscription.latest_invoice)
    visit(f"{intent.next_action.redirect_to_url.url}/complete", {})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_unknown_challenge_is_over_and_other_sites_cannot_answer(
    fake: FakeStripe, open_checkout: Open
) -> None:
    assert visit(f"{fake.url}/3ds/tds_none").status == HTTPStatus.GONE
    asked = visit(open_checkout().url, card(ONCE, email="a@example.com")).location

    refused = visit(f"{asked}/complete", {}, Origin="https://evil.test")

    assert refused.status == HTTPStatus.FORBIDDEN
    assert visit(asked).status == HTTPStatus.OK
