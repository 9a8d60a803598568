"""Disputes: the customer asks the bank for the money back.

https://docs.stripe.com/api/disputes and https://docs.stripe.com/testing#disputes
"""

from typing import TYPE_CHECKING

from fakestripe.resources import balance, payment_methods
from fakestripe.state.clock import DAY
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.errors import StripeError, invalid
from fakestripe.wire.expand import public
from fakestripe.wire.fields import (
    Email,
    Field,
    Flag,
    Metadata,
    Params,
    Shape,
    Text,
    merge_metadata,
)
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/disputes"
FEE = 1_500
ANSWER_WITHIN = 7 * DAY
# The networks' numbers for the reasons, as Visa has them.
REASON_CODES = {
    "fraudulent": "10.4",
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "subscription_canceled": "13.2",
    "duplicate": "12.6.1",
}
# What decides a dispute in test mode.
WINNING, LOSING = "winning_evidence", "losing_evidence"
TEXTS = (
    "access_activity_log", "billing_address", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_name", "customer_purchase_ip",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description",
    "refund_policy_disclosure", "refund_refusal_explanation", "service_date",
    "shipping_address", "shipping_carrier", "shipping_date",
    "shipping_tracking_number", "uncategorized_text",
)  # fmt: skip
FILES = (
    "cancellation_policy", "customer_communication", "customer_signature",
    "duplicate_charge_documentation", "receipt", "refund_policy",
    "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip
EVIDENCE: dict[str, Field] = {
    **{name: Text(longest=20_000, clearable=True) for name in TEXTS},
    "customer_email_address": Email(clearable=True),
}


def open_if_wanted(world: "World", charge: Object) -> None:
    """Some test cards pay, and their owners want it back at once."""
    method = world.get("payment_method", charge["payment_method"])
    if reason := payment_methods.card_of(method).dispute:
        open_by_hand(world, charge, reason)


def is_lost_or_open(world: "World", charge: Object) -> bool:
    found = world.store.find("dispute", equals("charge", charge["id"]))
    return any(dispute["status"] != "won" for dispute in found)


def can_open(charge: Object) -> bool:
    is_refunded = charge["amount_refunded"] == charge["amount_captured"]
    return charge["paid"] and not charge["disputed"] and not is_refunded


def open_by_hand(world: "World", charge: Object, reason: str) -> Object:
    """The customer goes to the bank, for one of `REASON_CODES`.

    Raises:
        StripeError: the charge cannot be disputed, or no such reason.
    """
    if reason not in REASON_CODES:
        raise invalid(f"The reason is one of {', '.join(REASON_CODES)}.", "reason")
    if not can_open(charge):
        raise invalid("Only a charge that is paid and kept can be disputed.", "charge")
    card = charge["payment_method_details"]["card"]
    code = REASON_CODES[reason]
    dispute = world.new(
        "dispute",
        "du_",
        amount=charge["amount"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={
            **dict.fromkeys((*EVIDENCE, *FILES)),
            "enhanced_evidence": {},
        },
        evidence_details={
            "due_by": world.clock.now() + ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=False,
        metadata={},
        network_reason_code=code,
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": {
                "brand": card["brand"],
                "case_type": "chargeback",
                "network": card["network"],
                "network_reason_code": code,
            },
            "type": "card",
        },
        reason=reason,
        status="needs_response",
        _due_at=world.clock.now() + ANSWER_WITHIN,
    )
    charge["disputed"] = True
    _book(world, dispute, -dispute["amount"], FEE, "Chargeback withdrawal")
    events.emit(world, "charge.dispute.created", dispute)
    events.emit(world, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def decide_by_hand(world: "World", id_: str, *, is_won: bool) -> Object:
    """Raises StripeError: no such dispute, or it is closed."""
    dispute = _undecided(world, id_)
    decide(world, dispute, is_won=is_won)
    return dispute


def decide(world: "World", dispute: Object, *, is_won: bool) -> None:
    """The bank has spoken."""
    dispute.update(status="won" if is_won else "lost", _due_at=None)
    if is_won:
        _book(world, dispute, dispute["amount"], -FEE, "Chargeback reversal")
    events.emit(world, "charge.dispute.closed", dispute)
    if is_won:
        events.emit(world, "charge.dispute.funds_reinstated", dispute)


def give_up(world: "World", dispute: Object) -> None:
    """Nobody answered in time."""
    dispute["evidence_details"]["past_due"] = True
    decide(world, dispute, is_won=False)


def _book(world: "World", dispute: Object, amount: int, fee: int, text: str) -> None:
    source = {**dispute, "description": f"{text} for {dispute['charge']}"}
    line = balance.book(world, source, amount, fee=fee, type_="adjustment")
    line["reporting_category"] = "dispute" if amount < 0 else "dispute_reversal"
    dispute["balance_transactions"].append(public(line))


def update(world: "World", params: Params, id_: str) -> Object:
    dispute = _undecided(world, id_)
    details = dispute["evidence_details"]
    submits = params.get("submit", "evidence" in params)
    with events.updating(world, dispute, "charge.dispute.updated"):
        if "metadata" in params:
            dispute["metadata"] = merge_metadata(
                dispute["metadata"], params["metadata"]
            )
        dispute["evidence"] |= params.get("evidence", {})
        details["has_evidence"] = any(dispute["evidence"].values())
        if submits:
            details["submission_count"] += 1
            dispute.update(status="under_review", _due_at=None)
    said = dispute["evidence"]["uncategorized_text"]
    if submits and said in (WINNING, LOSING):
        decide(world, dispute, is_won=said == WINNING)
    return dispute


def close(world: "World", params: Params, id_: str) -> Object:
    """Accept that it is lost."""
    dispute = _undecided(world, id_)
    decide(world, dispute, is_won=False)
    return dispute


def _undecided(world: "World", id_: str) -> Object:
    dispute = world.get("dispute", id_)
    if dispute["status"] in ("won", "lost"):
        raise StripeError("This dispute is already closed.")
    return dispute


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "charge", "payment_intent")
    return page(world, URL, "dispute", params, *conditions)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("dispute", id_)


ROUTES = [
    Route("GET", URL, list_all, filtered(charge=Text(), payment_intent=Text())),
    Route("GET", URL + "/{id_}", get),
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {"evidence": Shape(EVIDENCE), "metadata": Metadata(), "submit": Flag()},
    ),
    Route("POST", URL + "/{id_}/close", close),
]
