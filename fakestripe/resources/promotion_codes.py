"""Promotion codes, which customers type: https://docs.stripe.com/api/promotion_codes"""

import re
from typing import TYPE_CHECKING

from fakestripe.state.ids import new_code
from fakestripe.state.store import Condition, Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid
from fakestripe.wire.fields import (
    Choice,
    Currency,
    Flag,
    Integer,
    Metadata,
    Moment,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/promotion_codes"
RESTRICTIONS = Shape(
    {
        "first_time_transaction": Flag(),
        "minimum_amount": Integer(least=1),
        "minimum_amount_currency": Currency(),
    }
)


def create(world: "World", params: Params) -> Object:
    coupon_id = params["promotion"]["coupon"]
    coupon = world.get("coupon", coupon_id, param="promotion[coupon]")
    if not coupon["valid"]:
        raise invalid(f"Coupon {coupon_id} is not valid.", "promotion[coupon]")
    code = params.get("code") or new_code()
    if not re.fullmatch("[A-Za-z0-9-]+", code):
        raise invalid("A code has letters, digits and dashes only.", "code")
    if find(world, code):
        raise invalid("An active promotion code with this code exists.", "code")
    if "customer" in params:
        world.get("customer", params["customer"], param="customer")
    expires_at = params.get("expires_at")
    if expires_at is not None and expires_at <= world.clock.now():
        raise invalid("expires_at must be in the future.", "expires_at")
    given = params.get("restrictions", {})
    if ("minimum_amount" in given) != ("minimum_amount_currency" in given):
        raise invalid(
            "minimum_amount and minimum_amount_currency belong together.",
            "restrictions[minimum_amount]",
        )
    promotion_code = world.new(
        "promotion_code",
        "promo_",
        active=params.get("active", True),
        code=code,
        customer=params.get("customer"),
        customer_account=None,
        expires_at=expires_at,
        max_redemptions=params.get("max_redemptions"),
        metadata=merge_metadata({}, params.get("metadata")),
        promotion={"coupon": coupon_id, "type": "coupon"},
        restrictions={
            "first_time_transaction": given.get("first_time_transaction", False),
            "minimum_amount": given.get("minimum_amount"),
            "minimum_amount_currency": given.get("minimum_amount_currency"),
        },
        times_redeemed=0,
        _due_at=expires_at,
    )
    events.emit(world, "promotion_code.created", promotion_code)
    return promotion_code


def find(world: "World", code: str) -> Object | None:
    """The active one with this code, in any letter case."""
    found = world.store.find("promotion_code", _spelt(code), equals("active", True))
    return found[0] if found else None


def _spelt(code: str) -> Condition:
    return "lower(json_extract(body, '$.code')) = lower(?)", (code,)


def update(world: "World", params: Params, id_: str) -> Object:
    code = world.get("promotion_code", id_)
    if params.get("active") and not code["active"]:
        is_used_up = code["max_redemptions"] == code["times_redeemed"]
        is_over = code["expires_at"] and code["expires_at"] <= world.clock.now()
        if is_used_up or is_over or find(world, code["code"]):
            raise invalid("This promotion code cannot be activated.", "active")
    with events.updating(world, code, "promotion_code.updated"):
        if "active" in params:
            code["active"] = params["active"]
        if "metadata" in params:
            code["metadata"] = merge_metadata(code["metadata"], params["metadata"])
    return code


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "active", "customer")
    if "code" in params:
        conditions.append(_spelt(params["code"]))
    if "coupon" in params:
        conditions.append(equals("promotion.coupon", params["coupon"]))
    return page(world, URL, "promotion_code", params, *conditions)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("promotion_code", id_)


ROUTES = [
    Route(
        "GET",
        URL,
        list_all,
        filtered(active=Flag(), code=Text(), coupon=Text(), customer=Text()),
    ),
    Route(
        "POST",
        URL,
        create,
        {
            "promotion": Shape(
                {
                    "type": Choice("coupon", required=True),
                    "coupon": Text(required=True),
                },
                required=True,
            ),
            "active": Flag(),
            "code": Text(longest=500),
            "customer": Text(),
            "expires_at": Moment(),
            "max_redemptions": Integer(least=1),
            "metadata": Metadata(),
            "restrictions": RESTRICTIONS,
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route("POST", URL + "/{id_}", update, {"active": Flag(), "metadata": Metadata()}),
]
