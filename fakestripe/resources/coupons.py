"""Coupons: https://docs.stripe.com/api/coupons"""

from typing import TYPE_CHECKING

from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid, missing
from fakestripe.wire.fields import (
    Choice,
    Currency,
    Integer,
    Metadata,
    Moment,
    Params,
    Percent,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/coupons"


def create(world: "World", params: Params) -> Object:
    _check(world, params)
    id_ = params.get("id") or new_id("", 8)
    if world.store.get(id_):
        raise invalid("Coupon already exists.", "id", "resource_already_exists")
    coupon = world.new(
        "coupon",
        "",
        id_,
        amount_off=params.get("amount_off"),
        currency=params.get("currency") if "amount_off" in params else None,
        duration=params["duration"],
        duration_in_months=params.get("duration_in_months"),
        max_redemptions=params.get("max_redemptions"),
        metadata=merge_metadata({}, params.get("metadata")),
        name=params.get("name"),
        percent_off=params.get("percent_off"),
        redeem_by=params.get("redeem_by"),
        times_redeemed=0,
        valid=True,
        _due_at=params.get("redeem_by"),
    )
    events.emit(world, "coupon.created", coupon)
    return coupon


def _check(world: "World", params: Params) -> None:
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid(
            "You must pass either percent_off or amount_off, and not both.",
            "percent_off",
        )
    if "amount_off" in params and "currency" not in params:
        raise missing("currency")
    if (params["duration"] == "repeating") != ("duration_in_months" in params):
        raise invalid(
            "duration_in_months belongs to duration=repeating, and only there.",
            "duration_in_months",
        )
    if params.get("redeem_by", world.clock.now() + 1) <= world.clock.now():
        raise invalid("redeem_by must be in the future.", "redeem_by")


def redeem(coupon: Object) -> None:
    """Count one more use, of a coupon or of a promotion code."""
    coupon["times_redeemed"] += 1
    if coupon["max_redemptions"] == coupon["times_redeemed"]:
        close(coupon)


def close(coupon: Object) -> None:
    """Nobody can use it any more; who has it keeps it."""
    coupon["valid" if coupon["object"] == "coupon" else "active"] = False
    coupon["_due_at"] = None


def update(world: "World", params: Params, id_: str) -> Object:
    coupon = world.get("coupon", id_)
    with events.updating(world, coupon, "coupon.updated"):
        if "name" in params:
            coupon["name"] = params["name"]
        if "metadata" in params:
            coupon["metadata"] = merge_metadata(coupon["metadata"], params["metadata"])
    return coupon


def delete(world: "World", params: Params, id_: str) -> Object:
    """Who has the discount keeps it, so its terms are in the discount too."""
    events.emit(world, "coupon.deleted", world.get("coupon", id_))
    return world.delete("coupon", id_)


def list_all(world: "World", params: Params) -> Object:
    return page(world, URL, "coupon", params, *matching(params))


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("coupon", id_)


ROUTES = [
    Route("GET", URL, list_all, filtered()),
    Route(
        "POST",
        URL,
        create,
        {
            "id": Text(longest=200),
            "amount_off": Integer(least=1, most=99_999_999),
            "currency": Currency(),
            "duration": Choice("forever", "once", "repeating", default="once"),
            "duration_in_months": Integer(least=1, most=120),
            "max_redemptions": Integer(least=1),
            "metadata": Metadata(),
            "name": Text(longest=40),
            "percent_off": Percent(),
            "redeem_by": Moment(),
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {"metadata": Metadata(), "name": Text(longest=40, clearable=True)},
    ),
    Route("DELETE", URL + "/{id_}", delete),
]
