"""How a subscription changes its state, and when it wants to be looked at next."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fakestripe.resources import invoices
from fakestripe.state.clock import DAY, HOUR
from fakestripe.state.store import Object
from fakestripe.webhooks import events

if TYPE_CHECKING:
    from fakestripe.world import World

ENDED = ("canceled", "incomplete_expired")
# How long a first payment may take: https://docs.stripe.com/billing/subscriptions/overview
INCOMPLETE_FOR = 23 * HOUR
TRIAL_NOTICE = 3 * DAY


@contextmanager
def changing(world: "World", subscription: Object) -> Iterator[Object]:
    """Tell what changed, once the subscription itself has been told."""
    if subscription["_is_announced"]:
        with events.updating(world, subscription, "customer.subscription.updated"):
            yield subscription
    else:
        yield subscription
    schedule(subscription)


def announce(world: "World", subscription: Object) -> None:
    subscription["_is_announced"] = True
    events.emit(world, "customer.subscription.created", subscription)


def schedule(subscription: Object) -> None:
    """Set the moment of the next thing that happens by itself."""
    subscription["_due_at"] = _next_moment(subscription)


def _next_moment(subscription: Object) -> int | None:
    status = subscription["status"]
    if status in ENDED:
        return None
    if status == "incomplete":
        return subscription["created"] + INCOMPLETE_FOR
    moments = [subscription["cancel_at"]]
    if status != "paused":
        moments.append(period_end(subscription))
    if status == "trialing" and not subscription["_is_trial_end_told"]:
        moments.append(subscription["trial_end"] - TRIAL_NOTICE)
    if subscription["pause_collection"]:
        moments.append(subscription["pause_collection"]["resumes_at"])
    return min((moment for moment in moments if moment is not None), default=None)


def period_end(subscription: Object) -> int:
    return min(item["current_period_end"] for item in subscription["items"]["data"])


def end(
    world: "World", subscription: Object, reason: str, *, status: str = "canceled"
) -> None:
    """Over now. `reason` as in `cancellation_details`."""
    now = world.clock.now()
    subscription.update(
        cancel_at_period_end=False,
        ended_at=now,
        status=status,
        canceled_at=subscription["canceled_at"] or now,
    )
    subscription["cancellation_details"]["reason"] = reason
    schedule(subscription)
    invoices.stop_collecting(world, subscription)
    if status == "canceled":
        events.emit(world, "customer.subscription.deleted", subscription)
    else:
        events.emit(
            world,
            "customer.subscription.updated",
            subscription,
            {"status": "incomplete"},
        )
