"""Invoices of subscriptions: https://docs.stripe.com/api/invoices

What an invoice is and how it changes. Who collects its money: `collection`.
"""

from typing import TYPE_CHECKING

from fakestripe.resources import blanks, discounts, disputes, payments
from fakestripe.resources.account import ACCOUNT_ID
from fakestripe.resources.cards import Decline
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.fields import Choice, Params, Text
from fakestripe.wire.lists import SEARCH, filtered, matching, page, paged, search, whole
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/invoices"


def draft(
    world: "World", subscription: Object, lines: list[Object], reason: str
) -> Object:
    """A new draft over the lines; `reason` is the invoice's `billing_reason`."""
    customer = world.get("customer", subscription["customer"])
    id_ = new_id("in_")
    for line in lines:
        line["invoice"] = id_
    item = subscription["items"]["data"][0]
    subtotal = sum(line["amount"] for line in lines)
    discounted = discounts.take_off(world, subscription, lines)
    total = subtotal - sum(discount["amount"] for discount in discounted)
    invoice = world.new(
        "invoice",
        "in_",
        id_,
        **blanks.invoice(),
        amount_due=max(total, 0),
        amount_remaining=max(total, 0),
        billing_reason=reason,
        currency=subscription["currency"],
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_tax_exempt=customer["tax_exempt"],
        discounts=[discount["discount"] for discount in discounted],
        lines=whole(f"{URL}/{id_}/lines", lines),
        parent={
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        period_end=item["current_period_end"],
        period_start=item["current_period_start"],
        starting_balance=customer["balance"],
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal,
        total=total,
        total_discount_amounts=discounted,
        total_excluding_tax=total,
        _token=new_id("", 48),
    )
    subscription["latest_invoice"] = id_
    events.emit(world, "invoice.created", invoice)
    return invoice


def finalize(world: "World", invoice: Object) -> None:
    """Number it, settle it with the customer's balance; what is left is to be paid."""
    customer = world.get("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    customer["next_invoice_sequence"] += 1
    customer["currency"] = invoice["currency"]
    settle_balance(invoice, customer)
    now = world.clock.now()
    address = f"{world.base_url}/i/{ACCOUNT_ID}/{invoice['_token']}"
    invoice.update(
        effective_at=now,
        hosted_invoice_url=address,
        invoice_pdf=f"{address}/pdf",
        number=number,
        status="open",
    )
    invoice["status_transitions"]["finalized_at"] = now
    if invoice["amount_due"]:
        payments.prepare(world, invoice)
    events.emit(world, "invoice.finalized", invoice)
    if not invoice["amount_due"]:
        _paid(world, invoice)


def settle_balance(invoice: Object, customer: Object) -> None:
    """Take the customer's balance into account, and change it.

    Negative is credit, both as a balance and as a total.
    """
    before = customer["balance"]
    due = max(invoice["total"] + before, 0)
    customer["balance"] = invoice["total"] + before - due
    invoice.update(
        amount_due=due,
        amount_remaining=due,
        starting_balance=before,
        ending_balance=customer["balance"],
    )


def pay(
    world: "World",
    invoice: Object,
    method: Object | None,
    retry_at: int | None = None,
    *,
    counts: bool = True,
) -> Decline | None:
    """One attempt; gives the bank's reason when it fails, and notes when to retry."""
    refusal = payments.charge(world, invoice, method)
    invoice["attempted"] = True
    invoice["attempt_count"] += counts
    if refusal is None:
        invoice.update(amount_paid=invoice["amount_due"], amount_remaining=0)
        _paid(world, invoice)
        intent = world.get("payment_intent", invoice["_intent"])
        disputes.open_if_wanted(world, world.get("charge", intent["latest_charge"]))
        return None
    invoice["next_payment_attempt"] = invoice["_due_at"] = retry_at
    if refusal is payments.NEEDS_CUSTOMER:
        events.emit(world, "invoice.payment_action_required", invoice)
    events.emit(world, "invoice.payment_failed", invoice)
    return refusal


def void(world: "World", invoice: Object) -> None:
    _close(world, invoice, "void", "voided_at")
    payments.abandon(world, invoice)
    events.emit(world, "invoice.voided", invoice)


def write_off(world: "World", invoice: Object) -> None:
    _close(world, invoice, "uncollectible", "marked_uncollectible_at")
    events.emit(world, "invoice.marked_uncollectible", invoice)


def stop_collecting(world: "World", subscription: Object) -> None:
    """The subscription ended: its unpaid invoices are no longer tried."""
    for status in ("draft", "open"):
        for invoice in world.store.find(
            "invoice",
            equals("parent.subscription_details.subscription", subscription["id"]),
            equals("status", status),
        ):
            with events.updating(world, invoice, "invoice.updated"):
                invoice.update(
                    auto_advance=False, next_payment_attempt=None, _due_at=None
                )


def subscription_of(world: "World", invoice: Object) -> Object:
    details = invoice["parent"]["subscription_details"]
    return world.get("subscription", details["subscription"])


def _paid(world: "World", invoice: Object) -> None:
    invoice.update(
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
        _due_at=None,
    )
    invoice["status_transitions"]["paid_at"] = world.clock.now()
    events.emit(world, "invoice.paid", invoice)
    events.emit(world, "invoice.payment_succeeded", invoice)


def _close(world: "World", invoice: Object, status: str, moment: str) -> None:
    invoice.update(
        auto_advance=False, next_payment_attempt=None, status=status, _due_at=None
    )
    invoice["status_transitions"][moment] = world.clock.now()


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer", "status", "collection_method")
    if "subscription" in params:
        field = "parent.subscription_details.subscription"
        conditions.append(equals(field, params["subscription"]))
    return page(world, URL, "invoice", params, *conditions)


def find(world: "World", params: Params) -> Object:
    return search(world, URL + "/search", "invoice", params)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("invoice", id_)


def list_lines(world: "World", params: Params, id_: str) -> Object:
    return world.get("invoice", id_)["lines"]


ROUTES = [
    Route(
        "GET",
        URL,
        list_all,
        filtered(
            collection_method=Choice("charge_automatically", "send_invoice"),
            customer=Text(),
            status=Choice("draft", "open", "paid", "uncollectible", "void"),
            subscription=Text(),
        ),
    ),
    Route("GET", URL + "/search", find, SEARCH),
    Route("GET", URL + "/{id_}", get),
    Route("GET", URL + "/{id_}/lines", list_lines, paged()),
]
