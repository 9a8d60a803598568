"""Users with two live subscriptions: they pay twice, and a person has to cancel one.

Checkout refuses a second one, but a payment as a guest, two tabs at once or staff in
Stripe's dashboard can make it.
"""

import logging

from django.conf import settings
from django.db.models import Count, QuerySet
from djstripe.models import Customer, Subscription

from billing.entitlements import STATUSES

log = logging.getLogger(__name__)


def doubles() -> QuerySet[Subscription, tuple[object, int]]:
    """`(user id, how many)` of everybody with more than one."""
    unended = Subscription.objects.filter(
        livemode=settings.STRIPE_LIVE_MODE,
        stripe_data__status__in=STATUSES,
        customer__subscriber__isnull=False,
    )
    counted = unended.values_list("customer__subscriber").annotate(n=Count("pk"))
    return counted.filter(n__gt=1).order_by("customer__subscriber")


def warn_of_doubles(customer_id: str) -> None:
    """Raise the alarm if the owner of this customer has two; an error in the log does that."""
    owner = Customer.objects.filter(id=customer_id).values("subscriber")
    for user_id, count in doubles().filter(customer__subscriber__in=owner):
        log.error("User %s has %s live subscriptions: cancel some", user_id, count)
