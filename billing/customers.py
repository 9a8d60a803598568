"""The customers of a user at Stripe: usually one, several after payments as a guest."""

import hashlib
import json

from django.db.models import QuerySet
from djstripe.models import Customer, Subscription

from accounts.models import User
from billing import linking, stripe
from billing.entitlements import subscription_of
from billing.mirror import refresh_customer
from billing.tasks import OWNER_KEY


def customers_of(user: User) -> QuerySet[Customer]:
    return linking.customers().filter(subscriber=user)


def ever_subscribed(user: User) -> bool:
    """Then there is no further trial."""
    return Subscription.objects.filter(customer__subscriber=user).exists()


def known_customer(user: User) -> Customer | None:
    """The one with the subscription that counts, or else the newest."""
    state = subscription_of(user)
    owned = customers_of(user)
    return owned.filter(id=state.customer_id).first() if state else owned.first()


def customer_for(user: User) -> Customer:
    """The customer that `user` pays as, made at Stripe the first time.

    Call it alone for the user (`locks.exclusive`). Made again after a failure half-way, it
    is the same one: the idempotency key comes from what is asked for.

    Raises:
        BillingUnavailable: Stripe gives no answer.
    """
    return known_customer(user) or _new_customer(user)


def _new_customer(user: User) -> Customer:
    params = {
        "email": user.email,
        **({"name": user.name} if user.name else {}),
        "metadata": {OWNER_KEY: str(user.pk)},
    }
    once = _digest(json.dumps(params, sort_keys=True))
    key = stripe.create_customer(params, once=once)
    while Customer.objects.filter(id=key, date_purged__isnull=False).exists():
        # Made and deleted within the day that Stripe remembers what was asked.
        once = _digest(f"{once} {key}")
        key = stripe.create_customer(params, once=once)
    customer = refresh_customer(key)
    linking.give(customer.id, user)
    customer.refresh_from_db()
    return customer


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
