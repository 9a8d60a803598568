"""The pages of billing under /accounts/billing/."""

from http import HTTPStatus

import pytest
from django.test import Client
from djstripe.models import Product

from billing import actions, stripe
from billing.entitlements import subscription_of
from billing.models import Payment

URL = "/accounts/billing/"


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def browser(client, ada):
    client.force_login(ada)
    return client


def test_plans_are_offered_to_who_has_none(browser, prices):
    told = browser.get(URL).content.decode()

    assert "Subscribe for 9.00 USD a month" in told
    assert "The first 14 days are free." in told
    assert "Nothing has been paid yet." in told
    assert "Cards, invoices" not in told


def test_no_second_trial_is_promised(browser, ada, webhook, prices, subscribe):
    subscribe(ada)
    state = subscription_of(ada)
    stripe.client().v1.subscriptions.cancel(state.subscription_id)
    webhook.deliver()

    told = browser.get(URL).content.decode()

    assert "Subscribe for 29.00 USD a month" in told
    assert "days are free" not in told


def test_no_plans_yet(browser):
    assert "no plans" in browser.get(URL).content.decode()


def test_way_to_the_page_of_stripe_and_its_portal(
    browser, ada, fake, prices, subscribe
):
    response = browser.post(f"{URL}checkout/", {"price": prices.starter})
    assert response.status_code == HTTPStatus.FOUND
    assert response.url.startswith(f"{fake.url}/c/pay/cs_")

    subscribe(ada)
    response = browser.get(URL)
    told = response.content.decode()
    assert "It is renewed on" in told
    assert "9.00 USD" in told
    assert Payment.objects.get().invoice_url in told
    form_action = response.headers["Content-Security-Policy"].split("form-action")[1]
    assert fake.url in form_action.split(";")[0]

    response = browser.post(f"{URL}portal/")
    assert response.url.startswith(fake.url)


def test_refusals_are_told_on_the_page(browser, ada, prices, subscribe):
    response = browser.post(f"{URL}checkout/", {"price": "x"}, follow=True)
    assert "This plan is not sold any more" in response.content.decode()

    response = browser.post(f"{URL}portal/", follow=True)
    assert "choose a plan first" in response.content.decode()

    subscribe(ada)
    response = browser.post(f"{URL}checkout/", {"price": prices.pro}, follow=True)
    assert "There is a subscription already" in response.content.decode()


def test_success_waits_for_the_news(browser, ada, subscribe):
    told = browser.get(f"{URL}success/").content.decode()
    assert "success/?look=2" in told
    for junk in ("15", "99", "999", "-1", "x", "\u0663", "\u00b2"):
        told = browser.get(f"{URL}success/", {"look": junk}).content.decode()
        assert "http-equiv" not in told or junk == "\u0663", junk

    subscribe(ada)
    response = browser.get(f"{URL}success/", follow=True)
    assert response.redirect_chain == [(URL, HTTPStatus.FOUND)]
    assert "You are on Starter now." in response.content.decode()


def test_guest_is_thanked_and_shown_where_to_sign_up(client, db):
    assert "/accounts/signup/" in client.get(f"{URL}thanks/").content.decode()


@pytest.mark.parametrize("page", ["", "success/"])
def test_pages_need_a_login(client, db, page):
    response = client.get(URL + page)

    assert response.status_code == HTTPStatus.FOUND
    assert response.url == f"/accounts/login/?next={URL}{page}"


@pytest.mark.parametrize("page", ["checkout/", "portal/"])
def test_forms_need_post_and_a_token(ada, page):

    careful = Client(enforce_csrf_checks=True)
    careful.force_login(ada)

    assert careful.get(URL + page).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert careful.post(URL + page).status_code == HTTPStatus.FORBIDDEN


def test_name_of_a_plan_is_only_text(browser, fake, prices):

    Product.objects.update(name="<script>alert(1)</script>")

    assert "<script>alert" not in browser.get(URL).content.decode()


def test_a_cancellation_is_taken_back_on_the_page(browser, ada, subscribe):
    subscribe(ada)
    assert "Keep the plan" not in browser.get(URL).content.decode()
    actions.cancel_subscription(ada)
    assert "Keep the plan" in browser.get(URL).content.decode()

    told = browser.post(f"{URL}resume/", follow=True).content.decode()

    assert "Your plan goes on." in told
    assert "It is renewed on" in told
