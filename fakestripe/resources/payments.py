"""Payment intents, and how they belong to invoices: the money moves here.

https://docs.stripe.com/api/payment_intents and /invoice-payment
"""

from typing import TYPE_CHECKING

from fakestripe.resources import challenges, charges, payment_methods
from fakestripe.resources.cards import Decline
from fakestripe.state.ids import new_id
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
NEEDS_CUSTOMER = Decline(
    "invoice_payment_intent_requires_action",
    None,
    "This payment requires additional user action before it can be completed"
    " successfully.",
)


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
    if challenges.is_needed(method):
        _wait_for_customer(world, invoice, intent, method)
        return NEEDS_CUSTOMER
    intent["next_action"] = None
    refusal = payment_methods.card_of(method).refusal
    attempt = charges.build(world, invoice, intent, method, refusal)
    intent["latest_charge"] = attempt["id"]
    if refusal:
        intent["status"] = "requires_payment_method"
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
    attempt["balance_transaction"] = charges.book(world, attempt)["id"]
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


def _wait_for_customer(
    world: "World", invoice: Object, intent: Object, method: Object
) -> None:
    """No charge yet: the bank asks the customer first."""
    challenge = challenges.ask(
        world, "invoice", invoice=invoice["id"], method=method["id"]
    )
    redirect = {"return_url": invoice["hosted_invoice_url"], "url": challenge["url"]}
    intent.update(
        next_action={"redirect_to_url": redirect, "type": "redirect_to_url"},
        payment_method=method["id"],
        status="requires_action",
    )
    events.emit(world, "payment_intent.requires_action", intent)


def challenge_of(world: "World", invoice: Object) -> str | None:
    """Where the customer has to go, if the invoice waits for that."""
    intent = world.get("payment_intent", invoice["_intent"])
    action = intent["next_action"]
    return action["redirect_to_url"]["url"] if action else None


def fail_challenge(world: "World", invoice: Object) -> None:
    """The customer did not pass: another card, or another try, has to come."""
    intent = world.get("payment_intent", invoice["_intent"])
    intent.update(
        last_payment_error={
            "type": "card_error",
            "code": "payment_intent_authentication_failure",
            "message": challenges.FAILED,
        },
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )
    events.emit(world, "payment_intent.payment_failed", intent)


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


def get_payment(world: "World", params: Params, id_: str) -> Object:
    return world.get("invoice_payment", id_)


def list_payments(world: "World", params: Params) -> Object:
    conditions = matching(params, "invoice", "status")
    wanted = params.get("payment", {}).get("payment_intent")
    if wanted:
        conditions.append(equals("payment.payment_intent", wanted))
    return page(world, "/v1/invoice_payments", "invoice_payment", params, *conditions)


ROUTES = [
    Route("GET", "/v1/payment_intents", list_intents, filtered(customer=Text())),
    Route("GET", "/v1/payment_intents/search", search_intents, SEARCH),
    Route("GET", "/v1/payment_intents/{id_}", get_intent),
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
]
