"""Somebody with two live subscriptions is noticed as soon as Stripe tells of the second."""

import logging

import pytest

from billing import doctor, stripe
from billing.entitlements import subscription_of
from billing.linking import link_customers

LIST = "/admin/djstripe/subscription/"


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def alarms(caplog):
    """`alarms()`: what was raised since the last time."""
    caplog.set_level(logging.ERROR, "billing.doubles")

    def read():
        told = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
        caplog.clear()
        return told

    return read


def subscribe_again(state, price, **more):
    methods = stripe.client().v1.payment_methods.list({"customer": state.customer_id})
    made = stripe.client().v1.subscriptions.create(
        {
            "customer": state.customer_id,
            "items": [{"price": price}],
            "default_payment_method": methods.data[0].id,
            **more,
        }
    )
    return made.id


def test_second_subscription_raises_an_alarm(
    ada, webhook, subscribe, prices, alarms, client, staff
):
    subscribe(ada)
    assert alarms() == []
    client.force_login(staff)
    assert "live subscriptions" not in client.get(LIST).content.decode()
    assert list(doctor.desk()) == []

    second = subscribe_again(subscription_of(ada), prices.pro)
    webhook.deliver()

    told = f"User {ada.pk} has 2 live subscriptions: cancel some"
    assert set(alarms()) == {told}
    assert told in client.get(LIST).content.decode()
    assert [f.words for f in doctor.desk()] == [f"User {ada.pk} has 2: cancel some."]

    stripe.client().v1.subscriptions.cancel(second)
    webhook.deliver()
    assert alarms() == []
    assert "live subscriptions" not in client.get(LIST).content.decode()


def test_payment_as_a_guest_beside_a_subscription_raises_an_alarm(
    make_user, webhook, subscribe, pay_as_guest, alarms
):
    bob = make_user("bob", verified=False)
    subscribe(bob)
    pay_as_guest(bob.email)
    webhook.deliver()
    assert alarms() == []

    bob.emailaddress_set.update(verified=True)
    link_customers(bob)

    assert alarms() == [f"User {bob.pk} has 2 live subscriptions: cancel some"]


def test_two_people_with_one_each_raise_none(make_user, subscribe, alarms):
    subscribe(make_user("ada"))
    subscribe(make_user("bob"))

    assert alarms() == []


def test_one_that_is_paid_at_last_raises_an_alarm(
    ada, webhook, subscribe, prices, alarms
):
    """Made while a payment was due, it was none yet."""
    subscribe(ada)
    state = subscription_of(ada)
    second = subscribe_again(state, prices.pro, payment_behavior="default_incomplete")
    webhook.deliver()
    assert alarms() == []

    subscription = stripe.client().v1.subscriptions.retrieve(second)
    stripe.client().v1.invoices.pay(subscription.latest_invoice)
    webhook.deliver()

    assert set(alarms()) == {f"User {ada.pk} has 2 live subscriptions: cancel some"}
