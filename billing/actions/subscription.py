"""Cancel, resume and change a subscription: at Stripe first, then the mirror is refreshed.

Stripe is told even when the mirror shows that already: the mirror may be behind. Each is a
few requests to Stripe, so each has its limit; one of its own, for who has looked at prices
too often must still be able to cancel.
"""

from typing import Any

from djstripe.models import Price

from accounts.models import User
from billing import plans, previews, stripe
from billing.entitlements import (
    STATUSES,
    SubscriptionState,
    subscription_of,
    subscriptions_of,
)
from billing.errors import (
    AlreadyOnPlan,
    BillingRefused,
    NoSubscription,
    NotChangeable,
)
from billing.locks import exclusive
from billing.mirror import refresh_subscription
from billing.previews import Agreed, Preview
from billing.seats import lock_name
from saas.limits import spend

CHANGES_PER_HOUR = 30  # of each kind


def cancel_subscription(user: User) -> None:
    """Let it end with what is paid for; cancelled twice is cancelled.

    All of them, should there be several: who cancels wants to pay no more. Resuming takes
    up only the one that counts, so that is the way to get rid of a double.

    Raises:
        NoSubscription, RateLimited, BillingRefused, BillingUnavailable
    """
    _spend("cancel", user)
    states = subscriptions_of(user)
    if not states:
        raise NoSubscription
    refused: list[SubscriptionState] = []
    refusal = BillingRefused()
    for state in states:
        try:
            _update(state, {"cancel_at_period_end": True})
        except BillingRefused as e:  # a double must not go on because of this one
            refused.append(state)
            refusal = e
    going_on = [state for state in refused if _goes_on(state)]
    if going_on or len(refused) == len(states):
        raise refusal


def resume_subscription(user: User) -> None:
    """Take a cancellation back while there is time.

    Raises:
        NoSubscription, RateLimited, BillingRefused, BillingUnavailable
    """
    _spend("resume", user)
    state = _subscription(user)
    by_date = state.cancel_at and not state.cancel_at_period_end
    _update(state, {"cancel_at": ""} if by_date else {"cancel_at_period_end": False})


def preview_change(user: User, *, price_id: str) -> Preview:
    """What going on at another price would cost now, and with the next invoice.

    Raises:
        UnknownPrice: nothing is sold at `price_id`.
        NotChangeable, AlreadyOnPlan: it ends or is not paid; it is at this price.
        NoSubscription, RateLimited, BillingRefused, BillingUnavailable
    """
    _spend("preview", user)
    price = plans.price_for_sale(price_id)
    state = _changeable(user, price)
    if price.id == state.price_id:
        raise AlreadyOnPlan
    return previews.preview(user, state, price)


def change_price(user: User, *, price_id: str, preview: str = "") -> None:
    """Go on at another price from now; Stripe settles the difference on the next invoice.

    With the token of a `preview` just as that has shown. Another interval starts a period
    of its own, which is paid at once or not begun.

    Raises:
        UnknownPrice: nothing is sold at `price_id`.
        InvalidPreview, PreviewExpired: `preview` is not, or no longer, what it would be.
        NotChangeable: it ends, is not paid, or has another currency.
        PaymentDeclined: what was due at once was not paid, so nothing has changed.
        NoSubscription, RateLimited, BillingRefused, BillingUnavailable
    """
    _spend("change", user)
    price = plans.price_for_sale(price_id)
    with exclusive(lock_name(user)):
        state = _changeable(user, price)
        if preview:
            as_shown = previews.agreed(preview, user, state, price.id)
        else:
            as_shown = Agreed(previews.quantity_for(user, state, price), None)
        _update(
            state,
            {
                "items": previews.items_for(state, price, as_shown.quantity),
                "proration_behavior": "create_prorations",
                "payment_behavior": "error_if_incomplete",
                **_at(as_shown.proration_date),
            },
        )


def _at(proration_date: int | None) -> dict[str, int]:
    return {} if proration_date is None else {"proration_date": proration_date}


def _spend(what: str, user: User) -> None:
    spend(f"subscription_{what}:{user.pk}", limit=CHANGES_PER_HOUR, seconds=3600)


def _subscription(user: User) -> SubscriptionState:
    state = subscription_of(user)
    if state is None:
        raise NoSubscription
    return state


def _changeable(user: User, price: Price) -> SubscriptionState:
    state = _subscription(user)
    if not previews.goes_on(state) or price.currency != state.currency:
        raise NotChangeable
    return state


def _goes_on(state: SubscriptionState) -> bool:
    """Whether Stripe has it still, asked anew."""
    found = refresh_subscription(state.subscription_id, customer_id=state.customer_id)
    return found.stripe_data["status"] in STATUSES


def _update(state: SubscriptionState, params: dict[str, Any]) -> None:
    stripe.update_subscription(state.subscription_id, params)
    refresh_subscription(state.subscription_id, customer_id=state.customer_id)
