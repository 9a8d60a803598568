"""What the worker does after an answer has gone out."""

from django_tasks import task

from accounts.models import User
from billing import stripe
from billing.customers import OWNER_KEY, customers_of, is_named
from billing.entitlements import subscription_of
from billing.locks import checkout_lock, exclusive


@task
def close_pages(user_id: str) -> None:
    """Close the open checkout pages of a user who has a subscription: one would be a second.

    Raises:
        BillingUnavailable, BillingRefused, Busy: kept in the results of tasks; should the
            page be paid, the alarm of `billing/doubles.py` tells.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    with exclusive(checkout_lock(user)):
        if subscription_of(user):
            for customer in customers_of(user):
                stripe.expire_checkouts(customer.id)


@task
def write_owner(customer_id: str, user_id: str) -> None:
    """Tell Stripe whose customer it is, so that a database built anew links it again.

    Only while it is theirs: staff may have taken it away since this was asked for, and
    Stripe's next news would bring them back by their name.

    Raises:
        BillingUnavailable, Busy: kept in the results of tasks, and `reconcile_billing`
            repeats it.
    """
    with exclusive(customer_id):
        if is_named(customer_id, user_id):
            stripe.write_metadata(customer_id, {OWNER_KEY: user_id})
