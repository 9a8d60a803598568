"""The customer that somebody pays as, made at Stripe when there is none."""

import hashlib
import json

from djstripe.models import Customer

from accounts.errors import SessionExpired
from accounts.models import User
from billing import linking, stripe
from billing.customers import OWNER_KEY, known_customer
from billing.errors import Busy
from billing.mirror import refresh_customer


def customer_for(user: User) -> Customer:
    """The customer that `user` pays as, made at Stripe the first time.

    Call it alone for the user (`locks.exclusive`). Made again after a failure half-way, it
    is the same one: the idempotency key comes from what is asked for.

    Raises:
        SessionExpired: `user` was deleted meanwhile.
        BillingUnavailable: Stripe gives no answer.
        Busy: staff give the new one to somebody else at this moment.
    """
    return known_customer(user) or _new_customer(user)


def _new_customer(user: User) -> Customer:
    if not User.objects.filter(pk=user.pk).exists():
        raise SessionExpired  # the account was deleted while we waited for it
    params = {
        "email": user.email,
        **({"name": user.name} if user.name else {}),
        "metadata": {OWNER_KEY: str(user.pk)},
    }
    once = _digest(json.dumps(params, sort_keys=True))
    key = stripe.create_customer(params, once=once)
    while not _is_for(key, user):
        # Made, and then deleted or taken away by staff, within the day that Stripe
        # remembers what was asked for.
        once = _digest(f"{once} {key}")
        key = stripe.create_customer(params, once=once)
    linking.give(key, user, how="checkout")
    customer = Customer.objects.get(id=key)
    if customer.subscriber_id != user.pk:
        raise Busy  # somebody gave it away this moment
    return customer


def _is_for(key: str, user: User) -> bool:
    """Whether the customer that Stripe names as new is that, or has been made for `user`."""
    if Customer.objects.filter(id=key, date_purged__isnull=False).exists():
        return False
    customer = refresh_customer(key)
    has_owner = customer.subscriber_id not in (None, user.pk)
    return not has_owner and linking.is_free_for(customer, user)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
