"""Cancel, resume and change a subscription: at Stripe first, then the mirror is refreshed.

Stripe is told even when the mirror shows that already: the mirror may be behind.
"""

from typing import Any

from accounts.models import User
from billing import plans, stripe
from billing.entitlements import (
    SubscriptionState,
    subscription_of,
    subscriptions_of,
)
from billing.errors import NoSubscription
from billing.mirror import refresh_subscription


def cancel_subscription(user: User) -> None:
    """Let it end with what is paid for; cancelled twice is cancelled.

    All of them, should there be several: who cancels wants to pay no more. Resuming takes
    up only the one that counts, so that is the way to get rid of a double.

    Raises:
        NoSubscription, BillingRefused, BillingUnavailable
    """
    states = subscriptions_of(user)
    if not states:
        raise NoSubscription
    for state in states:
        _update(state, {"cancel_at_period_end": True})


def resume_subscription(user: User) -> None:
    """Take a cancellation back while there is time.

    Raises:
        NoSubscription, BillingRefused, BillingUnavailable
    """
    state = _subscription(user)
    by_date = state.cancel_at and not state.cancel_at_period_end
    _update(state, {"cancel_at": ""} if by_date else {"cancel_at_period_end": False})


def change_price(user: User, *, price_id: str) -> None:
    """Go on at another price from now; Stripe settles the difference on the next invoice.

    Raises:
        UnknownPrice: nothing is sold at `price_id`.
        NoSubscription, BillingRefused, BillingUnavailable
    """
    price = plans.price_for_sale(price_id)
    state = _subscription(user)
    item = {"id": state.item_id, "price": price.id}
    _update(state, {"items": [item], "proration_behavior": "create_prorations"})


def _subscription(user: User) -> SubscriptionState:
    state = subscription_of(user)
    if state is None:
        raise NoSubscription
    return state


def _update(state: SubscriptionState, params: dict[str, Any]) -> None:
    stripe.update_subscription(state.subscription_id, params)
    refresh_subscription(state.subscription_id, customer_id=state.customer_id)
