"""Coupons and promotion codes: over the API, on the checkout page, on invoices."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import card, visit
from fakestripe.tests.shapes import problems

Open = Callable[..., stripe.checkout.Session]
Subscribe = Callable[..., stripe.Subscription]
Client = stripe.StripeClient


@pytest.fixture
def make_code(client: Client) -> Callable[..., stripe.PromotionCode]:
    def make(code: str = "SAVE20", **more: Any) -> stripe.PromotionCode:
        coupon = {
            name: more.pop(name)
            for name in ("percent_off", "amount_off", "currency", "duration")
            if name in more
        }
        coupon = coupon or {"percent_off": 20, "duration": "once"}
        made = client.v1.coupons.create({"name": "Spring", **coupon})
        promotion = {"type": "coupon", "coupon": made.id}
        return client.v1.promotion_codes.create(
            {"code": code, "promotion": promotion, **more}
        )

    return make


MakeCode = Callable[..., stripe.PromotionCode]


def invoices(client: Client, subscription_id: str) -> list[stripe.Invoice]:
    return client.v1.invoices.list({"subscription": subscription_id}).data


def test_code_typed_on_the_page_lowers_the_first_invoice(
    fake: FakeStripe, client: Client, open_checkout: Open, make_code: MakeCode
) -> None:
    code = make_code()
    session = open_checkout(allow_promotion_codes=True)
    assert 'name="code"' in visit(session.url).html

    applied = visit(f"{session.url}/promotion", {"code": " save20 "})

    assert applied.status == HTTPStatus.SEE_OTHER
    page = visit(session.url).html
    assert "20% off" in page
    assert "-$3.00" in page
    assert '<dd class="due">$12.00</dd>' in page
    visit(session.url, card(email="ann@example.com"))
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["total_details.breakdown"]}
    )
    assert (paid.amount_subtotal, paid.amount_total) == (1_500, 1_200)
    assert paid.total_details.amount_discount == 300
    assert paid.total_details.breakdown.discounts[0].amount == 300
    assert paid.discounts[0].promotion_code == code.id
    assert problems(paid.to_dict()) == []
    invoice = client.v1.invoices.retrieve(paid.invoice, {"expand": ["discounts"]})
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (
        1_500,
        1_200,
        1_200,
    )
    assert invoice.total_discount_amounts[0].amount == 300
    assert invoice.discounts[0].promotion_code == code.id
    assert invoice.lines.data[0].discount_amounts[0].amount == 300
    assert problems(invoice.to_dict()) == []
    shown = visit(invoice.hosted_invoice_url).html
    assert "-$3.00" in shown
    assert client.v1.promotion_codes.retrieve(code.id).times_redeemed == 1
    fake.advance(days=31)
    assert invoices(client, paid.subscription)[0].amount_paid == 1_500
    assert len(fake.events("customer.discount.created")) == 1
    assert len(fake.events("customer.discount.deleted")) == 1


def test_wrong_code_is_told_and_a_right_one_can_be_removed(
    open_checkout: Open, make_code: MakeCode
) -> None:
    make_code()
    session = open_checkout(allow_promotion_codes=True)
    url = f"{session.url}/promotion"

    wrong = visit(url, {"code": '"><script>'})
    visit(url, {"code": "SAVE20"})
    removed = visit(url, {})

    assert wrong.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This code is invalid." in wrong.html
    assert "<script>" not in wrong.html
    assert removed.status == HTTPStatus.SEE_OTHER
    assert '<dd class="due">$15.00</dd>' in visit(session.url).html


def test_page_without_codes_takes_none(
    client: Client, open_checkout: Open, make_code: MakeCode
) -> None:
    make_code()
    session = open_checkout()

    refused = visit(f"{session.url}/promotion", {"code": "SAVE20"})

    assert refused.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'name="code"' not in visit(session.url).html
    assert client.v1.checkout.sessions.retrieve(session.id).amount_total == 1_500


def test_free_by_code_needs_no_payment_now(
    fake: FakeStripe, client: Client, open_checkout: Open, make_code: MakeCode
) -> None:
    code = make_code("FREE", percent_off=100, duration="once")
    session = open_checkout(discounts=[{"promotion_code": code.id}])

    visit(session.url, card(email="ann@example.com"))

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.amount_total, paid.payment_status) == (0, "no_payment_required")
    assert client.v1.subscriptions.retrieve(paid.subscription).status == "active"
    fake.advance(days=31)
    assert [i.amount_paid for i in invoices(client, paid.subscription)] == [1_500, 0]


def test_trial_does_not_use_up_a_discount_for_one_payment(
    fake: FakeStripe, client: Client, subscribe: Subscribe, make_code: MakeCode
) -> None:
    subscription = subscribe(
        discounts=[{"promotion_code": make_code().id}],
        subscription_data={"trial_period_days": 7},
    )

    fake.advance(days=8)
    fake.advance(days=31)

    amounts = [i.amount_paid for i in invoices(client, subscription.id)]
    assert amounts == [1_500, 1_200, 0]


def test_repeating_and_lasting_discounts(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    coupons = client.v1.coupons
    two = coupons.create(
        {
            "amount_off": 500,
            "currency": "usd",
            "duration": "repeating",
            "duration_in_months": 2,
        }
    )
    always = coupons.create({"percent_off": 12.5, "duration": "forever"})
    subscription = subscribe(discounts=[{"coupon": two.id}])
    for _ in range(3):
        fake.advance(days=31)

    changed = client.v1.subscriptions.update(
        subscription.id, {"discounts": [{"coupon": always.id}]}
    )
    coupons.delete(always.id)
    fake.advance(days=31)

    assert len(changed.discounts) == 1
    amounts = [i.amount_paid for i in invoices(client, subscription.id)]
    # An eighth of 1500 is 187.5: halves are rounded up.
    assert amounts == [1_312, 1_500, 1_500, 1_000, 1_000]
    cleared = client.v1.subscriptions.update(subscription.id, {"discounts": ""})
    assert cleared.discounts == []


def test_discounts_show_in_previews(
    client: Client, subscribe: Subscribe, make_code: MakeCode
) -> None:
    subscription, code = subscribe(), make_code()

    preview = client.v1.invoices.create_preview(
        {"subscription": subscription.id, "discounts": [{"promotion_code": code.id}]}
    )

    assert (preview.subtotal, preview.amount_due) == (1_500, 1_200)
    assert client.v1.promotion_codes.retrieve(code.id).times_redeemed == 0


def test_codes_run_out_and_expire(
    fake: FakeStripe, client: Client, open_checkout: Open, make_code: MakeCode
) -> None:
    once = make_code("ONCE", max_redemptions=1)
    short = make_code("SHORT", expires_at=fake.now() + 3_600)
    mine = make_code("MINE", customer=client.v1.customers.create({}).id)
    big = make_code(
        "BIG",
        restrictions={"minimum_amount": 2_000, "minimum_amount_currency": "usd"},
    )
    session = open_checkout(discounts=[{"promotion_code": once.id}])
    fake.complete_checkout(session.id)
    fake.advance(seconds=3_601)

    assert not client.v1.promotion_codes.retrieve(once.id).active
    assert not client.v1.promotion_codes.retrieve(short.id).active
    for code in (once, short, mine, big):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            open_checkout(discounts=[{"promotion_code": code.id}])
        assert refused.value.param == "discounts"
    page = open_checkout(allow_promotion_codes=True).url
    assert "$20.00 or more" in visit(f"{page}/promotion", {"code": "big"}).html
    assert "is invalid" in visit(f"{page}/promotion", {"code": "once"}).html


def test_first_purchase_only(
    client: Client, subscribe: Subscribe, open_checkout: Open, make_code: MakeCode
) -> None:
    code = make_code("NEW", restrictions={"first_time_transaction": True})
    given = [{"promotion_code": code.id}]
    known = subscribe().customer

    with pytest.raises(stripe.InvalidRequestError, match="first purchase"):
        open_checkout(customer=known, discounts=given)
    assert open_checkout(discounts=given).amount_total == 1_200


def test_code_that_ran_out_meanwhile_is_told_when_paying(
    fake: FakeStripe, client: Client, open_checkout: Open, make_code: MakeCode
) -> None:
    code = make_code(max_redemptions=1)
    first, second = (
        open_checkout(discounts=[{"promotion_code": code.id}]) for _ in range(2)
    )
    fake.complete_checkout(first.id)

    page = visit(second.url, card(email="bob@example.com"))

    assert page.status == HTTPStatus.BAD_REQUEST
    assert "no longer valid" in page.html
    assert len(client.v1.subscriptions.list().data) == 1


def test_coupons_and_codes_are_kept_and_listed(
    client: Client, make_code: MakeCode
) -> None:
    code = make_code()
    coupon = client.v1.coupons.list().data[0]

    client.v1.coupons.update(coupon.id, {"name": "Autumn", "metadata": {"a": "b"}})
    client.v1.promotion_codes.update(code.id, {"active": False})

    kept = client.v1.coupons.retrieve(coupon.id)
    assert (kept.name, kept.percent_off, kept.valid) == ("Autumn", 20, True)
    listed = client.v1.promotion_codes.list({"code": "save20", "active": False})
    assert [found.id for found in listed.data] == [code.id]
    assert client.v1.promotion_codes.list({"active": True}).data == []
    assert problems(kept.to_dict()) == []
    assert problems(listed.data[0].to_dict()) == []


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"duration": "once"}, "percent_off"),
        ({"percent_off": 10, "amount_off": 5, "currency": "usd"}, "percent_off"),
        ({"amount_off": 5}, "currency"),
        ({"percent_off": 101}, "percent_off"),
        ({"percent_off": "ten"}, "percent_off"),
        ({"percent_off": 5, "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": 5, "redeem_by": 1}, "redeem_by"),
    ],
)
def test_odd_coupons_are_refused(
    client: Client, wrong: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.coupons.create(wrong)
    assert refused.value.param == param


def test_odd_codes_and_choices_are_refused(
    client: Client, open_checkout: Open, make_code: MakeCode
) -> None:
    code = make_code()
    coupon = client.v1.coupons.list().data[0].id
    promotion = {"type": "coupon", "coupon": coupon}
    for wrong, param in (
        ({"promotion": {**promotion, "coupon": "none"}}, "promotion[coupon]"),
        ({"promotion": promotion, "code": "save20"}, "code"),
        ({"promotion": promotion, "code": "no spaces"}, "code"),
        ({"promotion": promotion, "expires_at": 1}, "expires_at"),
        ({"promotion": promotion, "customer": "cus_none"}, "customer"),
        (
            {"promotion": promotion, "restrictions": {"minimum_amount": 5}},
            "restrictions[minimum_amount]",
        ),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.promotion_codes.create(wrong)
        assert refused.value.param == param
    for discount in ({"coupon": "none"}, {"promotion_code": "promo_none"}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            open_checkout(discounts=[discount])
        assert refused.value.param == "discounts"
    both = {"allow_promotion_codes": True, "discounts": [{"promotion_code": code.id}]}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        open_checkout(**both)
