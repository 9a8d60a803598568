"""Charges, one for each attempt to get money: https://docs.stripe.com/api/charges"""

import uuid
from typing import TYPE_CHECKING

from fakestripe.resources import balance, challenges, payment_methods
from fakestripe.resources.cards import Challenge, Decline
from fakestripe.state.ids import new_code, new_id
from fakestripe.state.store import Object
from fakestripe.wire.fields import Params, Text
from fakestripe.wire.lists import SEARCH, filtered, matching, page, search
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

SHOWN_OF_CARD = (
    "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding",
    "last4", "regulated_status", "wallet",
)  # fmt: skip
FEE_SHARE, FEE_FIXED = 0.029, 30


def build(
    world: "World",
    invoice: Object,
    intent: Object,
    method: Object,
    refusal: Decline | None,
) -> Object:
    is_paid = refusal is None
    token = new_id("rcpt_", 40)
    return world.new(
        "charge",
        "ch_",
        amount=intent["amount"],
        amount_captured=intent["amount"] if is_paid else 0,
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=method["billing_details"],
        calculated_statement_descriptor="FAKE STRIPE",
        captured=is_paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=refusal.code if refusal else None,
        failure_message=refusal.message if refusal else None,
        fraud_details={},
        metadata={},
        on_behalf_of=None,
        outcome=_outcome(refusal),
        paid=is_paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={
            "card": {
                **{name: method["card"][name] for name in SHOWN_OF_CARD},
                "amount_authorized": intent["amount"] if is_paid else None,
                "authorization_code": None,
                "extended_authorization": {"status": "disabled"},
                "incremental_authorization": {"status": "unavailable"},
                "installments": None,
                "mandate": None,
                "multicapture": {"status": "unavailable"},
                "network": method["card"]["brand"],
                "network_token": {"used": False},
                "network_transaction_id": None,
                "overcapture": {
                    "maximum_amount_capturable": intent["amount"],
                    "status": "unavailable",
                },
                "three_d_secure": _authentication(method),
            },
            "type": "card",
        },
        radar_options={},
        receipt_email=None,
        receipt_number=f"{new_code(4)}-{new_code(4)}" if is_paid else None,
        receipt_url=f"{world.base_url}/receipts/{token}" if is_paid else None,
        refunded=False,
        review=None,
        shipping=None,
        source=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="succeeded" if is_paid else "failed",
        transfer_data=None,
        transfer_group=None,
        _token=token,
        _invoice=invoice["id"],
    )


def book(world: "World", charge: Object) -> Object:
    """Enter a charge that succeeded, less Stripe's fee."""
    fee = round(charge["amount"] * FEE_SHARE) + FEE_FIXED
    return balance.book(world, charge, charge["amount"], fee=fee, type_="charge")


def _authentication(method: Object) -> Object | None:
    asks = payment_methods.card_of(method).challenge is not Challenge.NEVER
    if not (asks and challenges.is_passed(method)):
        return None
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": str(uuid.uuid4()),
        "version": "2.2.0",
    }


def _outcome(refusal: Decline | None) -> Object:
    return {
        "advice_code": "try_again_later" if refusal else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if refusal else "approved_by_network",
        "reason": (refusal.decline_code or refusal.code) if refusal else None,
        "risk_level": "normal",
        "risk_score": 10,
        "seller_message": refusal.message if refusal else "Payment complete.",
        "type": "issuer_declined" if refusal else "authorized",
    }


def get_charge(world: "World", params: Params, id_: str) -> Object:
    return world.get("charge", id_)


def list_charges(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer", "payment_intent")
    return page(world, "/v1/charges", "charge", params, *conditions)


def search_charges(world: "World", params: Params) -> Object:
    return search(world, "/v1/charges/search", "charge", params)


ROUTES = [
    Route(
        "GET",
        "/v1/charges",
        list_charges,
        filtered(customer=Text(), payment_intent=Text()),
    ),
    Route("GET", "/v1/charges/search", search_charges, SEARCH),
    Route("GET", "/v1/charges/{id_}", get_charge),
]
