"""Refunds: https://docs.stripe.com/api/refunds"""

from typing import TYPE_CHECKING

from fakestripe.resources import balance, disputes, money
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid, missing
from fakestripe.wire.fields import (
    Choice,
    Integer,
    Metadata,
    Params,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/refunds"


def create(world: "World", params: Params) -> Object:
    charge = _charge(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if not left:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.",
            None,
            "charge_already_refunded",
        )
    if charge["disputed"] and disputes.is_lost_or_open(world, charge):
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            None,
            "charge_disputed",
        )
    if amount > left:
        asked, rest = (money.shown(n, charge["currency"]) for n in (amount, left))
        raise invalid(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge"
            f" ({rest})",
            "amount",
        )
    refund = _new(world, charge, amount, params)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    events.emit(world, "refund.created", refund)
    events.emit(
        world,
        "charge.refunded",
        charge,
        {"amount_refunded": charge["amount_refunded"] - amount},
    )
    return refund


def _charge(world: "World", params: Params) -> Object:
    if "charge" in params:
        charge = world.get("charge", params["charge"], param="charge")
    elif "payment_intent" in params:
        intent = world.get(
            "payment_intent", params["payment_intent"], param="payment_intent"
        )
        if intent["status"] != "succeeded":
            raise invalid(
                "This PaymentIntent does not have a successful charge to refund.",
                "payment_intent",
            )
        charge = world.get("charge", intent["latest_charge"])
    else:
        raise missing("payment_intent")
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not successful.", "charge")
    return charge


def _new(world: "World", charge: Object, amount: int, params: Params) -> Object:
    refund = world.new(
        "refund",
        "re_",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        customer_account=None,
        destination_details={
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        metadata=merge_metadata({}, params.get("metadata")),
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=params.get("reason"),
        receipt_number=None,
        source_transfer_reversal=None,
        status="succeeded",
        transfer_reversal=None,
    )
    # Refunds are one of the few kinds without a mode of their own.
    del refund["livemode"]
    booked = balance.book(world, refund, -amount, fee=0, type_="refund")
    refund["balance_transaction"] = booked["id"]
    return refund


def update(world: "World", params: Params, id_: str) -> Object:
    refund = world.get("refund", id_)
    with events.updating(world, refund, "refund.updated"):
        if "metadata" in params:
            refund["metadata"] = merge_metadata(refund["metadata"], params["metadata"])
    return refund


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "charge", "payment_intent")
    return page(world, URL, "refund", params, *conditions)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("refund", id_)


ROUTES = [
    Route("GET", URL, list_all, filtered(charge=Text(), payment_intent=Text())),
    Route(
        "POST",
        URL,
        create,
        {
            "amount": Integer(least=1),
            "charge": Text(),
            "metadata": Metadata(),
            "payment_intent": Text(),
            "reason": Choice("duplicate", "fraudulent", "requested_by_customer"),
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route("POST", URL + "/{id_}", update, {"metadata": Metadata()}),
]
