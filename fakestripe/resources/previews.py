"""What an invoice would say: https://docs.stripe.com/api/invoices/create_preview

The change is really made, billed as a draft, and undone: a preview cannot differ from
what would happen.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.resources import (
    customers,
    discounts,
    invoices,
    item_changes,
    items,
    lifecycle,
    lines,
    subscription_changes,
    subscriptions,
)
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.wire.errors import StripeError, invalid, missing
from fakestripe.wire.expand import public
from fakestripe.wire.fields import Choice, Flag, Moment, Params, Shape, Text
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World


def create(world: "World", params: Params) -> Object:
    details = dict(params.get("subscription_details", {}))
    if "discounts" in params:
        details["discounts"] = params["discounts"]
    with world.rehearsal():
        if "subscription" in params or "items" not in details:
            subscription = _own(world, params)
            invoice = _changed(world, subscription, details)
        else:
            invoice = _started(world, params, details)
        customer = world.get("customer", invoice["customer"])
        invoices.settle_balance(invoice, customer)
        id_ = new_id("upcoming_in_")
        for line in invoice["lines"]["data"]:
            line["invoice"] = id_
        if "items" in details and "subscription" in params:
            _tell_when(world, invoice, details)
        lines_url = f"{invoices.URL}/{id_}/lines"
        shown = {**invoice, "id": id_, "ending_balance": customer["balance"]}
        return public({**shown, "lines": {**invoice["lines"], "url": lines_url}})


def _own(world: "World", params: Params) -> Object:
    """The subscription that was named, or the customer's only one."""
    customer = params.get("customer")
    if "subscription" in params:
        id_ = params["subscription"]
        subscription = world.get("subscription", id_, param="subscription")
        if customer not in (None, subscription["customer"]):
            raise invalid(f"Customer {customer} has no {id_}.", "subscription")
    elif customer is None:
        raise missing("customer")
    else:
        world.get("customer", customer, param="customer")
        live = customers.live_subscriptions(world, customer)
        if len(live) > 1:
            raise invalid(
                "This customer has several subscriptions: say which.", "subscription"
            )
        if not live:
            raise _nothing(customer)
        subscription = live[0]
    if subscription["status"] in lifecycle.ENDED:
        raise _nothing(subscription["customer"])
    return subscription


def _changed(world: "World", subscription: Object, details: Params) -> Object:
    """The invoice that the change causes at once, or else the next one."""
    due_now = subscription_changes.change(world, subscription, details)
    if details.get("trial_end") == "now" and subscription["status"] == "trialing":
        due_now = None
        _end_period(subscription, world.clock.now())
    pending = lines.take_pending(world, subscription)
    if due_now == "prorations":
        return invoices.draft(world, subscription, pending, "subscription_update")
    if due_now == "period":
        whole = lines.for_period(world, subscription, is_trial=False)
        return invoices.draft(
            world, subscription, pending + whole, "subscription_update"
        )
    start = lifecycle.period_end(subscription)
    ends_at = subscription["cancel_at"]
    if ends_at is None or ends_at > start:
        together = subscription["items"]["data"]
        anchor = subscription["billing_cycle_anchor"]
        items.set_period(together, start, items.boundary(together, anchor, start))
        pending += lines.for_period(world, subscription, is_trial=False)
    if not pending:
        raise _nothing(subscription["customer"])
    invoice = invoices.draft(world, subscription, pending, "upcoming")
    invoice.update(created=start, next_payment_attempt=start)
    return invoice


def _started(world: "World", params: Params, details: Params) -> Object:
    """The first invoice of a subscription that does not exist yet."""
    if "customer" not in params:
        raise missing("customer")
    for index, item in enumerate(details["items"]):
        param = f"subscription_details[items][{index}]"
        item_changes.with_price(item, param)
        if {"id", "deleted"} & set(item):
            raise invalid("There is no subscription to change.", param)
    names = ("items", "trial_end", "discounts")
    start = {name: details[name] for name in names if name in details}
    subscription = subscriptions.build(world, {"customer": params["customer"], **start})
    is_trial = subscription["status"] == "trialing"
    charged = lines.for_period(world, subscription, is_trial=is_trial)
    return invoices.draft(world, subscription, charged, "subscription_create")


def _tell_when(world: "World", invoice: Object, details: Params) -> None:
    """A change that names this moment settles what the preview has shown."""
    lines = invoice["lines"]["data"]
    parts = (line["parent"]["subscription_item_details"] for line in lines)
    if any(part["proration"] for part in parts):
        at = details.get("proration_date", world.clock.now())
        told = invoice["parent"]["subscription_details"]
        told["subscription_proration_date"] = at


def _end_period(subscription: Object, now: int) -> None:
    subscription["billing_cycle_anchor"] = now
    for item in subscription["items"]["data"]:
        item["current_period_end"] = now


def _nothing(customer: str) -> StripeError:
    return StripeError(
        f"No upcoming invoices for customer: {customer}",
        status=HTTPStatus.NOT_FOUND,
        code="invoice_upcoming_none",
    )


ROUTES = [
    Route(
        "POST",
        invoices.URL + "/create_preview",
        create,
        {
            "customer": Text(),
            "discounts": discounts.FIELD,
            "preview_mode": Choice("next"),
            "subscription": Text(),
            "subscription_details": Shape(
                {
                    **item_changes.FIELDS,
                    "cancel_at_period_end": Flag(),
                    "trial_end": Moment("now"),
                }
            ),
        },
    ),
]
