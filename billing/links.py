"""Where Stripe's pages send people back to: a separate frontend's pages, or ours."""

from django.conf import settings
from django.urls import reverse

PAGES = {
    "checkout_success": "billing-success",
    "checkout_cancel": "billing",
    "portal_return": "billing",
    "guest_checkout_success": "billing-thanks",
    "guest_checkout_cancel": "home",
}


def link(name: str) -> str:
    """The URL of `name` in FRONTEND_URLS, or of our own page."""
    ours = settings.BASE_URL + reverse(PAGES[name])
    return settings.FRONTEND_URLS.get(name, ours)


def link_with_session(name: str) -> str:
    """The same, where Stripe puts the id of the checkout session that was paid.

    https://docs.stripe.com/payments/checkout/custom-success-page
    """
    url = link(name)
    return f"{url}{'&' if '?' in url else '?'}session_id={{CHECKOUT_SESSION_ID}}"
