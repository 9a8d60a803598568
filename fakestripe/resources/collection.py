"""Getting invoices paid: which card, what a failure does, when to try again."""

from typing import TYPE_CHECKING

from fakestripe.resources import invoices, lifecycle, payment_methods
from fakestripe.resources.cards import Decline
from fakestripe.state.clock import DAY
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import StripeError, invalid
from fakestripe.wire.fields import Flag, Params, Text
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

# Days until the next attempt, after the first failure, the second and so on. When the
# last one fails the subscription is canceled, which is one of Stripe's settings.
DUNNING_DAYS = (3, 5, 7)


def attempt(
    world: "World", invoice: Object, method: Object | None = None
) -> Decline | None:
    """Try to collect, and let the subscription feel it."""
    subscription = invoices.subscription_of(world, invoice)
    method = method or paying_method(world, subscription)
    is_first_payment = subscription["status"] == "incomplete"
    tries = invoice["attempt_count"]
    retry_at = None
    if not is_first_payment and tries < len(DUNNING_DAYS):
        retry_at = world.clock.now() + DUNNING_DAYS[tries] * DAY
    refusal = invoices.pay(world, invoice, method, retry_at)
    _set_delinquent(world, invoice["customer"], refusal is not None)
    if refusal is None:
        recover(world, subscription, invoice)
    elif not is_first_payment and subscription["status"] not in lifecycle.ENDED:
        with lifecycle.changing(world, subscription):
            subscription["status"] = "past_due"
        if retry_at is None:
            lifecycle.end(world, subscription, "payment_failed")
    return refusal


def recover(world: "World", subscription: Object, invoice: Object) -> None:
    """The latest invoice is settled: the subscription is in good standing again."""
    waits = subscription["status"] in ("incomplete", "past_due", "unpaid")
    if waits and subscription["latest_invoice"] == invoice["id"]:
        with lifecycle.changing(world, subscription):
            subscription["status"] = "active"


def paying_method(world: "World", subscription: Object) -> Object | None:
    """The subscription's own card, or else the customer's."""
    customer = world.get("customer", subscription["customer"])
    id_ = (
        subscription["default_payment_method"]
        or customer["invoice_settings"]["default_payment_method"]
    )
    return world.get("payment_method", id_) if id_ else None


def _set_delinquent(world: "World", customer_id: str, is_delinquent: bool) -> None:
    customer = world.get("customer", customer_id)
    with events.updating(world, customer, "customer.updated"):
        customer["delinquent"] = is_delinquent


def retry(world: "World", invoice: Object) -> None:
    """The time for another attempt has come."""
    if invoice["status"] == "open":
        attempt(world, invoice)
    else:
        invoice["_due_at"] = None


def pay(world: "World", params: Params, id_: str) -> Object:
    invoice = world.get("invoice", id_)
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", None, "invoice_already_paid")
    _require(invoice, "draft", "open", "uncollectible")
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
    method = None
    if "payment_method" in params:
        method = payment_methods.resolve(
            world, params["payment_method"], "payment_method"
        )
        customer = world.get("customer", invoice["customer"])
        payment_methods.give_to(world, method, customer)
    if invoice["status"] != "paid" and (refusal := attempt(world, invoice, method)):
        raise refusal.error()
    return invoice


def finalize(world: "World", params: Params, id_: str) -> Object:
    invoice = world.get("invoice", id_)
    _require(invoice, "draft")
    invoices.finalize(world, invoice)
    return invoice


def void(world: "World", params: Params, id_: str) -> Object:
    invoice = world.get("invoice", id_)
    _require(invoice, "open", "uncollectible")
    invoices.void(world, invoice)
    return invoice


def write_off(world: "World", params: Params, id_: str) -> Object:
    invoice = world.get("invoice", id_)
    _require(invoice, "open")
    invoices.write_off(world, invoice)
    return invoice


def _require(invoice: Object, *statuses: str) -> None:
    if invoice["status"] not in statuses:
        raise StripeError(
            f"This invoice is {invoice['status']}, which does not allow this action.",
            code="invoice_not_editable",
        )


ROUTES = [
    Route(
        "POST",
        invoices.URL + "/{id_}/pay",
        pay,
        {"payment_method": Text(), "off_session": Flag()},
    ),
    Route("POST", invoices.URL + "/{id_}/finalize", finalize),
    Route("POST", invoices.URL + "/{id_}/void", void),
    Route("POST", invoices.URL + "/{id_}/mark_uncollectible", write_off),
]
