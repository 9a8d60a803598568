"""Products: https://docs.stripe.com/api/products"""

from typing import TYPE_CHECKING

from fakestripe.state.store import Object, equals, one_of
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid
from fakestripe.wire.fields import (
    Field,
    Flag,
    ListOf,
    Metadata,
    Params,
    Shape,
    Text,
    Url,
    merge_metadata,
)
from fakestripe.wire.lists import SEARCH, filtered, matching, page, paged, search, whole
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/products"
DETAILS: dict[str, Field] = {
    "active": Flag(),
    "description": Text(clearable=True),
    "images": ListOf(Url(), most=8, clearable=True),
    "marketing_features": ListOf(
        Shape({"name": Text(required=True, longest=80)}), most=15, clearable=True
    ),
    "metadata": Metadata(),
    "statement_descriptor": Text(longest=22, clearable=True),
    "unit_label": Text(longest=12, clearable=True),
    "url": Url(clearable=True),
}
# What `product_data` of a price may say.
INLINE: dict[str, Field] = {
    "name": Text(required=True, longest=250),
    "active": Flag(),
    "metadata": Metadata(),
    "statement_descriptor": Text(longest=22),
    "unit_label": Text(longest=12),
}


def create(world: "World", params: Params) -> Object:
    id_ = params.get("id")
    if id_ and world.store.get(id_):
        raise invalid("Product already exists.", "id", "resource_already_exists")
    product = world.new(
        "product",
        "prod_",
        id_,
        active=params.get("active", True),
        default_price=None,
        description=params.get("description"),
        images=params.get("images") or [],
        marketing_features=params.get("marketing_features") or [],
        metadata=merge_metadata({}, params.get("metadata")),
        name=params["name"],
        package_dimensions=None,
        shippable=None,
        statement_descriptor=params.get("statement_descriptor"),
        tax_code=None,
        type="service",
        unit_label=params.get("unit_label"),
        updated=world.clock.now(),
        url=params.get("url"),
    )
    events.emit(world, "product.created", product)
    return product


def update(world: "World", params: Params, id_: str) -> Object:
    product = world.get("product", id_)
    if params.get("default_price"):
        price = world.get("price", params["default_price"], param="default_price")
        if price["product"] != id_:
            raise invalid(
                f"The price {price['id']} belongs to another product.", "default_price"
            )
    with events.updating(world, product, "product.updated"):
        for name, value in params.items():
            if name == "metadata":
                value = merge_metadata(product["metadata"], value)
            elif name in ("images", "marketing_features"):
                value = value or []
            product[name] = value
        product["updated"] = world.clock.now()
    return product


def delete(world: "World", params: Params, id_: str) -> Object:
    product = world.get("product", id_)
    if world.store.find("price", equals("product", id_), limit=1):
        raise invalid(
            "This product cannot be deleted because it has one or more user-created"
            " prices.",
            None,
        )
    events.emit(world, "product.deleted", product)
    return world.delete("product", id_)


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "active", "url")
    if "ids" in params:
        conditions.append(one_of("id", params["ids"]))
    return page(world, URL, "product", params, *conditions)


def find(world: "World", params: Params) -> Object:
    return search(world, URL + "/search", "product", params)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("product", id_, deleted=True)


def list_features(world: "World", params: Params, id_: str) -> Object:
    world.get("product", id_)
    return whole(f"{URL}/{id_}/features", [])


ROUTES = [
    Route("GET", URL, list_all, filtered(active=Flag(), ids=ListOf(Text()), url=Url())),
    Route(
        "POST",
        URL,
        create,
        {"id": Text(longest=200), "name": Text(required=True, longest=250), **DETAILS},
    ),
    Route("GET", URL + "/search", find, SEARCH),
    Route("GET", URL + "/{id_}", get),
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {
            "name": Text(longest=250),
            "default_price": Text(clearable=True),
            **DETAILS,
        },
    ),
    Route("DELETE", URL + "/{id_}", delete),
    Route("GET", URL + "/{id_}/features", list_features, paged()),
]
