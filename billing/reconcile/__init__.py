"""Finds what we missed of Stripe and mends it: the net under the webhooks.

First the events that never arrived go through the same handlers, the oldest first. Then
what those keep is compared with Stripe itself, and with the rules of `billing/linking.py`.
"""

from datetime import datetime

from billing.reconcile.catalog import compare_catalog
from billing.reconcile.events import replay_events
from billing.reconcile.invoices import (
    compare_charges,
    compare_invoices,
    find_payment_intents,
)
from billing.reconcile.owners import link_customers, tell_owners
from billing.reconcile.run import Run, Say
from billing.reconcile.subscriptions import (
    compare_seats,
    compare_subscriptions,
    look_for_doubles,
)

__all__ = ["reconcile"]

STEPS = (
    replay_events,
    compare_catalog,
    compare_subscriptions,
    compare_invoices,
    find_payment_intents,
    compare_charges,
    link_customers,
    tell_owners,
    compare_seats,
    look_for_doubles,
)


def reconcile(since: datetime, *, dry_run: bool, say: Say) -> Run:
    """
    Raises:
        BillingUnavailable: Stripe gives no answer.
    """
    run = Run(since, dry_run=dry_run, say=say)
    for step in STEPS:
        with run.going_on(step.__name__.replace("_", " ")):
            step(run)
    return run
