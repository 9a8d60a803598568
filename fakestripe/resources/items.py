"""The items of a subscription: https://docs.stripe.com/api/subscription_items"""

from typing import TYPE_CHECKING

from fakestripe.resources import prices
from fakestripe.state.clock import next_boundary
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid, no_such
from fakestripe.wire.fields import (
    Field,
    Integer,
    Metadata,
    Params,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import paged, whole
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/subscription_items"
NEW: dict[str, Field] = {
    "price": Text(required=True),
    "quantity": Integer(most=999_999),
    "metadata": Metadata(),
}


def build(
    world: "World",
    given: list[Params],
    subscription_id: str,
    start: int,
    trial_end: int | None = None,
    param: str = "items",
) -> list[Object]:
    """Items whose first period starts at `start` and lasts a trial or an interval."""
    built = [
        new(world, params, f"{param}[{index}]", subscription_id)
        for index, params in enumerate(given)
    ]
    check_together(built)
    set_period(built, start, trial_end or boundary(built, start, start))
    return built


def new(world: "World", params: Params, param: str, subscription_id: str) -> Object:
    price = recurring_price(world, params["price"], f"{param}[price]")
    return {
        "id": new_id("si_"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.clock.now(),
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": merge_metadata({}, params.get("metadata")),
        "plan": prices.plan(price),
        "price": price,
        "quantity": params.get("quantity", 1),
        "subscription": subscription_id,
        "tax_rates": [],
    }


def recurring_price(world: "World", id_: str, param: str) -> Object:
    """A copy of the price as it is now, to keep inside an item."""
    price = world.get("price", id_, param=param)
    if price["recurring"] is None:
        raise invalid(
            f"The price specified is set to `type=one_time` but this field only"
            f" accepts prices with `type=recurring`. Price: {id_}",
            param,
        )
    if not price["active"]:
        raise invalid(
            f"The price specified is inactive. This field only accepts active prices."
            f" Price: {id_}",
            param,
        )
    return dict(price)


def check_together(together: list[Object]) -> None:
    """Raises StripeError when the items cannot be on one subscription."""
    seen = [item["price"]["id"] for item in together]
    if len(set(seen)) < len(seen):
        raise invalid(
            "Cannot add multiple subscription items with the same price.", "items"
        )
    if len({item["price"]["currency"] for item in together}) > 1:
        raise invalid("All items must have the same currency.", "items")
    if len({interval_of(item) for item in together}) > 1:
        raise invalid(
            "Currently, all items on a subscription must have the same billing"
            " interval.",
            "items",
        )


def interval_of(item: Object) -> tuple[str, int]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def boundary(together: list[Object], anchor: int, after: int) -> int:
    return next_boundary(anchor, after, *interval_of(together[0]))


def set_period(together: list[Object], start: int, end: int) -> None:
    for item in together:
        item.update(current_period_start=start, current_period_end=end)


def list_all(world: "World", params: Params) -> Object:
    # All of them at once: a subscription has at most 20.
    subscription = world.get(
        "subscription", params["subscription"], param="subscription"
    )
    return whole(URL, subscription["items"]["data"])


def get(world: "World", params: Params, id_: str) -> Object:
    sql = (
        "EXISTS (SELECT 1 FROM json_each(body, '$.items.data')"
        " WHERE json_extract(value, '$.id') = ?)"
    )
    for subscription in world.store.find("subscription", (sql, (id_,))):
        for item in subscription["items"]["data"]:
            if item["id"] == id_:
                return item
    raise no_such("subscription_item", id_)


ROUTES = [
    Route("GET", URL, list_all, paged(subscription=Text(required=True))),
    Route("GET", URL + "/{id_}", get),
]
