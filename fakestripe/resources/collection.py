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
# last one fails, a setting of the account says what becomes of the subscription.
DUNNING_DAYS = (3, 5, 7)
# As in the dashboard, "Manage failed payments": the first is what the fake does untold.
AFTER_DUNNING = ("cancel", "unpaid", "past_due")


def attempt(
    world: "World",
    invoice: Object,
    method: Object | None = None,
    *,
    by_hand: bool = False,
) -> Decline | None:
    """Try to collect, and let the subscription feel it.

    The first attempt counts always; later ones `by_hand` (of the customer, of the API)
    change nothing in the schedule of the retries.
    """
    subscription = invoices.subscription_of(world, invoice)
    method = method or paying_method(world, subscription)
    status = subscription["status"]
    # These wait for their first payment as they are, without retries.
    waits = status in ("incomplete", "paused")
    tries = invoice["attempt_count"]
    counts = not (by_hand and tries)
    retry_at = None if counts else invoice["next_payment_attempt"]
    if counts and not waits and status != "unpaid" and tries < len(DUNNING_DAYS):
        retry_at = world.clock.now() + DUNNING_DAYS[tries] * DAY
    refusal = invoices.pay(world, invoice, method, retry_at, counts=counts)
    _set_delinquent(world, invoice["customer"], refusal is not None)
    if refusal is None:
        _keep_method(world, subscription, method)
        recover(world, subscription, invoice)
    elif not waits and status not in lifecycle.ENDED:
        _fall_behind(world, subscription, is_last=counts and retry_at is None)
    return refusal


def _keep_method(world: "World", subscription: Object, method: Object | None) -> None:
    """`save_default_payment_method`: what has paid goes on paying."""
    saves = subscription["payment_settings"]["save_default_payment_method"]
    if saves == "on_subscription" and subscription["status"] not in lifecycle.ENDED:
        with lifecycle.changing(world, subscription):
            subscription["default_payment_method"] = method and method["id"]


def _fall_behind(world: "World", subscription: Object, *, is_last: bool) -> None:
    end = after_dunning(world) if is_last else "past_due"
    if subscription["status"] != "unpaid":
        with lifecycle.changing(world, subscription):
            subscription["status"] = "unpaid" if end == "unpaid" else "past_due"
    if end == "cancel":
        lifecycle.end(world, subscription, "payment_failed")


def after_dunning(world: "World") -> str:
    """What the last failure does: `cancel`, `unpaid` or `past_due`."""
    return world.store.fact("after_dunning") or AFTER_DUNNING[0]


def set_after_dunning(world: "World", end: str) -> None:
    """Raises ValueError: none of `AFTER_DUNNING`."""
    if end not in AFTER_DUNNING:
        raise ValueError(f"after_dunning must be one of {', '.join(AFTER_DUNNING)}")
    world.store.set_fact("after_dunning", end)


def recover(world: "World", subscription: Object, invoice: Object) -> None:
    """The latest invoice is settled: the subscription is in good standing again."""
    status = subscription["status"]
    waits = status in ("incomplete", "past_due", "paused", "unpaid")
    if waits and subscription["latest_invoice"] == invoice["id"]:
        with lifecycle.changing(world, subscription):
            subscription["status"] = "active"
        if status == "paused":
            events.emit(world, "customer.subscription.resumed", subscription)


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
    if invoice["status"] != "paid":
        refusal = attempt(world, invoice, method, by_hand=True)
        if refusal:
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
