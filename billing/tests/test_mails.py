"""Mails about money: to the owner, once for an event, and never about what is over."""

import pytest
from django.core import mail
from djstripe.models import Customer

from billing import actions, stripe
from billing.entitlements import subscription_of
from billing.tests.conftest import fail, receiving, session_of

DECLINED = "4000000000000341"


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def arrive(webhook, django_capture_on_commit_callbacks):
    """`arrive()`: the pending events, or those given, arrive and are committed."""

    def deliver(events=None):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            webhook.deliver(events)
        return [m.subject for m in mail.outbox]

    return deliver


@pytest.fixture
def declined(ada, subscribe, fake, arrive):
    """The renewal of Ada's plan was declined; the news have not arrived yet."""
    subscribe(ada)
    arrive()
    fake.use_card(Customer.objects.get().id, DECLINED)
    fake.advance(days=32)


@pytest.mark.usefixtures("declined")
def test_failed_payment_is_told_once_per_event_as_text_and_html(arrive, fake, ada):
    failures = fake.events("invoice.payment_failed")
    subjects = arrive()
    assert subjects == ["Your payment of 9.00 USD failed"] * len(failures)
    message = mail.outbox[0]
    assert message.to == [ada.email]
    assert "We will try again on" in message.body
    assert "/accounts/billing/" in message.body
    html = message.alternatives[0].content
    assert '/accounts/billing/"' in html
    assert "9.00 USD" in html

    assert arrive(failures * 3) == []


@pytest.mark.usefixtures("declined")
def test_failure_that_is_mended_meanwhile_is_not_told(arrive, fake):
    invoice = fake.events("invoice.payment_failed")[-1]["data"]["object"]
    fake.use_card(invoice["customer"], "4242424242424242")
    stripe.client().v1.invoices.pay(invoice["id"])

    assert arrive() == []


def test_decline_at_the_checkout_is_told_by_its_page(ada, arrive, subscribe, fake):
    subscribe(ada)
    arrive()
    [paid] = fake.events("invoice.paid")
    first = paid["data"]["object"]
    assert first["billing_reason"] == "subscription_create"

    assert arrive([{**paid, "id": "evt_2", "type": "invoice.payment_failed"}]) == []


def test_end_of_a_trial_is_told(ada, arrive, subscribe, fake, prices):
    subscribe(ada, prices.pro)
    arrive()
    fake.advance(days=12)

    [subject] = arrive()
    assert subject.startswith("Your trial of Pro ends on ")
    assert "Then 29.00 USD will be charged" in mail.outbox[0].body
    assert mail.outbox[0].to == [ada.email]
    assert arrive(fake.events("customer.subscription.trial_will_end")) == []


def test_end_of_a_cancelled_trial_is_not_told(ada, arrive, subscribe, fake, prices):
    subscribe(ada, prices.pro)
    actions.cancel_subscription(ada)
    arrive()
    fake.advance(days=12)

    assert arrive() == []


def test_end_of_a_subscription_is_told(ada, arrive, subscribe, fake):
    subscribe(ada)
    arrive()
    stripe.client().v1.subscriptions.cancel(subscription_of(ada).subscription_id)

    assert arrive() == ["Your subscription to Starter has ended"]
    assert "Nothing more will be charged." in mail.outbox[0].body
    assert arrive(fake.events("customer.subscription.deleted")) == []


def test_receipt_only_when_the_setting_says_so(ada, arrive, subscribe, fake, settings):
    settings.BILLING_MAIL_RECEIPTS = True
    subscribe(ada)
    fake.advance(days=32)

    assert arrive() == ["Your receipt from SaaS: 9.00 USD"]
    assert fake.events("invoice.paid")[-1]["data"]["object"]["number"] in (
        mail.outbox[0].body
    )

    settings.BILLING_MAIL_RECEIPTS = False
    fake.advance(days=32)
    assert arrive() == []


def test_start_of_a_trial_has_no_receipt(
    ada, arrive, subscribe, fake, prices, settings
):
    settings.BILLING_MAIL_RECEIPTS = True
    url = actions.start_checkout(ada, price_id=prices.pro)
    fake.complete_checkout(session_of(url))

    assert arrive() == []


def test_guest_is_told_nothing(arrive, pay_as_guest, fake, settings):
    settings.BILLING_MAIL_RECEIPTS = True
    pay_as_guest("stranger@example.com")
    stripe.client().v1.subscriptions.cancel(
        fake.events("customer.subscription.created")[0]["data"]["object"]["id"]
    )

    assert arrive() == []


def test_mail_of_an_event_that_fails_is_not_sent(
    ada, arrive, subscribe, fake, webhook, django_capture_on_commit_callbacks
):
    subscribe(ada)
    arrive()
    stripe.client().v1.subscriptions.cancel(subscription_of(ada).subscription_id)
    event = fake.events("customer.subscription.deleted")[0]

    mail.outbox.clear()
    with (
        receiving(event["type"], fail),
        django_capture_on_commit_callbacks(execute=True),
    ):
        webhook.post(event)
    assert mail.outbox == []

    assert arrive() == ["Your subscription to Starter has ended"]


def test_words_of_a_plan_stay_words(ada, arrive, subscribe, fake):
    subscribe(ada)
    state = subscription_of(ada)
    stripe.client().v1.products.update(
        state.product_id, {"name": "<b>A & B</b>\r\nBcc: x@example.com"}
    )
    arrive()
    stripe.client().v1.subscriptions.cancel(state.subscription_id)

    [subject] = arrive()
    assert "\n" not in subject
    message = mail.outbox[0]
    assert "<b>A & B</b>" in message.body
    assert "<b>A" not in message.alternatives[0].content
    assert message.recipients() == [ada.email]
