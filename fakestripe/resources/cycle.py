"""What happens to a subscription by itself: renewal, end of a trial, end of all."""

from typing import TYPE_CHECKING

from fakestripe.resources import collection, invoices, items, lifecycle, lines
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import StripeError
from fakestripe.wire.fields import Choice, Params
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World


def run(world: "World", subscription: Object) -> None:
    """Do the one thing that is due now, and find out what is next."""
    now = world.clock.now()
    status, pause = subscription["status"], subscription["pause_collection"]
    cancel_at = subscription["cancel_at"]
    if status == "incomplete":
        _expire(world, subscription)
    elif cancel_at is not None and cancel_at <= now:
        _bill_what_is_pending(world, subscription)
        lifecycle.end(world, subscription, "cancellation_requested")
    elif pause and pause["resumes_at"] is not None and pause["resumes_at"] <= now:
        with lifecycle.changing(world, subscription):
            subscription["pause_collection"] = None
    elif lifecycle.period_end(subscription) <= now:
        if status == "trialing":
            end_trial(world, subscription)
        else:
            renew(world, subscription)
    elif status == "trialing" and not subscription["_is_trial_end_told"]:
        subscription["_is_trial_end_told"] = True
        events.emit(world, "customer.subscription.trial_will_end", subscription)
    lifecycle.schedule(subscription)


def end_trial(world: "World", subscription: Object) -> None:
    """Now, whether it was meant to last longer or not."""
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if collection.paying_method(world, subscription) is None:
        if missing == "cancel":
            lifecycle.end(world, subscription, "payment_failed")
            return
        if missing == "pause":
            with lifecycle.changing(world, subscription):
                subscription["status"] = "paused"
            events.emit(world, "customer.subscription.paused", subscription)
            return
    now = world.clock.now()
    subscription["billing_cycle_anchor"] = subscription["trial_end"] = now
    for item in subscription["items"]["data"]:
        item["current_period_end"] = now
    renew(world, subscription)


def renew(world: "World", subscription: Object) -> None:
    """The next period starts, and is billed.

    Stripe leaves the invoice a draft for about an hour; here it is charged at once.
    """
    together = subscription["items"]["data"]
    start = lifecycle.period_end(subscription)
    anchor = subscription["billing_cycle_anchor"]
    with lifecycle.changing(world, subscription):
        items.set_period(together, start, items.boundary(together, anchor, start))
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
    charged = lines.take_pending(world, subscription)
    charged += lines.for_period(world, subscription, is_trial=False)
    invoice = invoices.draft(world, subscription, charged, "subscription_cycle")
    lines.mark_taken(world, charged)
    _collect(world, subscription, invoice)


def _bill_what_is_pending(world: "World", subscription: Object) -> None:
    """Prorations are collected at the end: https://docs.stripe.com/billing/subscriptions/cancel"""
    charged = lines.take_pending(world, subscription)
    if not charged:
        return
    invoice = invoices.draft(world, subscription, charged, "subscription_cycle")
    lines.mark_taken(world, charged)
    _collect(world, subscription, invoice)


def _collect(world: "World", subscription: Object, invoice: Object) -> None:
    pause = subscription["pause_collection"]
    behavior = pause["behavior"] if pause else None
    if behavior == "keep_as_draft" or subscription["status"] == "unpaid":
        invoice["auto_advance"] = False
        return
    invoices.finalize(world, invoice)
    if invoice["status"] == "paid":
        collection.recover(world, subscription, invoice)
    elif behavior == "void":
        invoices.void(world, invoice)
    elif behavior == "mark_uncollectible":
        invoices.write_off(world, invoice)
    else:
        collection.attempt(world, invoice)


def _expire(world: "World", subscription: Object) -> None:
    """The first payment never came."""
    invoice = world.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.void(world, invoice)
    lifecycle.end(world, subscription, "payment_failed", status="incomplete_expired")


def resume(world: "World", params: Params, id_: str) -> Object:
    """A new period of a paused subscription; it is active once that is paid."""
    subscription = world.get("subscription", id_)
    if subscription["status"] != "paused":
        raise StripeError(
            "Only paused subscriptions can be resumed. This subscription is"
            f" {subscription['status']}."
        )
    before = world.get("invoice", subscription["latest_invoice"])
    if before["status"] == "open":
        # From an attempt to resume that was not paid.
        invoices.void(world, before)
    now, together = world.clock.now(), subscription["items"]["data"]
    with lifecycle.changing(world, subscription):
        subscription["billing_cycle_anchor"] = now
        items.set_period(together, now, items.boundary(together, now, now))
    charged = lines.for_period(world, subscription, is_trial=False)
    invoice = invoices.draft(world, subscription, charged, "subscription_update")
    invoices.finalize(world, invoice)
    if invoice["status"] == "paid":
        collection.recover(world, subscription, invoice)
    else:
        collection.attempt(world, invoice)
    return subscription


ROUTES = [
    Route(
        "POST",
        "/v1/subscriptions/{id_}/resume",
        resume,
        {"billing_cycle_anchor": Choice("now")},
    ),
]
