"""Payment intents, charges and balance transactions: the money itself moves here.

https://docs.stripe.com/api/payment_intents, /charges, /balance_transactions and
/invoice-payment
"""

from typing import TYPE_CHECKING

from fakestripe.resources import payment_methods
from fakestripe.resources.cards import Decline
from fakestripe.state.ids import new_code, new_id
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.fields import Params, Shape, Text
from fakestripe.wire.lists import SEARCH, filtered, matching, page, paged, search
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

NO_METHOD = Decline(
    "invoice_payment_intent_requires_action",
    None,
    "There is no default payment method set on this customer or subscription.",
)
SHOWN_OF_CARD = (
    "brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding",
    "last4", "regulated_status", "wallet",
)  # fmt: skip
FEE_SHARE, FEE_FIXED = 0.029, 30


def prepare(world: "World", invoice: Object) -> None:
    """The intent to be paid `invoice`; attempts share it, each with its own charge."""
    intent_id = new_id("pi_")
    intent = world.new(
        "payment_intent",
        "pi_",
        intent_id,
        amount=invoice["amount_due"],
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        application=None,
        application_fee_amount=None,
        automatic_payment_methods=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic",
        client_secret=new_id(f"{intent_id}_secret_"),
        confirmation_method="automatic",
        currency=invoice["currency"],
        customer=invoice["customer"],
        customer_account=None,
        description=_occasion(invoice),
        last_payment_error=None,
        latest_charge=None,
        metadata={},
        next_action=None,
        on_behalf_of=None,
        payment_details={"customer_reference": None, "order_reference": invoice["id"]},
        payment_method=None,
        payment_method_configuration_details=None,
        payment_method_options={},
        payment_method_types=["card"],
        processing=None,
        receipt_email=None,
        review=None,
        setup_future_usage="off_session",
        shipping=None,
        source=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="requires_payment_method",
        transfer_data=None,
        transfer_group=None,
    )
    payment = world.new(
        "invoice_payment",
        "inpay_",
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent_id},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    invoice["_intent"], invoice["_payment"] = intent_id, payment["id"]
    invoice["confirmation_secret"] = {
        "client_secret": intent["client_secret"],
        "type": "payment_intent",
    }
    events.emit(world, "payment_intent.created", intent)


def charge(world: "World", invoice: Object, method: Object | None) -> Decline | None:
    """Try to get the invoice's money; gives the reason when the bank refuses."""
    intent = world.get("payment_intent", invoice["_intent"])
    if method is None:
        return NO_METHOD
    refusal = payment_methods.card_of(method).refusal
    attempt = _charge(world, invoice, intent, method, refusal)
    intent["latest_charge"] = attempt["id"]
    if refusal:
        intent["last_payment_error"] = {
            "type": "card_error",
            "charge": attempt["id"],
            "code": refusal.code,
            "decline_code": refusal.decline_code,
            "message": refusal.message,
        }
        events.emit(world, "charge.failed", attempt)
        events.emit(world, "payment_intent.payment_failed", intent)
        return refusal
    attempt["balance_transaction"] = _book(world, attempt)["id"]
    intent.update(
        amount_received=intent["amount"],
        last_payment_error=None,
        payment_method=method["id"],
        status="succeeded",
    )
    payment = world.get("invoice_payment", invoice["_payment"])
    payment.update(amount_paid=intent["amount"], status="paid")
    payment["status_transitions"]["paid_at"] = world.clock.now()
    events.emit(world, "charge.succeeded", attempt)
    events.emit(world, "payment_intent.succeeded", intent)
    events.emit(world, "invoice_payment.paid", payment)
    return None


def abandon(world: "World", invoice: Object) -> None:
    """Nobody will pay this any more."""
    if "_intent" not in invoice:
        return
    intent = world.get("payment_intent", invoice["_intent"])
    now = world.clock.now()
    intent.update(
        status="canceled", canceled_at=now, cancellation_reason="void_invoice"
    )
    payment = world.get("invoice_payment", invoice["_payment"])
    payment["status"] = "canceled"
    payment["status_transitions"]["canceled_at"] = now
    events.emit(world, "payment_intent.canceled", intent)


def _charge(
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
                "three_d_secure": None,
            },
            "type": "card",
        },
        presentment_details=None,
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


def _book(world: "World", attempt: Object) -> Object:
    fee = round(attempt["amount"] * FEE_SHARE) + FEE_FIXED
    return book(world, attempt, attempt["amount"], fee=fee, type_="charge")


def book(
    world: "World", source: Object, amount: int, *, fee: int, type_: str
) -> Object:
    """A line of the account's balance; `amount` is negative for refunds."""
    now, currency = world.clock.now(), source["currency"]
    fees = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return world.store.add(
        {
            "id": new_id("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": source["description"],
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [fees] if fee else [],
            "net": amount - fee,
            "reporting_category": type_,
            "source": source["id"],
            "status": "available",
            "type": type_,
        }
    )


def _occasion(invoice: Object) -> str:
    is_first = invoice["billing_reason"] == "subscription_create"
    return "Subscription creation" if is_first else "Subscription update"


def get_intent(world: "World", params: Params, id_: str) -> Object:
    return world.get("payment_intent", id_)


def list_intents(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer")
    return page(world, "/v1/payment_intents", "payment_intent", params, *conditions)


def search_intents(world: "World", params: Params) -> Object:
    return search(world, "/v1/payment_intents/search", "payment_intent", params)


def get_charge(world: "World", params: Params, id_: str) -> Object:
    return world.get("charge", id_)


def list_charges(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer", "payment_intent")
    return page(world, "/v1/charges", "charge", params, *conditions)


def search_charges(world: "World", params: Params) -> Object:
    return search(world, "/v1/charges/search", "charge", params)


def get_payment(world: "World", params: Params, id_: str) -> Object:
    return world.get("invoice_payment", id_)


def list_payments(world: "World", params: Params) -> Object:
    conditions = matching(params, "invoice", "status")
    wanted = params.get("payment", {}).get("payment_intent")
    if wanted:
        conditions.append(equals("payment.payment_intent", wanted))
    return page(world, "/v1/invoice_payments", "invoice_payment", params, *conditions)


def get_transaction(world: "World", params: Params, id_: str) -> Object:
    return world.get("balance_transaction", id_)


def list_transactions(world: "World", params: Params) -> Object:
    conditions = matching(params, "source", "type", "currency")
    return page(
        world, "/v1/balance_transactions", "balance_transaction", params, *conditions
    )


ROUTES = [
    Route("GET", "/v1/payment_intents", list_intents, filtered(customer=Text())),
    Route("GET", "/v1/payment_intents/search", search_intents, SEARCH),
    Route("GET", "/v1/payment_intents/{id_}", get_intent),
    Route(
        "GET",
        "/v1/charges",
        list_charges,
        filtered(customer=Text(), payment_intent=Text()),
    ),
    Route("GET", "/v1/charges/search", search_charges, SEARCH),
    Route("GET", "/v1/charges/{id_}", get_charge),
    Route(
        "GET",
        "/v1/invoice_payments",
        list_payments,
        paged(
            invoice=Text(),
            status=Text(),
            payment=Shape({"type": Text(required=True), "payment_intent": Text()}),
        ),
    ),
    Route("GET", "/v1/invoice_payments/{id_}", get_payment),
    Route(
        "GET",
        "/v1/balance_transactions",
        list_transactions,
        filtered(source=Text(), type=Text(), currency=Text()),
    ),
    Route("GET", "/v1/balance_transactions/{id_}", get_transaction),
]
