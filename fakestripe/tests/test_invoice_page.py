"""The page of an invoice that takes its payment, its receipt, and both as PDF."""

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import card, fetch, visit

Client = stripe.StripeClient
Subscribe = Callable[..., stripe.Subscription]
Overdue = tuple[stripe.Subscription, stripe.Invoice]


@pytest.fixture
def overdue(fake: FakeStripe, client: Client, subscribe: Subscribe) -> Overdue:
    """A renewal whose card was refused."""
    subscription = subscribe()
    fake.use_card(subscription.customer, "4000000000000341")
    fake.advance(days=31)
    return subscription, client.v1.invoices.list({"status": "open"}).data[0]


def test_invoice_and_receipt_open(client: Client, subscribe: Subscribe) -> None:
    subscribe()
    invoice = client.v1.invoices.list().data[0]
    charge = client.v1.charges.list().data[0]

    page = visit(invoice.hosted_invoice_url)
    receipt = visit(charge.receipt_url)

    assert "Paid on" in page.html
    assert "Pay this invoice" not in page.html
    assert "1 × Pro (at $15.00 / month)" in page.html
    for address in (invoice.invoice_pdf, charge.receipt_url):
        assert address in page.html
    assert "Visa •••• 4242" in receipt.html
    assert invoice.number in receipt.html
    client.v1.refunds.create({"charge": charge.id, "amount": 500})
    assert "-$5.00" in visit(charge.receipt_url).html


@pytest.mark.parametrize("ending", ["", "/pdf"])
def test_guessed_addresses_show_nothing(
    client: Client, subscribe: Subscribe, ending: str
) -> None:
    subscribe()
    invoice = client.v1.invoices.list().data[0].hosted_invoice_url
    receipt = client.v1.charges.list().data[0].receipt_url

    for url in (invoice[:-1], invoice.replace("acct_", "acct_x"), receipt[:-1]):
        assert visit(url + ending).status == HTTPStatus.NOT_FOUND


def test_open_invoice_is_paid_on_its_page(client: Client, overdue: Overdue) -> None:
    subscription, invoice = overdue
    url = invoice.hosted_invoice_url
    assert "Pay $15.00" in visit(url).html

    paid = visit(url, card("5555555555554444"))

    assert paid.location == url
    assert "Paid on" in visit(url).html
    now = client.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["default_payment_method"]}
    )
    # What has paid goes on paying.
    assert now.status == "active"
    assert now.default_payment_method.card.last4 == "4444"


def test_second_tab_does_not_pay_twice(client: Client, overdue: Overdue) -> None:
    url = overdue[1].hosted_invoice_url
    visit(url, card())

    again = visit(url, card())

    assert again.location == url
    charges = client.v1.charges.list().data
    assert [charge.paid for charge in charges] == [True, False, True]


def test_refusals_by_hand_do_not_use_up_the_retries(
    fake: FakeStripe, client: Client, overdue: Overdue
) -> None:
    subscription, before = overdue
    url = before.hosted_invoice_url

    refused = [visit(url, card("4000000000000341")) for _ in range(4)]
    refused.append(visit(url, card("4000000000000002")))
    mistyped = visit(url, card("4242", cvc=""))

    assert {page.status for page in refused} == {HTTPStatus.PAYMENT_REQUIRED}
    assert all("Your card was declined." in page.html for page in refused)
    assert mistyped.status == HTTPStatus.UNPROCESSABLE_ENTITY
    invoice = client.v1.invoices.retrieve(before.id)
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (
        1,
        before.next_payment_attempt,
    )
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.status == "past_due"
    fake.advance(days=4)
    assert client.v1.invoices.retrieve(before.id).attempt_count == 2


def test_challenge_of_the_bank_pays_the_invoice(
    client: Client, overdue: Overdue
) -> None:
    url = overdue[1].hosted_invoice_url

    asked = visit(url, card("4000 0027 6000 3184"))

    assert "/3ds/" in asked.location
    waiting = visit(url).html
    assert "Authenticate the payment" in waiting
    assert "Pay with another card" in waiting
    visit(f"{asked.location}/complete", {})
    assert client.v1.invoices.retrieve(overdue[1].id).status == "paid"


def test_pdfs_are_files_that_readers_open(
    client: Client, subscribe: Subscribe, make_price: Callable[..., stripe.Price]
) -> None:
    names = [
        f"Part {n} (with a \\ name of {'very ' * 20}many letters)" for n in range(20)
    ]
    lines = [
        {"price": make_price(100 + n, name=name).id, "quantity": 3}
        for n, name in enumerate(names)
    ]
    subscribe(line_items=lines)
    invoice = client.v1.invoices.list().data[0]
    charge = client.v1.charges.list().data[0]

    kind, body = fetch(invoice.invoice_pdf)

    assert kind == "application/pdf"
    assert body.startswith(b"%PDF-1.4")
    assert invoice.number.encode() in body
    assert b"(Amount due)" in body
    assert rb"3 \327 Part 0 \(with".replace(rb"\327", b"\xd7") in body
    check_file(body)
    assert body.count(b"/Type /Page ") > 1
    kind, body = fetch(f"{charge.receipt_url}/pdf")
    assert charge.receipt_number.encode() in body
    check_file(body)


def check_file(body: bytes) -> None:
    """The table at the end says where each object starts."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", body)[1])
    size, table = re.match(
        rb"xref\n0 (\d+)\n0000000000 65535 f \n((?:\d{10} 00000 n \n)+)trailer",
        body[start:],
    ).groups()
    offsets = [int(row[:10]) for row in table.splitlines()]
    assert len(offsets) == int(size) - 1
    for number, offset in enumerate(offsets, 1):
        assert body[offset:].startswith(b"%d 0 obj\n" % number)
    for length, content in re.findall(
        rb"<< /Length (\d+) >>\nstream\n(.*?)\nendstream", body, re.DOTALL
    ):
        assert len(content) == int(length)


def test_written_off_invoice_can_still_be_paid(
    client: Client, overdue: Overdue
) -> None:
    url = overdue[1].hosted_invoice_url
    client.v1.invoices.mark_uncollectible(overdue[1].id)
    assert "Pay $15.00" in visit(url).html

    visit(url, card())

    assert client.v1.invoices.retrieve(overdue[1].id).status == "paid"
    assert client.v1.subscriptions.retrieve(overdue[0].id).status == "active"


def test_void_invoice_asks_for_nothing(client: Client, overdue: Overdue) -> None:
    url = overdue[1].hosted_invoice_url
    client.v1.invoices.void_invoice(overdue[1].id)

    page = visit(url).html
    visit(url, card())

    assert "Void: nothing is to be paid." in page
    assert "Card number" not in page
    assert client.v1.invoices.retrieve(overdue[1].id).status == "void"
