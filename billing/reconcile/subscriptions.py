"""Subscriptions, the seats that are paid for, and who has two of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from djstripe.models import Subscription

from billing import mirror, seats, stripe
from billing.doubles import doubles
from billing.reconcile.run import CHUNK, Run, chunks
from billing.shapes import Data, first_item, key_of, period


def compare_subscriptions(run: Run) -> None:
    for chunk in chunks(stripe.all_subscriptions()):
        keys = [subscription.id for subscription in chunk]
        stored = Subscription.objects.in_bulk(keys, field_name="id")
        for data in (s.to_dict(for_json=True) for s in chunk):
            with run.going_on(f"subscription {data['id']}"):
                _compare_subscription(run, stored.get(data["id"]), data)


def _compare_subscription(run: Run, row: Subscription | None, data: Data) -> None:
    told = essence(data)
    if row is None or essence(row.stripe_data) != told:
        run.mend(f"subscription {data['id']}", _refresh(data))


def essence(subscription: Data) -> list[Any]:
    """What the product reads of a subscription; the rest may differ by how it was fetched."""
    item = first_item(subscription)
    return [
        subscription["status"],
        subscription["cancel_at_period_end"],
        subscription.get("cancel_at"),
        subscription.get("trial_end"),
        period(subscription),
        item["price"]["id"],
        item.get("quantity"),
    ]


def _refresh(subscription: Data) -> Callable[[], Any]:
    key, customer_id = subscription["id"], key_of(subscription["customer"])
    return lambda: mirror.refresh_subscription(key, customer_id=customer_id)


def compare_seats(run: Run) -> None:
    """Of those who pay by the seat: as many as there are members."""
    for user in seats.payers().iterator(CHUNK):
        with run.going_on(f"seats of user {user.pk}"):
            if seats.missing(user):
                run.mend(f"seats of user {user.pk}", partial(seats.adjust, user))


def look_for_doubles(run: Run) -> None:
    """Two subscriptions of one user: somebody pays twice."""
    for user_id, n in doubles():
        run.mend(f"user {user_id} has {n} subscriptions: cancel some", None)
