"""Stripe's own pages for cards, invoices and the plan."""

from accounts.models import User
from billing import stripe
from billing.customers import known_customer
from billing.errors import NoSubscription
from billing.links import link
from saas.limits import spend

PAGES_PER_HOUR = 30


def open_portal(user: User) -> str:
    """The URL of the portal of the customer that `user` pays as; short-lived.

    Raises:
        NoSubscription: `user` never was on the way to pay.
        RateLimited: too many in an hour.
        BillingUnavailable: Stripe gives no answer.
    """
    spend(f"portal:{user.pk}", limit=PAGES_PER_HOUR, seconds=3600)
    customer = known_customer(user)
    if customer is None:
        raise NoSubscription("There is nothing to manage yet: choose a plan first.")
    return stripe.create_portal(customer.id, link("portal_return"))
