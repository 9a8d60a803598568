"""Amounts in the admin are in the units of their currency: a yen has no cents."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from djstripe.models import Customer, Invoice, Price

from billing import stripe
from billing.mirror import refresh_price
from billing.models import Payment
from billing.tests.conftest import Prices, Subscribe
from conftest import MakeUser

# 5000 yen as dj-stripe would say it, which divides each amount by 100.
WRONG = re.compile(r"[¥$]\s*(?:50\.00|5,?000\.00)|50\.00 JPY|5,?000\.00 JPY")


@pytest.fixture
def desk(
    client: Client,
    staff: object,
    make_user: MakeUser,
    subscribe: Subscribe,
    prices: Prices,
) -> Client:
    """After a payment of 5000 yen."""
    key = stripe.create_price(
        {
            "product": Price.objects.get(id=prices.starter).product_id,
            "currency": "jpy",
            "unit_amount": 5000,
            "recurring": {"interval": "month"},
        }
    )
    refresh_price(key)
    subscribe(make_user("ada"), price=key)
    client.force_login(staff)
    return client


def test_yen_are_shown_as_yen(desk: Client) -> None:
    payment, invoice = Payment.objects.get(), Invoice.objects.get()
    assert (payment.amount, payment.currency) == (5000, "jpy")
    for name, row in (
        ("billing_payment", payment),
        ("djstripe_invoice", invoice),
        ("djstripe_customer", Customer.objects.get()),
    ):
        page = desk.get(reverse(f"admin:{name}_change", args=[row.pk]))
        assert "5,000 JPY" in page.content.decode(), name
    for name in ("billing_payment", "djstripe_invoice"):
        page = desk.get(reverse(f"admin:{name}_changelist"))
        assert "5,000 JPY" in page.content.decode(), name


def test_no_page_divides_yen_by_hundred(desk: Client) -> None:
    for model in admin.site._registry:
        if model._meta.app_label not in {"djstripe", "billing"}:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("-pk").first()
        for page in (
            reverse(f"{name}_changelist"),
            reverse(f"{name}_change", args=[row.pk]),
            reverse(f"{name}_history", args=[row.pk]),
        ):
            assert not WRONG.search(desk.get(page).content.decode()), page
