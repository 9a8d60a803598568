"""What billing does when an account is deleted: closes its pages, marks its customers."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.dispatch import receiver
from djstripe.models import Customer
from stripe import Subscription

from accounts.errors import AccountInUse
from accounts.models import User
from accounts.signals import account_deleted
from billing import stripe
from billing.customers import OWNER_KEY, customers_of
from billing.entitlements import STATUSES
from billing.guards import blocker
from billing.locks import hold
from billing.tasks import write_owner


@receiver(account_deleted)
def close_checkouts(user: User, **kwargs: Any) -> None:
    """Nobody may pay for an account that is gone: its open pages at Stripe are closed.

    Inside the transaction of the deletion, for that may not happen without: a page closed
    for an account that stays after all is opened anew with a click. And while it lasts
    nobody opens another one, for `start_checkout` waits for the same lock.

    Raises:
        BillingUnavailable: Stripe gives no answer; the account stays.
        BillingRefused: a page was paid this moment.
        AccountInUse: one was paid before, and the news is still on its way.
    """
    owned = list(customers_of(user))
    if not owned:
        return
    hold(f"checkout:{user.pk}")
    for customer in owned:
        for session in stripe.open_checkouts(customer.id):
            stripe.expire_checkout(session.id)
        for subscription in stripe.unended_subscriptions(customer.id):
            if _is_renewed(subscription):
                raise AccountInUse(blockers=[asdict(blocker(subscription.id, ""))])


def _is_renewed(subscription: Subscription) -> bool:
    is_ending = subscription.cancel_at_period_end or subscription.cancel_at
    return subscription.status in STATUSES and not is_ending


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
