"""Reading Stripe's objects in both shapes, and money for people."""

import pytest

from billing import shapes
from billing.money import display


def test_subscription_of_an_invoice():
    parent = {"subscription_details": {"subscription": "sub_1"}}
    assert shapes.subscription_of({"parent": parent}) == "sub_1"
    assert shapes.subscription_of({"subscription": {"id": "sub_2"}}) == "sub_2"
    assert shapes.subscription_of({"parent": None, "subscription": None}) == ""


def test_period_of_a_subscription():
    times = {"current_period_start": 1, "current_period_end": 2}
    new = {"items": {"data": [times]}}
    old = {"items": {"data": [{}]}, **times}

    assert shapes.period(new) == shapes.period(old)
    assert [moment.timestamp() for moment in shapes.period(new)] == [1, 2]


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        ({"object": "customer", "id": "cus_1"}, "cus_1"),
        ({"object": "invoice", "id": "in_1", "customer": "cus_1"}, "cus_1"),
        ({"object": "invoice", "id": "in_1", "customer": {"id": "cus_1"}}, "cus_1"),
        ({"object": "product", "id": "prod_1"}, "prod_1"),
        ({"object": "balance"}, "evt_1"),
    ],
)
def test_subject_of_an_event(data, subject):
    assert shapes.subject({"id": "evt_1", "data": {"object": data}}) == subject


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2900, "usd", "29.00 USD"),
        (123456789, "eur", "1,234,567.89 EUR"),
        (5000, "jpy", "5,000 JPY"),
        (1234, "kwd", "1.234 KWD"),
        (-50, "usd", "-0.50 USD"),
    ],
)
def test_money(amount, currency, text):
    assert display(amount, currency) == text
