"""Prices: https://docs.stripe.com/api/prices"""

from typing import TYPE_CHECKING

from fakestripe.resources import products
from fakestripe.state.store import Object, equals, one_of
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid, missing
from fakestripe.wire.fields import (
    Choice,
    Currency,
    Field,
    Flag,
    Integer,
    ListOf,
    Metadata,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import SEARCH, filtered, matching, page, search
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/prices"
INTERVAL = Choice("day", "week", "month", "year")
LONGEST = {"day": 1_095, "week": 156, "month": 36, "year": 3}
DETAILS: dict[str, Field] = {
    "active": Flag(),
    "lookup_key": Text(longest=200, clearable=True),
    "metadata": Metadata(),
    "nickname": Text(clearable=True),
    "tax_behavior": Choice("exclusive", "inclusive", "unspecified"),
    "transfer_lookup_key": Flag(),
}


def create(world: "World", params: Params) -> Object:
    if "unit_amount" not in params:
        raise missing("unit_amount")
    recurring = _recurring(params.get("recurring"))
    product = _product(world, params)
    lookup_key = params.get("lookup_key")
    _claim_lookup_key(world, lookup_key, transfer=params.get("transfer_lookup_key"))
    amount = params["unit_amount"]
    price = world.new(
        "price",
        "price_",
        active=params.get("active", True),
        billing_scheme="per_unit",
        currency=params["currency"],
        custom_unit_amount=None,
        lookup_key=lookup_key,
        metadata=merge_metadata({}, params.get("metadata")),
        nickname=params.get("nickname"),
        product=product["id"],
        recurring=recurring,
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    events.emit(world, "price.created", price)
    return price


def update(world: "World", params: Params, id_: str) -> Object:
    price = world.get("price", id_)
    if params.get("lookup_key") not in (None, price["lookup_key"]):
        transfer = params.get("transfer_lookup_key")
        _claim_lookup_key(world, params["lookup_key"], transfer=transfer)
    with events.updating(world, price, "price.updated"):
        for name in ("active", "lookup_key", "nickname", "tax_behavior"):
            if name in params:
                price[name] = params[name]
        if "metadata" in params:
            price["metadata"] = merge_metadata(price["metadata"], params["metadata"])
    return price


def plan(price: Object) -> Object:
    """The older face of a recurring price, which subscription items still carry."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "active", "currency", "product", "type")
    if "lookup_keys" in params:
        conditions.append(one_of("lookup_key", params["lookup_keys"]))
    if "interval" in params.get("recurring", {}):
        conditions.append(equals("recurring.interval", params["recurring"]["interval"]))
    return page(world, URL, "price", params, *conditions)


def find(world: "World", params: Params) -> Object:
    return search(world, URL + "/search", "price", params)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("price", id_)


def _recurring(params: Params | None) -> Object | None:
    if params is None:
        return None
    interval, count = params["interval"], params.get("interval_count", 1)
    if count > LONGEST[interval]:
        raise invalid(
            f"The maximum interval count for {interval} is {LONGEST[interval]}.",
            "recurring[interval_count]",
        )
    return {
        "interval": interval,
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _product(world: "World", params: Params) -> Object:
    if ("product" in params) == ("product_data" in params):
        raise invalid("You must specify either product or product_data.", "product")
    if "product" in params:
        return world.get("product", params["product"], param="product")
    return products.create(world, params["product_data"])


def _claim_lookup_key(
    world: "World", lookup_key: str | None, *, transfer: bool | None
) -> None:
    if not lookup_key:
        return
    for holder in world.store.find("price", equals("lookup_key", lookup_key)):
        if not transfer:
            raise invalid(
                f"A price (`{holder['id']}`) already uses that lookup key.",
                "lookup_key",
            )
        with events.updating(world, holder, "price.updated"):
            holder["lookup_key"] = None


ROUTES = [
    Route(
        "GET",
        URL,
        list_all,
        filtered(
            active=Flag(),
            currency=Currency(),
            lookup_keys=ListOf(Text(), most=10),
            product=Text(),
            recurring=Shape({"interval": INTERVAL}),
            type=Choice("one_time", "recurring"),
        ),
    ),
    Route(
        "POST",
        URL,
        create,
        {
            "currency": Currency(required=True),
            "product": Text(),
            "product_data": Shape(products.INLINE),
            "recurring": Shape(
                {
                    "interval": Choice(*LONGEST, required=True),
                    "interval_count": Integer(least=1),
                    "usage_type": Choice("licensed"),
                }
            ),
            "unit_amount": Integer(most=99_999_999),
            **DETAILS,
        },
    ),
    Route("GET", URL + "/search", find, SEARCH),
    Route("GET", URL + "/{id_}", get),
    Route("POST", URL + "/{id_}", update, DETAILS),
]
