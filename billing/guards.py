"""What billing says when an account is to be deleted, and what it does when it is."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver
from djstripe.models import Customer

from accounts.deletion import Blocker
from accounts.models import User
from accounts.signals import account_deleted
from billing.customers import OWNER_KEY
from billing.entitlements import ranked
from billing.locks import hold
from billing.tasks import write_owner


def live_subscription(user: User) -> list[Blocker]:
    """One that is renewed would go on costing; one that ends anyway ends without us."""
    renewed = ranked(user).filter(
        stripe_data__cancel_at_period_end=False, ends_by__isnull=True
    )
    return [
        Blocker(
            code="live_subscription",
            detail=f"Your subscription of {row.plan_name or 'a plan'} is renewed. "
            "Cancel it first.",
            id=row.id,
        )
        for row in renewed
    ]


@receiver(account_deleted)
def mark_customers(user: User, **kwargs: Any) -> None:
    """A later account with the same address must not inherit what this one paid for.

    Its customers name their owner for good (`billing/linking.py`): here at once, and at
    Stripe, where it may be missing if Stripe was down when they were linked.
    """
    for customer in Customer.objects.filter(subscriber=user).order_by("id"):
        hold(customer.id)
        customer.refresh_from_db()
        customer.metadata = {**(customer.metadata or {}), OWNER_KEY: str(user.pk)}
        customer.save(update_fields=["metadata"])
        _tell_stripe(customer.id, str(user.pk))


def _tell_stripe(customer_id: str, user_id: str) -> None:
    transaction.on_commit(lambda: write_owner.enqueue(customer_id, user_id))
