"""A change of plan: seen first, then made just so."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core import signing
from django.utils import timezone
from djstripe.models import Price, Product

from billing import mirror, stripe
from billing.entitlements import subscription_of
from billing.errors import PreviewExpired
from billing.previews import LIFETIME, SALT, agreed

URL = "/payment/subscription"
PAGE = "/accounts/billing/change/"


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def api(as_user, ada):
    return as_user(ada)


@pytest.fixture
def browser(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def team(fake, prices):
    """A dearer price without a trial, 20.00 USD a month, and one by the year."""
    product = stripe.create_product({"name": "Team", "metadata": {"plan": "team"}})
    mirror.refresh_product(product)
    return {
        interval: _price(product, interval, amount)
        for interval, amount in (("month", 2000), ("year", 20000))
    }


def _price(product, interval, amount):
    params = {"product": product, "currency": "usd", "unit_amount": amount}
    key = stripe.create_price({**params, "recurring": {"interval": interval}})
    mirror.refresh_price(key)
    return key


def code(response):
    return response.json()["errors"][0]["code"]


def halfway(fake, ada):
    state = subscription_of(ada)
    length = state.current_period_end - state.current_period_start
    fake.advance(seconds=length.total_seconds() // 2)


def at_stripe(ada):
    key = subscription_of(ada).subscription_id
    return stripe.client().v1.subscriptions.retrieve(key)["items"].data[0]


def test_preview_says_what_the_next_invoice_will_be_and_changes_nothing(
    api, ada, fake, subscribe, team
):
    subscribe(ada)
    halfway(fake, ada)
    before, events = subscription_of(ada), len(fake.events())

    response = api.post(f"{URL}/preview", {"price": team["month"]})

    assert response.status_code == HTTPStatus.OK
    told = response.json()
    assert [line["amount"] for line in told["lines"]] == [-450, 1000, 2000]
    assert [line["is_proration"] for line in told["lines"]] == [True, True, False]
    assert (told["amount_due"], told["total"], told["currency"]) == (2550, 2550, "usd")
    assert told["is_due_now"] is False
    assert told["due_at"] == told["period_start"]
    assert told["due_at"] == before.current_period_end.isoformat().replace(
        "+00:00", "Z"
    )
    assert (told["plan_name"], told["quantity"]) == ("Team", 1)
    assert subscription_of(ada) == before
    assert at_stripe(ada).price.unit_amount == 900
    assert len(fake.events()) == events


def test_what_was_shown_is_what_is_charged_however_late_the_click(
    api, ada, fake, subscribe, webhook, team
):
    subscribe(ada)
    halfway(fake, ada)
    shown = api.post(f"{URL}/preview", {"price": team["month"]}).json()
    fake.advance(days=3)

    change = {"price": team["month"], "preview": shown["token"]}
    assert api.post(f"{URL}/change", change).json()["plan"]["key"] == "team"

    fake.advance(days=13)
    webhook.deliver()
    newest = api.get("/payment/payments").json()["results"][0]
    assert newest["amount"] == shown["amount_due"] == 2550


def test_another_interval_is_due_now(api, ada, fake, subscribe, webhook, team):
    subscribe(ada)
    halfway(fake, ada)

    shown = api.post(f"{URL}/preview", {"price": team["year"]}).json()
    assert (shown["is_due_now"], shown["due_at"]) == (True, None)
    assert shown["amount_due"] == 20000 - 450
    change = {"price": team["year"], "preview": shown["token"]}
    assert api.post(f"{URL}/change", change).status_code == HTTPStatus.OK

    webhook.deliver()
    newest = api.get("/payment/payments").json()["results"][0]
    assert (newest["amount"], newest["status"]) == (shown["amount_due"], "paid")


def test_change_that_cannot_be_paid_at_once_is_not_made(
    api, ada, fake, subscribe, team
):
    subscribe(ada)
    fake.use_card(subscription_of(ada).customer_id, "4000000000000341")

    response = api.post(f"{URL}/change", {"price": team["year"]})

    assert response.status_code == HTTPStatus.CONFLICT
    assert code(response) == "payment_declined"
    assert at_stripe(ada).price.unit_amount == 900
    assert subscription_of(ada).status == "active"


def test_trial_goes_on_with_another_plan(api, ada, subscribe, prices, team):
    subscribe(ada, prices.pro)

    shown = api.post(f"{URL}/preview", {"price": team["month"]}).json()

    assert (shown["is_due_now"], shown["amount_due"]) == (False, 2000)
    assert shown["due_at"] == api.get(URL).json()["trial_end"]
    change = {"price": team["month"], "preview": shown["token"]}
    assert api.post(f"{URL}/change", change).json()["status"] == "trialing"


def test_dearer_to_cheaper_leaves_credit(api, ada, fake, subscribe, prices, team):
    subscribe(ada, team["year"])
    halfway(fake, ada)

    shown = api.post(f"{URL}/preview", {"price": prices.starter}).json()

    assert shown["is_due_now"] is True
    assert shown["total"] == 900 - 10000
    assert shown["amount_due"] == 0


def test_moment_of_the_proration_is_not_for_the_client_to_choose(
    api, ada, make_user, subscribe, team
):
    subscribe(ada)
    shown = api.post(f"{URL}/preview", {"price": team["month"]}).json()
    told = signing.loads(shown["token"], salt=SALT)
    bob = make_user("bob")

    for token in (
        "junk",
        shown["token"][:-1],
        signing.dumps(told, salt="another.purpose"),
        signing.dumps({**told, "user": str(bob.pk)}, salt=SALT),
        signing.dumps({**told, "price": team["year"]}, salt=SALT),
    ):
        response = api.post(f"{URL}/change", {"price": team["month"], "preview": token})
        assert response.status_code == HTTPStatus.BAD_REQUEST
        assert code(response) == "invalid_preview"
    assert at_stripe(ada).price.unit_amount == 900
    # Nor by its name: a moment long ago would be refused by Stripe.
    chosen = {"price": team["month"], "proration_date": 1}
    assert api.post(f"{URL}/change", chosen).status_code == HTTPStatus.OK


def test_preview_ends_with_its_time_and_with_any_change(
    api, ada, subscribe, prices, team, time_machine
):
    subscribe(ada)
    shown = api.post(f"{URL}/preview", {"price": team["month"]}).json()
    change = {"price": team["month"], "preview": shown["token"]}
    api.post(f"{URL}/change", {"price": team["year"]})
    response = api.post(f"{URL}/change", change)
    assert (response.status_code, code(response)) == (409, "preview_expired")

    shown = api.post(f"{URL}/preview", {"price": team["month"]}).json()
    time_machine.move_to(timezone.now() + LIFETIME + timedelta(seconds=1))
    with pytest.raises(PreviewExpired):
        agreed(shown["token"], ada, subscription_of(ada), team["month"])


def test_each_is_limited_by_itself(api, ada, prices):
    for verb in ("preview", "change", "resume", "cancel"):
        answers = [api.post(f"{URL}/{verb}", {"price": prices.pro}) for _ in range(31)]

        assert [a.status_code for a in answers] == [409] * 30 + [429], verb
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_page_shows_the_costs_before_it_changes_the_plan(
    browser, ada, fake, subscribe, team
):
    subscribe(ada)
    halfway(fake, ada)
    overview = browser.get("/accounts/billing/").content.decode()
    assert f"{PAGE}?price={team['month']}" in overview
    assert "<td>20.00 USD a month</td>" in overview

    page = browser.get(PAGE, {"price": team["month"]})
    told = page.content.decode()
    assert "Nothing is charged now." in told
    assert "25.50 USD" in told
    assert "-4.50 USD" in told
    token = page.context["preview"].token

    form = {"price": team["month"], "preview": token}
    response = browser.post(PAGE, form, follow=True)
    assert "You are on Team now." in response.content.decode()
    assert at_stripe(ada).price.id == team["month"]


def test_page_says_what_is_charged_at_once(browser, ada, subscribe, team):
    subscribe(ada)

    told = browser.get(PAGE, {"price": team["year"]}).content.decode()

    assert "is charged now." in told
    assert "Due now" in told
    assert '<a href="/accounts/billing/" aria-current="true">' in told


def test_page_refuses_with_words(browser, ada, subscribe):
    subscribe(ada)

    for junk in ("", "x", "p" * 5000):
        for response in (
            browser.get(PAGE, {"price": junk}, follow=True),
            browser.post(PAGE, {"price": junk, "preview": junk}, follow=True),
        ):
            assert response.status_code == HTTPStatus.OK
            assert "This plan is not sold any more" in response.content.decode()


def test_ways_from_a_subscription(browser, ada, api, subscribe, prices, team):
    subscribe(ada)
    Price.objects.filter(id=team["year"]).update(currency="eur")

    told = browser.get("/accounts/billing/").content.decode()
    assert team["month"] in told
    assert team["year"] not in told, "Stripe never changes the currency"
    assert f"?price={prices.starter}" not in told, "that is the one it has"

    api.post(f"{URL}/cancel")
    assert PAGE not in browser.get("/accounts/billing/").content.decode()


def test_name_of_a_plan_is_only_text(browser, ada, subscribe, team):
    subscribe(ada)
    Product.objects.update(name="<script>alert(1)</script>")

    told = browser.get(PAGE, {"price": team["month"]}).content.decode()

    assert "<script>alert" not in told


def test_one_that_ends_goes_on_before_it_changes(api, ada, subscribe, prices, team):
    subscribe(ada)
    api.post(f"{URL}/cancel")

    for verb in ("preview", "change"):
        response = api.post(f"{URL}/{verb}", {"price": team["month"]})
        assert (response.status_code, code(response)) == (409, "not_changeable"), verb


def test_one_that_is_not_paid_is_paid_before_it_changes(
    api, ada, fake, subscribe, webhook, team
):
    subscribe(ada)
    fake.use_card(subscription_of(ada).customer_id, "4000000000000341")
    fake.advance(days=32)
    webhook.deliver()

    for verb in ("preview", "change"):
        response = api.post(f"{URL}/{verb}", {"price": team["month"]})
        assert (response.status_code, code(response)) == (409, "not_changeable"), verb


def test_the_plan_of_now_is_no_change(api, browser, ada, subscribe, prices, team):
    subscribe(ada)
    api.post(f"{URL}/change", {"price": team["month"]})

    again = api.post(f"{URL}/preview", {"price": team["month"]})
    assert (again.status_code, code(again)) == (409, "already_on_plan")
    page = browser.get(PAGE, {"price": team["month"]}, follow=True)
    assert "You are on this plan already." in page.content.decode()
    assert browser.get(PAGE).headers["Location"] == "/accounts/billing/"
