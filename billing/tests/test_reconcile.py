"""`manage.py reconcile_billing`: what was missed is found, told and mended."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import stripe as stripe_library
from django.core.management import CommandError, call_command
from django.utils import timezone
from djstripe.models import APIKey, Customer, Event, Price, Product, Subscription

from accounts.models import User
from billing import actions, payments, stripe
from billing.customers import OWNER_KEY, customers_of
from billing.entitlements import entitlement, subscription_of
from billing.locks import exclusive
from billing.models import Payment
from billing.reconcile.invoices import compare_invoices
from billing.reconcile.run import Run
from billing.tests.conftest import at_once, fail, receiving, session_of


@pytest.fixture
def ada(make_user):
    return make_user("ada")


def reconcile(*options: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    out = StringIO()
    try:
        call_command("reconcile_billing", *options, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_nothing_to_do(ada, webhook, subscribe):
    subscribe(ada)
    stripe.write_metadata(Customer.objects.get().id, {})

    assert reconcile("--dry-run") == (
        0,
        "0 difference(s) found, 0 repaired, 0 left\n",
    )


@pytest.mark.django_db(transaction=True)
def test_lost_events_are_replayed(ada, fake, webhook, prices, pay_as_guest):
    webhook.deliver()
    url = actions.start_checkout(ada, price_id=prices.starter)
    fake.complete_checkout(session_of(url))
    pay_as_guest("guest@example.com")
    charge = fake.events("charge.succeeded")[0]["data"]["object"]["id"]
    stripe.client().v1.refunds.create({"charge": charge, "amount": 100})
    lost = len(webhook.pending())

    code, told = reconcile("--dry-run")
    assert code == 1
    assert told.count("found: event evt_") == lost
    assert entitlement(ada) is None
    assert not Payment.objects.exists()

    code, told = reconcile()
    assert code == 0, told
    assert told.count("repaired: event evt_") == lost
    assert entitlement(ada).plan == "starter"
    mine, guests = Payment.objects.order_by("-amount_refunded")
    assert (mine.user, mine.amount_refunded) == (ada, 100)
    assert (guests.user, guests.email) == (None, "guest@example.com")

    assert reconcile() == (0, "0 difference(s) found, 0 repaired, 0 left\n")
    # And the news, should they come after all, change nothing.
    webhook.deliver()
    assert Payment.objects.count() == 2


def test_subscription_that_drifted(ada, webhook, subscribe):
    subscribe(ada)
    row = Subscription.objects.get()
    row.stripe_data["status"] = "canceled"
    row.save()
    assert entitlement(ada) is None

    code, told = reconcile("--dry-run")
    assert (code, told.splitlines()[0]) == (1, f"found: subscription {row.id}")

    code, told = reconcile()
    assert (code, told.splitlines()[0]) == (0, f"repaired: subscription {row.id}")
    assert entitlement(ada).plan == "starter"


def test_subscription_that_is_missing(ada, webhook, subscribe):
    subscribe(ada)
    Subscription.objects.all().delete()

    assert reconcile()[0] == 0
    assert entitlement(ada).plan == "starter"


def test_payments_of_an_outage_longer_than_events_are_kept(
    ada, subscribe, time_machine
):
    subscribe(ada)
    # Or the fake, whose clock moves with ours, takes the next month's money meanwhile.
    stripe.client().v1.subscriptions.cancel(Subscription.objects.get().id)
    Payment.objects.all().delete()
    time_machine.move_to(timezone.now() + timedelta(days=40))

    reconcile()
    assert not Payment.objects.exists()
    code, told = reconcile("--since=60d")

    assert code == 0, told
    assert Payment.objects.get().amount == 900


def test_payments_that_are_missing_or_wrong(ada, webhook, subscribe, fake):
    subscribe(ada)
    charge = fake.events("charge.succeeded")[0]["data"]["object"]["id"]
    stripe.client().v1.refunds.create({"charge": charge, "amount": 100})
    webhook.deliver()
    whole = Payment.objects.values(*payments.OF_INVOICE, "user").get()

    Payment.objects.all().delete()
    code, told = reconcile()
    assert code == 0, told
    payment = Payment.objects.get()
    assert Payment.objects.values(*payments.OF_INVOICE, "user").get() == whole
    assert payment.stripe_payment_intent_id.startswith("pi_")
    assert payment.amount_refunded == 100
    assert payment.receipt_url

    Payment.objects.update(amount=1, status="open", amount_refunded=0)
    assert reconcile()[0] == 0
    payment.refresh_from_db()
    assert (payment.amount, payment.status) == (900, "paid")
    assert payment.amount_refunded == 100
    assert reconcile()[0] == 0


def test_catalog_that_is_older_than_the_endpoint(db, fake, webhook, prices):
    webhook.lose()
    Product.objects.all().delete()
    Event.objects.all().delete()
    fake.advance(days=10)

    code, told = reconcile("--since", "1d")

    assert (code, Product.objects.count(), Price.objects.count()) == (0, 2, 2)


def test_customer_without_its_owner(ada, webhook, pay_as_guest):
    pay_as_guest("ada@example.com")
    webhook.deliver()
    Customer.objects.update(subscriber=None)
    Payment.objects.update(user=None)

    code, told = reconcile()

    assert "repaired: owner of customer" in told
    assert Payment.objects.get().user == ada
    assert code == 0


def test_two_subscriptions_are_left_to_a_person(ada, webhook, subscribe, prices):
    subscribe(ada)
    state = subscription_of(ada)
    method = stripe.client().v1.payment_methods.list({"customer": state.customer_id})
    stripe.client().v1.subscriptions.create(
        {
            "customer": state.customer_id,
            "items": [{"price": prices.pro}],
            "default_payment_method": method.data[0].id,
        }
    )
    webhook.deliver()

    code, told = reconcile()

    assert code == 1
    assert f"left: user {ada.pk} has 2 subscriptions" in told


def test_one_broken_object_does_not_keep_the_others(ada, fake, webhook, prices):
    url = actions.start_checkout(ada, price_id=prices.starter)
    fake.complete_checkout(session_of(url))

    with receiving("invoice.paid", fail):
        code, told = reconcile()

    assert code == 1
    assert "left: event" in told
    assert entitlement(ada).plan == "starter"
    assert reconcile()[0] == 0


def test_odd_object_at_stripe_does_not_keep_the_others(
    ada, make_user, fake, webhook, subscribe
):
    subscribe(ada)
    subscribe(make_user("bob"))
    odd, drifted = (subscription_of(u).subscription_id for u in User.objects.all())
    with fake.world.transaction():
        fake.world.get("subscription", odd)["items"]["data"].clear()
    Subscription.objects.filter(id=drifted).delete()

    code, told = reconcile()

    assert code == 1
    assert f"left: subscription {odd}: it could not be compared" in told
    assert f"repaired: subscription {drifted}" in told
    assert told.endswith("2 difference(s) found, 1 repaired, 1 left\n")


def test_refusal_of_stripe_does_not_keep_the_others(ada, webhook, subscribe):
    subscribe(ada)
    key = Payment.objects.get().stripe_invoice_id
    # Stripe answers 400 to an empty id.
    Payment.objects.create(
        stripe_invoice_id="", currency="usd", status="paid", livemode=False
    )
    Payment.objects.update(stripe_payment_intent_id="")

    code, told = reconcile()

    assert code == 1
    assert "left: payment intent of invoice : it could not be compared" in told
    assert f"repaired: payment intent of invoice {key}" in told


def test_stripe_that_goes_down_ends_the_run(ada, fake, webhook, subscribe):
    subscribe(ada)
    Event.objects.all().delete()

    def break_down(**kwargs: Any) -> None:
        raise stripe_library.APIConnectionError("no answer")

    with (
        receiving("invoice.paid", break_down),
        pytest.raises(CommandError, match="gives no answer"),
    ):
        reconcile()


def test_keys_that_are_not_in_use_are_forgotten(db, fake, webhook, prices, settings):
    old = settings.STRIPE_SECRET_KEY
    settings.STRIPE_SECRET_KEY = "sk_test_" + "n" * 24

    _, told = reconcile("--dry-run")
    assert APIKey.objects.filter(secret=old).exists()
    _, told = reconcile()

    assert "forgot 1 API key(s)" in told
    assert not APIKey.objects.filter(secret=old).exists()


def test_stripe_down(db, stripe_down):
    with pytest.raises(CommandError, match="gives no answer"):
        reconcile()


@pytest.mark.parametrize(
    "span", ["", "3", "3w", "-1d", "731d", "\u0663d", "9999999999d"]
)
def test_odd_spans(db, span):
    with pytest.raises(CommandError):
        reconcile(f"--since={span}")


@pytest.mark.django_db(transaction=True)
def test_second_run_at_the_same_time_does_nothing(fake):
    with exclusive("reconcile"):
        [result] = at_once(lambda: pytest.raises(CommandError, reconcile), 1)

    assert "Another run" in str(result.value)


def test_who_is_named_has_the_plan_after_a_restored_backup(
    ada, webhook, subscribe, make_user
):
    """Of the mirror nothing is left; an address proves nothing, for it is another one."""
    subscribe(ada)
    customer = Customer.objects.get().id
    stripe.client().v1.customers.update(
        customer, {"email": "", "metadata": {OWNER_KEY: str(ada.pk)}}
    )
    webhook.lose()
    for model in (Payment, Subscription, Customer):
        model.objects.all().delete()

    reconcile("--since", "1m")
    status, told = reconcile("--since", "1m")

    assert entitlement(ada).plan == "starter", told
    assert reconcile("--since", "1m")[1].startswith("0 difference"), told


def test_what_was_listed_is_not_written_over_newer_news(
    make_user, fake, webhook, prices, subscribe
):
    """Two invoices are open; while the first is mended, the other one is paid."""
    users = [make_user(name) for name in ("ada", "bob")]
    for user in users:
        subscribe(user)
        fake.use_card(customers_of(user).get().id, "4000000000000341")
    fake.advance(days=31, seconds=7200)
    webhook.lose()
    first, other = [i for i in stripe.invoices(0) if i.status == "open"]

    def say(line: str) -> None:
        if first.id in line:
            fake.use_card(other.customer, "4242424242424242")
            stripe.client().v1.invoices.pay(other.id)
            webhook.deliver()

    since = timezone.now() - timedelta(days=1)
    compare_invoices(Run(since, dry_run=False, say=say))

    payment = Payment.objects.get(stripe_invoice_id=other.id)
    assert (payment.status, payment.paid_at is None) == ("paid", False)


def test_an_invoice_that_ended_with_nothing_to_pay(ada, fake, webhook, subscribe):
    subscribe(ada)
    fake.use_card(customers_of(ada).get().id, "4000000000000341")
    fake.advance(days=31, seconds=7200)
    webhook.deliver()
    payment = Payment.objects.get(status="open")
    with fake.world.transaction():
        invoice = fake.world.get("invoice", payment.stripe_invoice_id)
        invoice.update(status="paid", amount_due=0, amount_paid=0, amount_remaining=0)

    reconcile("--since", "90d")

    payment.refresh_from_db()
    assert (payment.status, payment.amount) == ("paid", 0)


def test_a_refund_that_came_back_is_mended_once(ada, fake, webhook, subscribe):
    subscribe(ada)
    charge = fake.events("charge.succeeded")[0]["data"]["object"]["id"]
    stripe.client().v1.refunds.create({"charge": charge})
    webhook.deliver()
    with fake.world.transaction():
        fake.world.get("charge", charge).update(amount_refunded=0, refunded=False)

    first, second = reconcile(), reconcile()

    assert Payment.objects.get().amount_refunded == 0
    assert "1 repaired" in first[1]
    assert "0 difference" in second[1]
