"""Begin to pay: a page of Stripe's, for somebody signed in or for a guest."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.conf import settings
from djstripe.models import Price

from accounts.models import User
from billing import plans, seats, stripe
from billing.actions.customer import customer_for
from billing.claims import GUEST_KEY
from billing.customers import customers_of, ever_subscribed
from billing.entitlements import STATUSES, subscription_of
from billing.errors import AlreadySubscribed
from billing.links import link, link_with_session
from billing.locks import checkout_lock, exclusive
from billing.mirror import refresh_subscription
from saas.limits import spend

PAGES_PER_HOUR, GUEST_PAGES_PER_HOUR = 30, 20
# In the metadata of a checkout session.
PRICE_KEY, QUANTITY_KEY, TRIAL_KEY = "price", "quantity", "trial_days"


@dataclass(frozen=True)
class Offer:
    """What is bought: price, quantity and trial come from here, never from the caller."""

    price: Price
    quantity: int
    trial_days: int

    @property
    def metadata(self) -> dict[str, str]:
        """On the page, by which the one for the same is found again."""
        return {
            PRICE_KEY: self.price.id,
            QUANTITY_KEY: str(self.quantity),
            TRIAL_KEY: str(self.trial_days),
        }


def start_checkout(user: User, *, price_id: str) -> str:
    """The URL of the page where `user` subscribes; the same one for the same price.

    One at a time for each user: of two tabs both get the same page, and a page for another
    price closes this one, so nobody pays twice.

    Raises:
        UnknownPrice: nothing is sold at `price_id`.
        AlreadySubscribed: also when only Stripe knows of it yet.
        RateLimited: too many in an hour; each is several requests to Stripe.
        BillingUnavailable: Stripe gives no answer.
    """
    spend(f"checkout:{user.pk}", limit=PAGES_PER_HOUR, seconds=3600)
    price = plans.price_for_sale(price_id)
    with exclusive(checkout_lock(user)):
        if subscription_of(user):
            raise AlreadySubscribed
        customer_id = customer_for(user).id
        # With a payment made as a guest they have another customer, and maybe a page there.
        owned = [customer.id for customer in customers_of(user)]
        _refuse_second_subscription(owned)
        places = seats.count(user) if plans.is_per_seat(price.product) else 1
        is_new = not ever_subscribed(user)
        offer = Offer(price, places, plans.trial_days(price.product) if is_new else 0)
        return _open_page(owned, offer) or stripe.create_checkout(
            {
                **_page_for(offer),
                "customer": customer_id,
                "client_reference_id": str(user.pk),
                "success_url": link("checkout_success"),
                "cancel_url": link("checkout_cancel"),
            }
        )


def start_guest_checkout(*, price_id: str, email: str, network: str) -> str:
    """The URL of a page where somebody without an account subscribes.

    The customer that this makes is linked to the account with that address, once the
    address is verified (`billing/linking.py`). Each is a request to Stripe, made by nobody
    we know: they are counted by `network` (`accounts/networks.py`).

    Raises:
        UnknownPrice, BillingUnavailable: as `start_checkout`.
        RateLimited: too many from that network in an hour.
    """
    spend(f"guest_checkout:{network}", limit=GUEST_PAGES_PER_HOUR, seconds=3600)
    price = plans.price_for_sale(price_id)
    return stripe.create_checkout(
        {
            # No trial: anybody could start one in a stranger's name, or their own again.
            **_page_for(Offer(price, 1, trial_days=0)),
            "customer_email": email,
            "metadata": {PRICE_KEY: price.id, GUEST_KEY: "yes"},
            # With its id the browser that paid may claim the payment (`billing/claims.py`).
            "success_url": link_with_session("guest_checkout_success"),
            "cancel_url": link("guest_checkout_cancel"),
        }
    )


def _refuse_second_subscription(customer_ids: list[str]) -> None:
    """Ask Stripe itself: the news of a payment just made may still be on its way."""
    for customer_id in customer_ids:
        unended = stripe.unended_subscriptions(customer_id)
        for subscription in unended:
            refresh_subscription(subscription.id, customer_id=customer_id)
        # Others are waiting for a first payment, or have waited in vain.
        if any(subscription.status in STATUSES for subscription in unended):
            raise AlreadySubscribed


def _open_page(customer_ids: list[str], offer: Offer) -> str | None:
    """The page that is open for the same; those for others are closed."""
    url, wanted = None, offer.metadata
    for session in chain.from_iterable(map(stripe.open_checkouts, customer_ids)):
        told = session.metadata or {}
        is_same = all(told.get(key) == value for key, value in wanted.items())
        if url is None and is_same:
            url = session.url
        else:
            stripe.expire_checkout(session.id)
    return url


def _page_for(offer: Offer) -> dict[str, Any]:
    days = offer.trial_days
    return {
        "mode": "subscription",
        "line_items": [{"price": offer.price.id, "quantity": offer.quantity}],
        "metadata": offer.metadata,
        "allow_promotion_codes": settings.BILLING_PROMOTION_CODES,
        **({"subscription_data": {"trial_period_days": days}} if days else {}),
    }
