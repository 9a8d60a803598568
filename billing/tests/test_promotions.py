"""Promotion codes: typed on Stripe's page, seen in the payments and in previews."""

from http import HTTPStatus
from urllib.request import urlopen

import pytest

from billing import actions, stripe
from billing.models import Payment
from billing.tests.conftest import fill_in, session_of


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def spring(fake):
    """SPRING takes 20 % off every invoice."""
    coupon = {"percent_off": 20, "duration": "forever", "name": "Spring"}
    made = stripe.client().v1.coupons.create(coupon)
    promotion = {"type": "coupon", "coupon": made.id}
    code = {"code": "SPRING", "promotion": promotion}
    return stripe.client().v1.promotion_codes.create(code)


def type_code(url, code):
    """Into the field of the checkout page; its status."""
    return fill_in(f"{url}/promotion", "", code=code)[0]


def test_code_lowers_the_payment_and_is_seen_there_and_in_a_preview(
    as_user, client, ada, fake, webhook, prices, spring
):
    api = as_user(ada)
    url = api.post("/payment/checkout", {"price": prices.starter}).json()["url"]
    assert type_code(url, "spring") == HTTPStatus.SEE_OTHER
    fake.complete_checkout(session_of(url))
    webhook.deliver()

    [entry] = api.get("/payment/payments").json()["results"]
    assert (entry["amount"], entry["amount_discount"]) == (720, 180)
    client.force_login(ada)
    told = client.get("/accounts/billing/").content.decode()
    assert "7.20 USD (1.80 USD off)" in told
    # What stands beside it opens: the invoice, its PDF, the receipt.
    for name in ("invoice_url", "invoice_pdf_url", "receipt_url"):
        assert entry[name] in told
        with urlopen(entry[name], timeout=10) as page:
            assert page.status == HTTPStatus.OK
            is_pdf = page.read(5) == b"%PDF-"
        assert is_pdf == (name == "invoice_pdf_url")

    path = "/payment/subscription/preview"
    shown = api.post(path, {"price": prices.pro}).json()
    assert shown["discount"] > 0
    assert shown["total"] == shown["subtotal"] - shown["discount"]
    page = client.get("/accounts/billing/change/", {"price": prices.pro})
    assert "Discount" in page.content.decode()


def test_guest_may_type_one_too(fake, webhook, prices, spring):
    url = actions.start_guest_checkout(
        price_id=prices.starter, email="a@example.com", network="198.51.100.7"
    )
    assert type_code(url, "SPRING") == HTTPStatus.SEE_OTHER
    fake.complete_checkout(session_of(url), email="a@example.com")

    webhook.deliver()

    payment = Payment.objects.get()
    assert (payment.amount, payment.amount_discount) == (720, 180)


def test_codes_can_be_switched_off(ada, prices, spring, settings):
    settings.BILLING_PROMOTION_CODES = False
    url = actions.start_checkout(ada, price_id=prices.starter)

    assert type_code(url, "SPRING") != HTTPStatus.SEE_OTHER
