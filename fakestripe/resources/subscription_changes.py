"""Changing a subscription: items, the end, the trial, the card.

https://docs.stripe.com/billing/subscriptions/change and /prorations
"""

import copy
from typing import TYPE_CHECKING

from fakestripe.resources import (
    collection,
    customers,
    cycle,
    invoices,
    items,
    lifecycle,
    lines,
    payment_methods,
    prices,
    prorations,
    subscriptions,
)
from fakestripe.resources.subscriptions import CANCELLATION_DETAILS, START, URL
from fakestripe.state.store import Object
from fakestripe.wire.errors import StripeError, invalid, no_such
from fakestripe.wire.fields import (
    Choice,
    Flag,
    Integer,
    ListOf,
    Metadata,
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
    with lifecycle.changing(world, subscription):
        _note(world, subscription, params)
        _set_end(world, subscription, params)
        if params.get("trial_end") not in (None, "now"):
            _move_trial(world, subscription, params["trial_end"])
        due_now = _change_items(world, subscription, params)
    if params.get("trial_end") == "now" and subscription["status"] == "trialing":
        cycle.end_trial(world, subscription)
    elif due_now:
        _bill_now(world, subscription, due_now, params)
    return subscription


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


def _change_items(world: "World", subscription: Object, params: Params) -> str | None:
    """What has to be billed at once: the whole `period`, only `prorations`, nothing."""
    if "items" not in params:
        return None
    before = copy.deepcopy(subscription["items"]["data"])
    after = _edited(world, subscription, params["items"])
    subscription["items"]["data"] = after
    behavior = params.get("proration_behavior", "create_prorations")
    at = _proration_date(world, params, before)
    is_trial = subscription["status"] == "trialing"
    is_new_cycle = not is_trial and (
        items.interval_of(before[0]) != items.interval_of(after[0])
        or (_price(before) == 0 < _price(after))
    )
    if behavior != "none" and not is_trial:
        prorations.add(
            world, subscription, before, after, at=at, only_credit=is_new_cycle
        )
    if is_new_cycle:
        now = world.clock.now()
        subscription["billing_cycle_anchor"] = now
        items.set_period(after, now, items.boundary(after, now, now))
        return "period"
    return "prorations" if behavior == "always_invoice" and not is_trial else None


def _edited(world: "World", subscription: Object, given: list[Params]) -> list[Object]:
    after = {item["id"]: item for item in subscription["items"]["data"]}
    now_start, now_end = _period(subscription)
    for index, params in enumerate(given):
        param = f"items[{index}]"
        if "id" not in params:
            item = items.new(
                world, _with_price(params, param), param, subscription["id"]
            )
            items.set_period([item], now_start, now_end)
            after[item["id"]] = item
            continue
        if params["id"] not in after:
            raise no_such("subscription_item", params["id"], f"{param}[id]")
        if params.get("deleted"):
            del after[params["id"]]
            continue
        _edit(world, after[params["id"]], params, param)
    if not after:
        raise invalid("A subscription must have at least one active item.", "items")
    together = list(after.values())
    items.check_together(together)
    if together[0]["price"]["currency"] != subscription["currency"]:
        raise invalid(
            "The currency of a subscription cannot be changed.", "items[0][price]"
        )
    return together


def _edit(world: "World", item: Object, params: Params, param: str) -> None:
    if "price" in params:
        price = items.recurring_price(world, params["price"], f"{param}[price]")
        item.update(price=price, plan=prices.plan(price))
    if "quantity" in params:
        item["quantity"] = params["quantity"]
    if "metadata" in params:
        item["metadata"] = merge_metadata(item["metadata"], params["metadata"])


def _with_price(params: Params, param: str) -> Params:
    if "price" not in params:
        raise StripeError(
            f"Missing required param: {param}[price].",
            code="parameter_missing",
            param=f"{param}[price]",
        )
    return params


def _proration_date(world: "World", params: Params, before: list[Object]) -> int:
    at = params.get("proration_date", world.clock.now())
    start, end = before[0]["current_period_start"], before[0]["current_period_end"]
    if not start <= at <= end:
        raise invalid(
            "Cannot specify proration_date outside of current subscription period.",
            "proration_date",
        )
    return at


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


def _period(subscription: Object) -> tuple[int, int]:
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def _price(together: list[Object]) -> int:
    return sum(item["price"]["unit_amount"] * item["quantity"] for item in together)


def use_card(world: "World", customer: Object, method: Object) -> None:
    """Pay everything to come with `method`. What is overdue waits for its retry."""
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
            "items": ListOf(
                Shape(
                    {
                        "id": Text(),
                        "price": Text(),
                        "quantity": Integer(most=999_999),
                        "deleted": Flag(),
                        "metadata": Metadata(),
                    }
                ),
                least=1,
                most=20,
            ),
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
            "proration_behavior": Choice("always_invoice", "create_prorations", "none"),
            "proration_date": Moment(),
        },
    ),
]
