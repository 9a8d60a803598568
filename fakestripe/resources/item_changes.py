"""Changing the items of a subscription: the price, the quantity, more of them, fewer.

https://docs.stripe.com/billing/subscriptions/change and /prorations
"""

import copy
from typing import TYPE_CHECKING

from fakestripe.resources import items, prices, prorations
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid, missing, no_such
from fakestripe.wire.fields import (
    Choice,
    Field,
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

if TYPE_CHECKING:
    from fakestripe.world import World

FIELDS: dict[str, Field] = {
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
    "proration_behavior": Choice("always_invoice", "create_prorations", "none"),
    "proration_date": Moment(),
}


def change(world: "World", subscription: Object, params: Params) -> str | None:
    """Edit the items; what is to be billed at once: `period`, `prorations`, None."""
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
                world, with_price(params, param), param, subscription["id"]
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


def with_price(params: Params, param: str) -> Params:
    if "price" not in params:
        raise missing(f"{param}[price]")
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


def _period(subscription: Object) -> tuple[int, int]:
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def _price(together: list[Object]) -> int:
    return sum(item["price"]["unit_amount"] * item["quantity"] for item in together)
