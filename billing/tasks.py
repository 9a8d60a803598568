"""What the worker does after an answer has gone out."""

from django_tasks import task

from billing import stripe
from billing.customers import OWNER_KEY


@task
def write_owner(customer_id: str, user_id: str) -> None:
    """Tell Stripe whose customer it is, so that a database built anew links it again.

    Raises:
        BillingUnavailable: kept in the results of tasks; `reconcile_billing` repeats it.
    """
    stripe.write_metadata(customer_id, {OWNER_KEY: user_id})
