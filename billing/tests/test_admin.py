"""The admin of everything registered opens, and shows no secret."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from djstripe.models import APIKey, Invoice, WebhookEndpoint, WebhookEventTrigger

from billing.models import Payment


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def story(make_user, webhook, subscribe):
    subscribe(make_user("ada"))


def pages_of(model):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_changelist") + "?q=cus_1"
    yield reverse(f"{name}_changelist") + "?q=ada%40example.com&all="
    for row in model._default_manager.order_by("pk")[:2]:
        yield reverse(f"{name}_change", args=[row.pk])
    yield reverse(f"{name}_add")


@pytest.mark.usefixtures("story")
def test_every_page_opens_and_shows_no_key(desk):
    models = list(admin.site._registry)
    assert Payment in models

    for model in models:
        for url in pages_of(model):
            response = desk.get(url)
            assert response.status_code in (200, 302, 403), url
            told = response.content.decode()
            assert settings.STRIPE_SECRET_KEY not in told, url
            assert settings.STRIPE_WEBHOOK_SECRETS[0] not in told, url
    assert desk.get("/admin/").status_code == 200


def test_tables_with_secrets_are_not_there():
    assert not admin.site.is_registered(APIKey)
    assert not admin.site.is_registered(WebhookEndpoint)


@pytest.mark.usefixtures("story")
def test_mirror_and_payments_are_read_only(desk):
    payment = Payment.objects.get()
    shown = [
        model
        for model in apps.get_app_config("djstripe").get_models()
        if admin.site.is_registered(model)
    ]
    assert len(shown) == 9

    for model in (*shown, Payment):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert desk.get(reverse(f"{name}_add")).status_code == 403
        row = model._default_manager.first()
        for verb in ("change", "delete"):
            url = reverse(f"{name}_{verb}", args=[row.pk])
            assert desk.post(url, {"post": "yes"}).status_code == 403
    payment.refresh_from_db()
    assert payment.amount == 900


@pytest.mark.usefixtures("story")
def test_support_finds_a_payment_and_a_subscription(desk):
    told = desk.get("/admin/billing/payment/?q=ada").content.decode()
    assert "9.00 USD" in told

    url = "/admin/djstripe/subscription/?status="
    assert "sub_" in desk.get(url + "active").content.decode()
    assert "0 subscriptions" in desk.get(url + "canceled").content.decode()


@pytest.mark.usefixtures("story")
def test_deliveries_do_not_show_their_signature(desk):
    row = WebhookEventTrigger.objects.first()

    url = reverse("admin:djstripe_webhookeventtrigger_change", args=[row.pk])

    assert row.headers["Stripe-Signature"] not in desk.get(url).content.decode()


@pytest.mark.usefixtures("story")
def test_an_invoice_is_named_with_its_real_amount(desk):
    invoice = Invoice.objects.get()
    total = Decimal(invoice.stripe_data["total"]) / 100
    page = reverse("admin:djstripe_invoice_change", args=[invoice.pk])

    for url in (page, reverse("admin:djstripe_invoice_history", args=[invoice.pk])):
        told = desk.get(url).content.decode()
        assert f"for {total:.2f} USD" in told, url
        assert f"for ${total * 100:,.2f}" not in told, url
    told = desk.get(reverse("admin:djstripe_invoice_changelist")).content.decode()
    assert f"{total:.2f} USD" in told
