"""Plans for a first look, made at Stripe (the offline one) and mirrored here."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from billing import mirror, stripe
from billing.errors import BillingUnavailable

PLANS: list[dict[str, Any]] = [
    {
        "lookup_key": "starter_monthly",
        "amount": 900,
        "product": {
            "name": "Starter",
            "description": "For a first project.",
            "metadata": {
                "plan": "starter",
                "features": "3 workspaces; Email support",
            },
        },
    },
    {
        "lookup_key": "pro_monthly",
        "amount": 2900,
        "product": {
            "name": "Pro",
            "description": "For teams that grow.",
            "metadata": {
                "plan": "pro",
                "features": "Unlimited workspaces; Priority support; Beta features",
                "trial_days": "14",
            },
        },
    },
]


def seed(out: Callable[[str], None]) -> None:
    """Found again by their lookup keys, so a second run changes nothing.

    Raises:
        CommandError: Stripe cannot be reached, or it is the real one with real money.
    """
    if settings.STRIPE_LIVE_MODE:
        raise CommandError(
            "STRIPE_SECRET_KEY is a live key: these plans would be sold."
        )
    try:
        for plan in PLANS:
            out(f"plan {plan['product']['name']}: {_seed(plan)}")
    except BillingUnavailable as e:
        raise CommandError(
            "The plans need Stripe, and it gives no answer. Start the offline one with"
            " `python -m fakestripe`, or look at STRIPE_API_HOST."
        ) from e


def _seed(plan: dict[str, Any]) -> str:
    found = stripe.price_by_key(plan["lookup_key"])
    if found is None:
        product_id = stripe.create_product(plan["product"])
        price_id = stripe.create_price(
            {
                "product": product_id,
                "currency": "usd",
                "unit_amount": plan["amount"],
                "recurring": {"interval": "month"},
                "lookup_key": plan["lookup_key"],
            }
        )
    else:
        product_id, price_id = found.product, found.id
    mirror.refresh_product(product_id)
    mirror.refresh_price(price_id)
    return f"{price_id} ({'new' if found is None else 'there already'})"
