"""Customers: https://docs.stripe.com/api/customers"""

from typing import TYPE_CHECKING

from fakestripe.resources import payment_methods
from fakestripe.resources.payment_methods import ADDRESS
from fakestripe.state.ids import new_code
from fakestripe.state.store import Object, differs, equals
from fakestripe.webhooks import events
from fakestripe.wire.fields import (
    Choice,
    Email,
    Field,
    Integer,
    ListOf,
    Metadata,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import SEARCH, filtered, matching, page, paged, search
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/customers"
PLAIN = ("name", "email", "phone", "description", "balance", "tax_exempt")
DETAILS: dict[str, Field] = {
    "address": ADDRESS,
    "balance": Integer(least=-99_999_999, most=99_999_999),
    "description": Text(clearable=True),
    "email": Email(clearable=True),
    "invoice_settings": Shape({"default_payment_method": Text(clearable=True)}),
    "metadata": Metadata(),
    "name": Text(longest=256, clearable=True),
    "phone": Text(longest=20, clearable=True),
    "preferred_locales": ListOf(Text(longest=20), clearable=True),
    "tax_exempt": Choice("none", "exempt", "reverse"),
}


def create(world: "World", params: Params) -> Object:
    customer = world.new(
        "customer",
        "cus_",
        address=None,
        balance=0,
        currency=None,
        customer_account=None,
        default_source=None,
        delinquent=False,
        description=None,
        discount=None,
        email=None,
        invoice_prefix=new_code(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata={},
        name=None,
        next_invoice_sequence=1,
        phone=None,
        preferred_locales=[],
        shipping=None,
        tax_exempt="none",
        test_clock=None,
    )
    _apply(world, customer, params)
    events.emit(world, "customer.created", customer)
    return customer


def update(world: "World", params: Params, id_: str) -> Object:
    customer = world.get("customer", id_)
    with events.updating(world, customer, "customer.updated"):
        _apply(world, customer, params)
    return customer


def use_by_default(world: "World", customer: Object, method: Object) -> None:
    """Pay the invoices to come with `method`."""
    with events.updating(world, customer, "customer.updated"):
        customer["invoice_settings"] = {
            **customer["invoice_settings"],
            "default_payment_method": method["id"],
        }


def live_subscriptions(world: "World", customer_id: str) -> list[Object]:
    """Those that have not ended, newest first."""
    return world.store.find(
        "subscription",
        equals("customer", customer_id),
        differs("status", "canceled"),
        differs("status", "incomplete_expired"),
    )


def forget(world: "World", customer: Object) -> None:
    """Leave the tombstone; the cards lose their owner."""
    for method in world.store.find(
        "payment_method", equals("customer", customer["id"])
    ):
        method["customer"] = None
    events.emit(world, "customer.deleted", customer)
    world.delete("customer", customer["id"])


def list_all(world: "World", params: Params) -> Object:
    return page(world, URL, "customer", params, *matching(params, "email"))


def find(world: "World", params: Params) -> Object:
    return search(world, URL + "/search", "customer", params)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("customer", id_, deleted=True)


def list_methods(world: "World", params: Params, id_: str) -> Object:
    world.get("customer", id_)
    return page(
        world,
        f"{URL}/{id_}/payment_methods",
        "payment_method",
        params,
        equals("customer", id_),
        *matching(params, "type"),
    )


def _apply(world: "World", customer: Object, params: Params) -> None:
    for name in PLAIN:
        if name in params:
            customer[name] = params[name]
    if "address" in params:
        given = params["address"]
        customer["address"] = payment_methods.address(given) if given else None
    if "preferred_locales" in params:
        customer["preferred_locales"] = params["preferred_locales"] or []
    if "metadata" in params:
        customer["metadata"] = merge_metadata(customer["metadata"], params["metadata"])
    if "payment_method" in params:
        method = payment_methods.resolve(
            world, params["payment_method"], "payment_method"
        )
        payment_methods.give_to(world, method, customer)
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        _set_default(world, customer, settings["default_payment_method"])


def _set_default(world: "World", customer: Object, id_: str | None) -> None:
    param = "invoice_settings[default_payment_method]"
    if id_ is not None:
        method = payment_methods.resolve(world, id_, param)
        id_ = payment_methods.give_to(world, method, customer)["id"]
    customer["invoice_settings"] = {
        **customer["invoice_settings"],
        "default_payment_method": id_,
    }


ROUTES = [
    Route("GET", URL, list_all, filtered(email=Text(longest=512))),
    Route("POST", URL, create, {**DETAILS, "payment_method": Text()}),
    Route("GET", URL + "/search", find, SEARCH),
    Route("GET", URL + "/{id_}", get),
    Route("POST", URL + "/{id_}", update, DETAILS),
    Route(
        "GET",
        URL + "/{id_}/payment_methods",
        list_methods,
        paged(type=Choice("card")),
    ),
]
