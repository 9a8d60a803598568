"""Payment methods, all of them cards: https://docs.stripe.com/api/payment_methods"""

import hashlib
from typing import TYPE_CHECKING

from fakestripe.resources import cards
from fakestripe.resources.cards import Card
from fakestripe.state.clock import DAY
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid, missing, no_such
from fakestripe.wire.fields import (
    Choice,
    Email,
    Field,
    Integer,
    Metadata,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import matching, page, paged
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/payment_methods"
ADDRESS_PARTS = ("city", "country", "line1", "line2", "postal_code", "state")
ADDRESS = Shape({part: Text(clearable=True) for part in ADDRESS_PARTS}, clearable=True)
BILLING_DETAILS = Shape(
    {
        "address": ADDRESS,
        "email": Email(clearable=True),
        "name": Text(clearable=True),
        "phone": Text(clearable=True),
    }
)
CARD: dict[str, Field] = {
    "number": Text(longest=30),
    "exp_month": Integer(least=1, most=12),
    "exp_year": Integer(),
    "cvc": Text(longest=4),
    "token": Text(),
}


def build(
    world: "World",
    card: Card,
    *,
    expiry: tuple[int, int] | None = None,
    details: Params | None = None,
) -> Object:
    """A method that belongs to nobody yet; `expiry` is (month, year)."""
    month, year = expiry or (12, 2040)
    details = details or {}
    return world.new(
        "payment_method",
        "pm_",
        allow_redisplay="unspecified",
        billing_details={
            "address": address(details.get("address")),
            "email": details.get("email"),
            "name": details.get("name"),
            "phone": details.get("phone"),
            "tax_id": None,
        },
        card={
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "pass",
            },
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year,
            # The same card has the same fingerprint, for whoever looks for doubles.
            "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
            "funding": card.funding,
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        customer=None,
        customer_account=None,
        metadata={},
        type="card",
        _card=card.number,
    )


def address(given: Params | None) -> Object:
    return {part: (given or {}).get(part) for part in ADDRESS_PARTS}


def card_of(method: Object) -> Card:
    return cards.CARDS[method["_card"]]


def resolve(world: "World", id_: str, param: str) -> Object:
    """The method of this id; a ready-made id (`pm_card_visa`) gives a new one."""
    card = cards.named(id_) if id_.startswith("pm_card_") else None
    return build(world, card) if card else world.get("payment_method", id_, param=param)


def give_to(world: "World", method: Object, customer: Object) -> Object:
    """Attach the method to the customer.

    Raises:
        StripeError: the bank refuses the card, or it is somebody else's.
    """
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            "payment_method",
            "payment_method_unexpected_state",
        )
    if refusal := card_of(method).on_attach:
        raise refusal.error()
    method["customer"] = customer["id"]
    events.emit(world, "payment_method.attached", method)
    return method


def create(world: "World", params: Params) -> Object:
    if "card" not in params:
        raise missing("card")
    given = params["card"]
    token = cards.named(given["token"]) if "token" in given else None
    if "token" in given and token is None:
        raise no_such("token", given["token"], "card[token]")
    expiry = None
    if token is None:
        expiry = _check(world, given)
    card = token or cards.CARDS[cards.digits(given["number"])]
    details = params.get("billing_details")
    method = build(world, card, expiry=expiry, details=details)
    method["metadata"] = merge_metadata({}, params.get("metadata"))
    return method


def update(world: "World", params: Params, id_: str) -> Object:
    method = world.get("payment_method", id_)
    with events.updating(world, method, "payment_method.updated"):
        given = dict(params.get("billing_details", {}))
        if "address" in given:
            given["address"] = address(given["address"])
        method["billing_details"] |= given
        method["card"] |= params.get("card", {})
        if "metadata" in params:
            method["metadata"] = merge_metadata(method["metadata"], params["metadata"])
    return method


def attach(world: "World", params: Params, id_: str) -> Object:
    customer = world.get("customer", params["customer"], param="customer")
    return give_to(world, resolve(world, id_, "id"), customer)


def detach(world: "World", params: Params, id_: str) -> Object:
    method = world.get("payment_method", id_)
    if not method["customer"]:
        raise invalid(
            "The payment method you provided is not attached to a customer so"
            " detachment is impossible.",
            "payment_method",
        )
    owner = world.get("customer", method["customer"], deleted=True)
    settings = owner.get("invoice_settings", {})
    with events.updating(world, method, "payment_method.detached"):
        method["customer"] = None
    if settings.get("default_payment_method") == id_:
        with events.updating(world, owner, "customer.updated"):
            settings["default_payment_method"] = None
    for user in world.store.find("subscription", equals("default_payment_method", id_)):
        user["default_payment_method"] = None
    return method


def list_all(world: "World", params: Params) -> Object:
    return page(
        world, URL, "payment_method", params, *matching(params, "customer", "type")
    )


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("payment_method", id_)


def _check(world: "World", given: Params) -> tuple[int, int]:
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            raise missing(f"card[{name}]")
    year = given["exp_year"] + (2_000 if given["exp_year"] < 100 else 0)
    expiry = f"{given['exp_month']}/{year:04}"
    if message := cards.problem_with_number(given["number"]):
        raise cards.declined("incorrect_number", None, message)
    if message := cards.problem_with_expiry(expiry, world.clock.now() - DAY):
        raise cards.declined("invalid_expiry_year", None, message)
    return given["exp_month"], year


ROUTES = [
    Route("GET", URL, list_all, paged(customer=Text(), type=Choice("card"))),
    Route(
        "POST",
        URL,
        create,
        {
            "type": Choice("card", required=True),
            "card": Shape(CARD),
            "billing_details": BILLING_DETAILS,
            "metadata": Metadata(),
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {
            "billing_details": BILLING_DETAILS,
            "card": Shape(
                {"exp_month": Integer(least=1, most=12), "exp_year": Integer()}
            ),
            "metadata": Metadata(),
        },
    ),
    Route("POST", URL + "/{id_}/attach", attach, {"customer": Text(required=True)}),
    Route("POST", URL + "/{id_}/detach", detach),
]
