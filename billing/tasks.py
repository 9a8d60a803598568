"""What the worker does after an answer has gone out."""

from django_tasks import task

from billing import stripe
from billing.customers import OWNER_KEY, is_named
from billing.locks import exclusive


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
