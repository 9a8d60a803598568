"""dj-stripe's rows, brought up to date with Stripe.

An answer of Stripe may be old by the time it is stored, so it is asked for again under
the lock that webhooks take too: whoever writes last has read last.
"""

from django.conf import settings
from django.db import transaction
from djstripe.models import (
    APIKey,
    Charge,
    Customer,
    Invoice,
    Price,
    Product,
    Subscription,
)
from djstripe.models.base import StripeModel

from billing.locks import hold
from billing.stripe import translated_errors


def refresh(model: type[StripeModel], key: str, *, subject: str) -> StripeModel:
    """Read the object `key` from Stripe and store it, alone with its `subject`.

    Raises:
        BillingUnavailable, BillingRefused: Stripe gave no answer, or has no such object.
        Busy: somebody else works on the same subject for long.
    """
    with transaction.atomic():
        hold(subject)
        with translated_errors():
            found = model(id=key).api_retrieve(api_key=settings.STRIPE_SECRET_KEY)
            return model.sync_from_stripe_data(
                found, api_key=settings.STRIPE_SECRET_KEY
            )


def refresh_customer(key: str) -> Customer:
    return refresh(Customer, key, subject=key)


def refresh_subscription(key: str, *, customer_id: str) -> Subscription:
    return refresh(Subscription, key, subject=customer_id)


def refresh_invoice(key: str, *, customer_id: str) -> Invoice:
    return refresh(Invoice, key, subject=customer_id)


def refresh_charge(key: str, *, customer_id: str) -> Charge:
    return refresh(Charge, key, subject=customer_id)


def refresh_product(key: str) -> Product:
    return refresh(Product, key, subject=key)


def refresh_price(key: str) -> Price:
    return refresh(Price, key, subject=key)


def drop_stale_keys() -> int:
    """How many API keys were forgotten that are not in use any more.

    dj-stripe stores each key it has seen and goes on with the oldest: after a rotation in
    the environment it would still send the old one.
    """
    deleted, _ = APIKey.objects.exclude(secret=settings.STRIPE_SECRET_KEY).delete()
    return deleted
