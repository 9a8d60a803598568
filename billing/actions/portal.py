"""Stripe's own pages for cards, invoices and the plan."""

from accounts.models import User
from billing import stripe
from billing.customers import known_customer
from billing.errors import NoSubscription
from billing.links import link


def open_portal(user: User) -> str:
    """The URL of the portal of the customer that `user` pays as; short-lived.

    Raises:
        NoSubscription: `user` never was on the way to pay.
        BillingUnavailable: Stripe gives no answer.
    """
    customer = known_customer(user)
    if customer is None:
        raise NoSubscription("There is nothing to manage yet: choose a plan first.")
    return stripe.create_portal(customer.id, link("portal_return"))
