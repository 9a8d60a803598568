"""Changing a subscription: the end, the trial, the card.

Its items: `item_changes`. https://docs.stripe.com/billing/subscriptions/change
"""

from typing import TYPE_CHECKING

from fakestripe.resources import (
    collection,
    customers,
    cycle,
    discounts,
    invoices,
    item_changes,
    lifecycle,
    lines,
    payment_methods,
    subscriptions,
)
from fakestripe.resources.subscriptions import CANCELLATION_DETAILS, START, URL
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid
from fakestripe.wire.fields import (
    Choice,
    Flag,
    Moment,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

# A subscription that ended only takes notes.
AFTER_THE_END = {"metadata", "cancellation_details"}


def update(world: "World", params: Params, id_: str) -> Object:
    subscription = world.get("subscription", id_)
    if subscription["status"] in lifecycle.ENDED and set(params) - AFTER_THE_END:
        raise invalid(
            "A canceled subscription can only update its cancellation_details and"
            " metadata.",
            None,
        )
    due_now = change(world, subscription, params)
    if params.get("trial_end") == "now" and subscription["status"] == "trialing":
        cycle.end_trial(world, subscription)
    elif due_now:
        _bill_now(world, subscription, due_now, params)
    return subscription


def change(world: "World", subscription: Object, params: Params) -> str | None:
    """Change it without billing; gives what is to be billed, as `item_changes` does."""
    with lifecycle.changing(world, subscription):
        _note(world, subscription, params)
        _set_end(world, subscription, params)
        if params.get("trial_end") not in (None, "now"):
            _move_trial(world, subscription, params["trial_end"])
        due_now = item_changes.change(world, subscription, params)
        if "discounts" in params:
            discounts.replace(world, subscription, params["discounts"])
        return due_now


def _note(world: "World", subscription: Object, params: Params) -> None:
    if "metadata" in params:
        subscription["metadata"] = merge_metadata(
            subscription["metadata"], params["metadata"]
        )
    for name in ("description", "trial_settings"):
        if name in params:
            subscription[name] = params[name]
    details = params.get("cancellation_details", {})
    subscription["cancellation_details"] |= details
    if "pause_collection" in params:
        pause = params["pause_collection"]
        subscription["pause_collection"] = pause and {"resumes_at": None, **pause}
    if "default_payment_method" in params:
        method_id = params["default_payment_method"]
        if method_id is not None:
            customer = world.get("customer", subscription["customer"])
            method = payment_methods.resolve(world, method_id, "default_payment_method")
            method_id = payment_methods.give_to(world, method, customer)["id"]
        subscription["default_payment_method"] = method_id


def _set_end(world: "World", subscription: Object, params: Params) -> None:
    if "cancel_at" in params and "cancel_at_period_end" in params:
        raise invalid(
            "You may only specify one of these parameters: cancel_at,"
            " cancel_at_period_end.",
            "cancel_at",
        )
    if "cancel_at_period_end" in params:
        wanted = params["cancel_at_period_end"]
        if wanted != subscription["cancel_at_period_end"] or not wanted:
            subscriptions.set_end(world, subscription, at_period_end=wanted)
    if "cancel_at" in params:
        moment = params["cancel_at"]
        if moment is not None and moment <= world.clock.now():
            raise invalid("cancel_at must be in the future.", "cancel_at")
        subscription.update(
            cancel_at=moment,
            cancel_at_period_end=False,
            canceled_at=world.clock.now() if moment else None,
        )


def _move_trial(world: "World", subscription: Object, moment: int) -> None:
    if moment <= world.clock.now():
        raise invalid("Invalid timestamp: must be in the future", "trial_end")
    if subscription["status"] not in ("trialing", "active"):
        raise invalid("This subscription cannot start a trial now.", "trial_end")
    subscription.update(
        billing_cycle_anchor=moment,
        status="trialing",
        trial_end=moment,
        trial_start=subscription["trial_start"] or world.clock.now(),
        _is_trial_end_told=False,
    )
    for item in subscription["items"]["data"]:
        item["current_period_end"] = moment


def _bill_now(world: "World", subscription: Object, what: str, params: Params) -> None:
    charged = lines.take_pending(world, subscription)
    if what == "period":
        charged += lines.for_period(world, subscription, is_trial=False)
    if not charged:
        return
    invoice = invoices.draft(world, subscription, charged, "subscription_update")
    lines.mark_taken(world, charged)
    invoices.finalize(world, invoice)
    if invoice["status"] != "open":
        return
    refusal = collection.attempt(world, invoice)
    if refusal and params.get("payment_behavior") == "error_if_incomplete":
        raise subscriptions.undone(refusal)


def use_card(world: "World", customer: Object, method: Object) -> None:
    """Pay everything to come with `method`. What is overdue waits for its retry.

    The customer has been asked, where the card wants that.
    """
    method["_is_set_up"] = True
    payment_methods.give_to(world, method, customer)
    customers.use_by_default(world, customer, method)
    for subscription in customers.live_subscriptions(world, customer["id"]):
        with lifecycle.changing(world, subscription):
            subscription["default_payment_method"] = method["id"]


ROUTES = [
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {
            **{k: v for k, v in START.items() if k != "trial_period_days"},
            "cancel_at": Moment(clearable=True),
            "cancel_at_period_end": Flag(),
            "cancellation_details": CANCELLATION_DETAILS,
            "default_payment_method": Text(clearable=True),
            "discounts": discounts.FIELD,
            "off_session": Flag(),
            "pause_collection": Shape(
                {
                    "behavior": Choice(
                        "keep_as_draft", "mark_uncollectible", "void", required=True
                    ),
                    "resumes_at": Moment(),
                },
                clearable=True,
            ),
            "payment_behavior": Choice("allow_incomplete", "error_if_incomplete"),
            **item_changes.FIELDS,
        },
    ),
]
