"""The customers of a user at Stripe: usually one, several after payments as a guest."""

from django.conf import settings
from django.db.models import QuerySet
from djstripe.models import Customer, Subscription

from accounts.models import User
from billing.entitlements import subscription_of

OWNER_KEY = "saas_user"  # in the metadata of a customer at Stripe
NOBODY = "nobody"  # the name there of an owner whom staff has taken it away from


def customers() -> QuerySet[Customer]:
    """Those of this mode that Stripe still has, the newest first."""
    return Customer.objects.filter(
        livemode=settings.STRIPE_LIVE_MODE, date_purged=None
    ).order_by("-created", "-djstripe_id")


def is_named(customer_id: str, user_id: str) -> bool:
    """Whether the customer is that user's, or was, until the account was deleted.

    A customer without owner and name is one whose name Stripe has not heard yet; staff who
    take one away leave `NOBODY` as its name.
    """
    customer = customers().filter(id=customer_id).first()
    if customer is None:
        return False
    if customer.subscriber_id is not None:
        return str(customer.subscriber_id) == user_id
    return (customer.metadata or {}).get(OWNER_KEY, "") in ("", user_id)


def customers_of(user: User) -> QuerySet[Customer]:
    return customers().filter(subscriber=user)


def ever_subscribed(user: User) -> bool:
    """Then there is no further trial."""
    return Subscription.objects.filter(customer__subscriber=user).exists()


def known_customer(user: User) -> Customer | None:
    """The one with the subscription that counts, or else the newest."""
    state = subscription_of(user)
    owned = customers_of(user)
    return owned.filter(id=state.customer_id).first() if state else owned.first()
