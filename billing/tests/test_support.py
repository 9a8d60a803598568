"""The page of a customer answers support's questions, and reads them anew from Stripe."""

from http import HTTPStatus

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from djstripe.models import Customer, Event, Subscription

from accounts.deletion import delete_account
from billing import actions, stripe
from billing.entitlements import entitlement
from billing.models import Payment
from billing.tests.conftest import fail, receiving


@pytest.fixture
def ada(make_user, subscribe):
    ada = make_user("ada")
    subscribe(ada)
    return ada


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def url(name, customer):
    return reverse(f"admin:djstripe_customer_{name}", args=[customer.pk])


def test_page_tells_what_the_user_has(desk, ada):
    customer = Customer.objects.get()

    told = desk.get(url("change", customer)).content.decode()

    assert "has the plan <b>starter</b> (active" in told
    assert Subscription.objects.get().id in told
    assert Payment.objects.get().number in told
    assert "9.00 USD" in told
    assert Event.objects.get(type="invoice.paid").id in told
    assert "Resync from Stripe" in told
    assert "pay twice" not in told


def test_page_links_to_the_user_and_the_documents(desk, ada):
    payment = Payment.objects.get()

    told = desk.get(url("change", Customer.objects.get())).content.decode()

    assert reverse("admin:accounts_user_change", args=[ada.pk]) in told
    assert f'href="{payment.invoice_url}"' in told
    assert f'href="{payment.receipt_url}"' in told
    assert "dashboard.stripe.com" in told


def test_page_names_the_news_that_failed(desk, ada, fake, webhook, make_user):
    customer = Customer.objects.get()
    stripe.write_metadata(customer.id, {"note": "1"})
    (event,) = webhook.pending()
    with receiving("customer.updated", fail):
        webhook.post(event)

    told = desk.get(url("change", customer)).content.decode()
    assert "News that failed" in told
    assert "a bug" in told

    webhook.deliver()  # the next try of Stripe works

    told = desk.get(url("change", customer)).content.decode()
    assert "News that failed" not in told


def test_page_of_a_guest(desk, pay_as_guest, webhook):
    pay_as_guest("guest@example.com")
    webhook.deliver()

    told = desk.get(url("change", Customer.objects.get())).content.decode()

    assert "Nobody owns this customer" in told
    assert "9.00 USD" in told


def test_page_of_a_customer_whose_owner_is_gone(desk, ada):
    customer = Customer.objects.get()
    actions.cancel_subscription(ada)
    delete_account(ada, by=ada)

    told = desk.get(url("change", customer)).content.decode()

    assert "the account of its owner was deleted" in told
    assert "has not proved" not in told


def test_resync_brings_back_what_is_missing_and_wrong(desk, ada, staff):
    customer = Customer.objects.get()
    facts = Payment.objects.values("amount", "status", "receipt_url", "user").get()
    Payment.objects.all().delete()
    Subscription.objects.all().delete()
    assert entitlement(ada) is None

    answer = desk.post(url("resync", customer), follow=True)

    assert "This is what Stripe says now." in answer.content.decode()
    assert entitlement(ada).plan == "starter"
    now = Payment.objects.values("amount", "status", "receipt_url", "user").get()
    assert now == facts
    assert LogEntry.objects.get(user=staff).object_id == str(customer.pk)


def test_stripe_down_is_said(desk, ada, stripe_down):
    answer = desk.post(url("resync", Customer.objects.get()), follow=True)

    assert "not available right now" in answer.content.decode()
    assert not LogEntry.objects.exists()


def test_resync_needs_the_right_and_a_post(client, make_user, ada):
    customer = Customer.objects.get()
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    client.force_login(clerk)

    page = client.get(url("change", customer)).content.decode()
    assert "has the plan" in page
    assert "Resync from Stripe" not in page
    answer = client.post(url("resync", customer))
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert client.get(url("resync", customer)).status_code == (
        HTTPStatus.METHOD_NOT_ALLOWED
    )
