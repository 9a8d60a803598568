"""Lines of invoices, and the pending items that become lines later.

https://docs.stripe.com/api/invoice-line-item and /invoiceitems
"""

from typing import TYPE_CHECKING

from fakestripe.resources import money
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.fields import Flag, Params, Text
from fakestripe.wire.lists import filtered, matching, page
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/invoiceitems"


def for_period(world: "World", subscription: Object, *, is_trial: bool) -> list[Object]:
    """One line for each item's current period; a trial costs nothing."""
    lines = []
    for item in subscription["items"]["data"]:
        name = world.get("product", item["price"]["product"])["name"]
        quantity, amount = item["quantity"], item["price"]["unit_amount"]
        price = money.shown(amount, item["price"]["currency"])
        text = f"{quantity} × {name} (at {price} / {money.each(item['price'])})"
        lines.append(
            _line(
                subscription,
                item,
                amount=0 if is_trial else amount * quantity,
                description=f"Trial period for {name}" if is_trial else text,
                period={
                    "start": item["current_period_start"],
                    "end": item["current_period_end"],
                },
            )
        )
    return lines


def take_pending(world: "World", subscription: Object) -> list[Object]:
    """The pending items as lines; the caller puts them on an invoice."""
    lines = []
    for pending in pending_items(world, subscription):
        line = _line(
            subscription,
            pending["_item"],
            amount=pending["amount"],
            description=pending["description"],
            period=pending["period"],
            proration_of=pending["id"],
        )
        lines.append(line)
    return lines


def pending_items(world: "World", subscription: Object) -> list[Object]:
    return world.store.find(
        "invoiceitem",
        equals("parent.subscription_details.subscription", subscription["id"]),
        equals("invoice", None),
        oldest_first=True,
    )


def mark_taken(world: "World", lines: list[Object]) -> None:
    """The lines are on an invoice now, so their items are no longer pending."""
    for line in lines:
        details = line["parent"]["subscription_item_details"]
        if details["invoice_item"]:
            world.get("invoiceitem", details["invoice_item"])["invoice"] = line[
                "invoice"
            ]


def add_proration(
    world: "World", subscription: Object, item: Object, amount: int, text: str, at: int
) -> Object:
    """A pending item for a part of the period of `item`, from `at` to its end."""
    price, quantity = item["price"], item["quantity"]
    pending = world.store.add(
        {
            "id": new_id("ii_"),
            "object": "invoiceitem",
            "amount": amount,
            "currency": subscription["currency"],
            "customer": subscription["customer"],
            "customer_account": None,
            "date": world.clock.now(),
            "description": text,
            "discountable": False,
            "discounts": [],
            "invoice": None,
            "livemode": False,
            "metadata": {},
            "net_amount": amount,
            "parent": {
                "subscription_details": {
                    "subscription": subscription["id"],
                    "subscription_item": item["id"],
                },
                "type": "subscription_details",
            },
            "period": {"start": at, "end": item["current_period_end"]},
            "pricing": _pricing(price),
            "proration": True,
            "proration_details": {"credited_items": None, "discount_amounts": []},
            "quantity": quantity,
            "quantity_decimal": str(quantity),
            "tax_rates": [],
            "test_clock": None,
            "_item": {"id": item["id"], "price": price, "quantity": quantity},
        }
    )
    events.emit(world, "invoiceitem.created", pending)
    return pending


def _line(
    subscription: Object,
    item: Object,
    *,
    amount: int,
    description: str,
    period: Object,
    proration_of: str | None = None,
) -> Object:
    return {
        "id": new_id("il_"),
        "object": "line_item",
        "amount": amount,
        "currency": subscription["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": proration_of is None,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": dict(subscription["metadata"]),
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": proration_of,
                "proration": proration_of is not None,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": period,
        "pretax_credit_amounts": [],
        "pricing": _pricing(item["price"]),
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def _pricing(price: Object) -> Object:
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def list_all(world: "World", params: Params) -> Object:
    conditions = matching(params, "customer", "invoice")
    if "pending" in params:
        is_pending = "IS NULL" if params["pending"] else "IS NOT NULL"
        conditions.append((f"json_extract(body, '$.invoice') {is_pending}", ()))
    return page(world, URL, "invoiceitem", params, *conditions)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("invoiceitem", id_)


ROUTES = [
    Route(
        "GET",
        URL,
        list_all,
        filtered(customer=Text(), invoice=Text(), pending=Flag()),
    ),
    Route("GET", URL + "/{id_}", get),
]
