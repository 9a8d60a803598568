"""A checkout, from the session to the paid subscription, on the page a customer sees."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import card, visit

Open = Callable[..., stripe.checkout.Session]


def test_guest_pays_and_has_an_active_subscription(
    client: stripe.StripeClient, open_checkout: Open
) -> None:
    session = open_checkout(client_reference_id="u1", metadata={"a": "b"})

    page = visit(session.url, card(email="ann@example.com"))

    assert page.status == HTTPStatus.SEE_OTHER
    assert page.location == f"https://shop.test/done?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.client_reference_id == "u1"
    assert paid.metadata.to_dict() == {"a": "b"}
    assert paid.customer_details.email == "ann@example.com"
    subscription = client.v1.subscriptions.retrieve(paid.subscription)
    assert subscription.status == "active"
    item = subscription["items"].data[0]
    assert item.current_period_end > item.current_period_start
    invoice = client.v1.invoices.retrieve(paid.invoice)
    assert (invoice.status, invoice.amount_paid) == ("paid", 1_500)
    assert invoice.parent.subscription_details.subscription == subscription.id


def test_known_customer_is_kept_and_not_asked_for_an_address(
    client: stripe.StripeClient, open_checkout: Open
) -> None:
    customer = client.v1.customers.create({"email": "ann@example.com"})
    session = open_checkout(customer=customer.id)

    assert 'name="email"' not in visit(session.url).html
    visit(session.url, card(email="other@example.com"))

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.customer == customer.id
    assert client.v1.customers.retrieve(customer.id).email == "ann@example.com"


def test_given_address_of_a_guest_cannot_be_changed_on_the_page(
    client: stripe.StripeClient, open_checkout: Open
) -> None:
    session = open_checkout(customer_email="ann@example.com")

    visit(session.url, card(email="other@example.com"))

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.customer_details.email == "ann@example.com"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("4000000000000002", "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("4000000000000069", "Your card has expired."),
        ("4000000000000127", "security code is incorrect"),
        ("4000000000000341", "Your card was declined."),
    ],
)
def test_refused_card_is_told_and_the_page_stays_usable(
    client: stripe.StripeClient, open_checkout: Open, number: str, text: str
) -> None:
    session = open_checkout()

    page = visit(session.url, card(number, email="ann@example.com"))

    assert page.status == HTTPStatus.PAYMENT_REQUIRED
    assert text.replace("'", "&#x27;") in page.html
    assert 'value="ann@example.com"' in page.html
    assert client.v1.customers.list().data == []
    again = visit(session.url, card(email="ann@example.com"))
    assert again.status == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"number": ""}, "Enter a card number."),
        ({"number": "4242"}, "Your card number is incomplete."),
        ({"number": "4242424242424241"}, "Your card number is invalid."),
        ({"number": "4539578763621486"}, "Only Stripe&#x27;s test cards work here"),
        ({"expiry": "13 / 40"}, "expiration date is invalid"),
        ({"expiry": "01 / 20"}, "expiration date is in the past"),
        ({"cvc": "12"}, "security code has 3 digits"),
        ({"number": "378282246310005"}, "security code has 4 digits"),
        ({"name": ""}, "Enter the name on the card."),
        ({"email": ""}, "Enter your email address."),
        ({"email": "ann@"}, "Your email address is incomplete."),
    ],
)
def test_mistyped_fields_are_named(
    open_checkout: Open, typed: dict[str, str], text: str
) -> None:
    session = open_checkout()

    page = visit(session.url, {**card(email="ann@example.com"), **typed})

    assert page.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert text in page.html
    assert "123" not in page.html.split('id="cvc"')[1][:80]


def test_paid_page_does_not_take_a_second_payment(
    client: stripe.StripeClient, open_checkout: Open
) -> None:
    session = open_checkout()
    visit(session.url, card(email="ann@example.com"))

    second = visit(session.url, card(email="ann@example.com"))

    assert second.status == HTTPStatus.GONE
    assert "already been paid" in second.html
    assert visit(session.url).status == HTTPStatus.GONE
    assert len(client.v1.subscriptions.list().data) == 1


def test_page_escapes_what_others_typed(
    make_price: Callable[..., stripe.Price], open_checkout: Open
) -> None:
    price = make_price(name="<script>alert(1)</script>")
    session = open_checkout(line_items=[{"price": price.id, "quantity": 2}])

    page = visit(session.url, card(email='"><script>alert(2)</script>'))

    assert "<script>" not in page.html
    assert "&lt;script&gt;alert(1)" in page.html


def test_unknown_page_is_not_found(fake: FakeStripe) -> None:
    assert visit(f"{fake.url}/c/pay/cs_test_nothing").status == HTTPStatus.NOT_FOUND


def test_expired_session_is_closed(
    fake: FakeStripe, client: stripe.StripeClient, open_checkout: Open
) -> None:
    by_hand, by_time = open_checkout(), open_checkout()

    client.v1.checkout.sessions.expire(by_hand.id)
    fake.advance(days=1, seconds=1)

    for session in (by_hand, by_time):
        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
        assert visit(session.url).status == HTTPStatus.GONE
    assert len(fake.events("checkout.session.expired")) == 2
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.v1.checkout.sessions.expire(by_hand.id)


def test_trial_takes_no_money_today_and_renews_after_it(
    fake: FakeStripe, client: stripe.StripeClient, open_checkout: Open
) -> None:
    session = open_checkout(subscription_data={"trial_period_days": 14})
    assert "Try Pro" in visit(session.url).html

    visit(session.url, card(email="ann@example.com"))

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.amount_total) == ("no_payment_required", 0)
    subscription = client.v1.subscriptions.retrieve(paid.subscription)
    assert subscription.status == "trialing"
    fake.advance(days=11, seconds=1)
    assert len(fake.events("customer.subscription.trial_will_end")) == 1
    fake.advance(days=3)
    assert client.v1.subscriptions.retrieve(paid.subscription).status == "active"
    invoices = client.v1.invoices.list({"subscription": paid.subscription}).data
    assert [invoice.amount_paid for invoice in invoices] == [1_500, 0]


def test_only_subscription_checkouts_with_sound_parameters(
    client: stripe.StripeClient, open_checkout: Open
) -> None:
    customer = client.v1.customers.create({})
    for wrong, param in (
        ({"mode": "payment"}, "mode"),
        ({"line_items": [{"price": "price_none"}]}, "line_items[0][price]"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"customer": "cus_none"}, "customer"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"customer": customer.id, "customer_email": "a@b.co"}, "customer"),
        ({"expires_at": 1}, "expires_at"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            open_checkout(**wrong)
        assert refused.value.param == param


def test_sessions_are_listed_by_customer_and_status(
    fake: FakeStripe, client: stripe.StripeClient, open_checkout: Open
) -> None:
    customer = client.v1.customers.create({"email": "ann@example.com"})
    paid = open_checkout(customer=customer.id)
    waiting = open_checkout(customer=customer.id)
    open_checkout()
    fake.complete_checkout(paid.id)

    found = client.v1.checkout.sessions.list(
        {"customer": customer.id, "status": "open"}
    )

    assert [session.id for session in found.data] == [waiting.id]
    lines = client.v1.checkout.sessions.line_items.list(waiting.id).data
    assert [(line.description, line.amount_total) for line in lines] == [("Pro", 1_500)]
