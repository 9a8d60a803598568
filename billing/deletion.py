"""What billing does when an account is deleted: closes its pages, names its customers."""

from dataclasses import asdict
from typing import Any

from django.dispatch import receiver
from djstripe.models import Customer

from accounts.errors import AccountInUse
from accounts.models import User
from accounts.signals import account_deleted
from billing import stripe
from billing.customers import OWNER_KEY, customers_of
from billing.entitlements import STATUSES
from billing.guards import blocker
from billing.locks import checkout_lock, hold
from billing.shapes import Data, is_ending, key_of


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
    hold(checkout_lock(user))
    for customer in owned:
        stripe.expire_checkouts(customer.id)
        for subscription in stripe.unended_subscriptions(customer.id):
            if subscription.status == "incomplete" and subscription.latest_invoice:
                # It waits for its first payment; void, nobody can make that any more.
                stripe.void_invoice(key_of(subscription.latest_invoice))
            if _is_renewed(subscription.to_dict(for_json=True)):
                raise AccountInUse(blockers=[asdict(blocker(subscription.id, ""))])


def _is_renewed(subscription: Data) -> bool:
    return subscription["status"] in STATUSES and not is_ending(subscription)


@receiver(account_deleted)
def name_customers(user: User, **kwargs: Any) -> None:
    """A later account with the same address must not inherit what this one paid for.

    Its customers name their owner for good (`billing/linking.py`), here and at Stripe. Most
    do already; but where that news was lost nobody could tell any more once the account is
    gone, so it is not deleted before Stripe knows. Named for an account that stays after
    all, they are its own as before.

    Raises:
        BillingUnavailable, BillingRefused: Stripe gives no answer, or takes no name.
    """
    at_stripe = set(customers_of(user).values_list("id", flat=True))
    for customer in Customer.objects.filter(subscriber=user).order_by("id"):
        hold(customer.id)
        if customer.id in at_stripe:
            # One that Stripe has deleted meanwhile is nobody's to inherit either.
            stripe.write_metadata(customer.id, {OWNER_KEY: str(user.pk)})
        customer.refresh_from_db()
        customer.metadata = {**(customer.metadata or {}), OWNER_KEY: str(user.pk)}
        customer.save(update_fields=["metadata"])
