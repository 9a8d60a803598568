"""Paid before sign-up: linked to the proved owner of the address, in every order."""

from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from djstripe.models import Customer

from accounts.models import User
from accounts.signals import email_verified
from billing import stripe
from billing.customers import OWNER_KEY
from billing.entitlements import entitlement
from billing.linking import link_customers
from billing.models import Payment
from billing.tests.conftest import at_once
from conftest import PASSWORD

EMAIL = "ada@example.com"


def verify(user):
    """As accounts does: the row first, then the signal."""
    EmailAddress.objects.filter(user=user).update(verified=True)
    email_verified.send(User, user=user, email=user.email)


def assert_linked(user):
    assert entitlement(user).plan == "starter"
    assert set(Customer.objects.values_list("subscriber", flat=True)) == {user.pk}
    assert set(Payment.objects.values_list("user", flat=True)) == {user.pk}


def assert_not_linked():
    assert not Customer.objects.exclude(subscriber=None).exists()
    assert not Payment.objects.exclude(user=None).exists()


def test_paid_then_signed_up_then_verified(make_user, webhook, pay_as_guest):
    pay_as_guest(EMAIL)
    webhook.deliver()
    ada = make_user("ada", verified=False)
    assert_not_linked()

    verify(ada)

    assert_linked(ada)


def test_signed_up_then_paid_then_verified(make_user, webhook, pay_as_guest):
    ada = make_user("ada", verified=False)
    pay_as_guest(EMAIL)
    webhook.deliver()
    assert_not_linked()

    verify(ada)

    assert_linked(ada)


def test_verified_then_paid_as_a_guest(make_user, webhook, pay_as_guest):
    ada = make_user("ada")
    pay_as_guest(EMAIL)

    webhook.deliver()

    assert_linked(ada)


def test_verified_between_payment_and_news(make_user, webhook, pay_as_guest):
    ada = make_user("ada", verified=False)
    pay_as_guest(EMAIL)
    verify(ada)
    assert entitlement(ada) is None

    webhook.deliver()

    assert_linked(ada)


def test_verified_in_the_middle_of_the_news(make_user, webhook, pay_as_guest):
    ada = make_user("ada", verified=False)
    pay_as_guest(EMAIL)
    events = webhook.pending()
    for event in events[: len(events) // 2]:
        webhook.deliver([event])

    verify(ada)
    webhook.deliver()

    assert_linked(ada)


def test_news_in_the_wrong_order(make_user, webhook, pay_as_guest):
    ada = make_user("ada")
    pay_as_guest(EMAIL)

    webhook.deliver(webhook.pending()[::-1])

    assert_linked(ada)


def test_never_for_an_address_that_is_not_verified(
    make_user, webhook, pay_as_guest, fake, client, django_capture_on_commit_callbacks
):
    mallory = make_user("ada", verified=False)
    pay_as_guest(EMAIL)
    webhook.deliver()

    link_customers(mallory)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/login/", {"login": mallory.email, "password": PASSWORD})
    webhook.deliver(
        [{**e, "id": e["id"] + "2"} for e in fake.events("customer.created")]
    )

    assert_not_linked()
    assert entitlement(mallory) is None


def test_login_is_a_net(
    make_user, webhook, pay_as_guest, client, django_capture_on_commit_callbacks
):
    ada = make_user("ada")
    pay_as_guest(EMAIL)
    webhook.deliver()
    Customer.objects.update(subscriber=None)
    Payment.objects.update(user=None)

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})

    assert_linked(ada)


def test_letter_case_does_not_matter_and_all_customers_are_linked(
    make_user, webhook, pay_as_guest
):
    pay_as_guest("Ada@Example.com")
    pay_as_guest("ADA@example.COM")
    webhook.deliver()

    ada = make_user("ada", verified=False)
    verify(ada)

    assert_linked(ada)
    assert Customer.objects.count() == Payment.objects.count() == 2


def test_look_alike_address_gets_nothing(make_user, webhook, pay_as_guest):
    pay_as_guest("admin@example.com")
    webhook.deliver()

    # A letter i without its dot: in upper case it is the same I.
    mallory = make_user("adm\u0131n")
    link_customers(mallory)

    assert_not_linked()


def test_owned_customer_is_never_taken(make_user, webhook, subscribe):
    ada = make_user("ada")
    subscribe(ada)
    User.objects.filter(pk=ada.pk).update(email="old@example.com")
    EmailAddress.objects.all().delete()

    bob = make_user("ada")
    assert link_customers(bob) == []

    assert_linked(ada)


@pytest.mark.django_db(transaction=True)
def test_owner_is_told_to_stripe_and_is_for_that_user_alone(
    make_user, webhook, fake, pay_as_guest
):
    pay_as_guest(EMAIL)
    webhook.deliver()
    ada = make_user("ada", verified=False)
    verify(ada)
    customer = Customer.objects.get()
    assert fake.get(customer.id)["metadata"] == {OWNER_KEY: str(ada.pk)}
    webhook.deliver()

    # Lost here, as in a database built anew: the news of the customer brings it back.
    Customer.objects.update(subscriber=None)
    Payment.objects.update(user=None)
    stripe.write_metadata(customer.id, {"note": "1"})
    webhook.deliver()
    assert_linked(ada)

    # And a later account with the same address does not inherit it.
    ada.delete()
    bob = make_user("ada")
    stripe.write_metadata(customer.id, {"note": "2"})
    webhook.deliver()
    assert link_customers(bob) == []
    assert Customer.objects.get().subscriber is None


@pytest.mark.django_db(transaction=True)
def test_link_survives_stripe_being_down(make_user, webhook, pay_as_guest, settings):
    pay_as_guest(EMAIL)
    webhook.deliver()
    ada = make_user("ada", verified=False)
    settings.STRIPE_API_HOST = "http://127.0.0.1:9"

    verify(ada)

    assert_linked(ada)


@pytest.mark.django_db(transaction=True)
def test_verification_and_news_at_once_always_link(make_user, webhook, pay_as_guest):
    ada = make_user("ada", verified=False)
    pay_as_guest(EMAIL)
    work = [lambda e=event: webhook.post(e) for event in webhook.pending()]
    work.insert(1, lambda: verify(ada))
    count = len(work)

    results = at_once(lambda: work.pop()(), count)

    assert {r.status_code for r in results if r is not None} == {HTTPStatus.OK}
    assert_linked(ada)


def test_refund_before_the_account(make_user, webhook, fake, pay_as_guest):
    pay_as_guest(EMAIL)
    charge = fake.events("charge.succeeded")[0]["data"]["object"]["id"]
    stripe.client().v1.refunds.create({"charge": charge})
    webhook.deliver()

    ada = make_user("ada", verified=False)
    verify(ada)

    payment = Payment.objects.get()
    assert payment.user == ada
    assert payment.amount_refunded == payment.amount > 0
