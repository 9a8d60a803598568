"""What people do with money."""

from billing.actions.checkout import start_checkout, start_guest_checkout
from billing.actions.portal import open_portal
from billing.actions.subscription import (
    cancel_subscription,
    change_price,
    preview_change,
    resume_subscription,
)

__all__ = [
    "cancel_subscription",
    "change_price",
    "open_portal",
    "preview_change",
    "resume_subscription",
    "start_checkout",
    "start_guest_checkout",
]
