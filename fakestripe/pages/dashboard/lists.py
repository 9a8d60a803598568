"""The lists of objects, with what can be done to them; and any object as JSON."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.badges import badge
from fakestripe.pages.dashboard import frame
from fakestripe.pages.dashboard.events import event_row
from fakestripe.pages.render import Html, Response, day, link, message, part
from fakestripe.resources import disputes, lifecycle, money
from fakestripe.state.store import Object
from fakestripe.wire.expand import public

if TYPE_CHECKING:
    from fakestripe.world import World

SHOWN = 50
Row = list[str | Html]


def show(world: "World", tab: str, before: str | None = None) -> Response:
    """The newest rows, or those older than the object `before`."""
    kind, heads, row = LISTS[tab]
    conditions = []
    if before:
        sql = "seq < (SELECT seq FROM objects WHERE id = ?)"
        conditions.append((sql, (before,)))
    found = world.store.find(kind, *conditions, limit=SHOWN + 1)
    shown = found[:SHOWN]
    content = frame.table(heads, [row(world, obj) for obj in shown], f"No {tab} yet.")
    if len(found) > SHOWN:
        older = link(f"/dashboard/{tab}/before/{shown[-1]['id']}", "Older →")
        content = Html(f'{content}<p class="center">{older}</p>')
    content = part("dashboard_panel.html", content=content)
    return frame.framed(world, tab.title(), content, tab=tab)


def show_object(world: "World", id_: str) -> Response:
    obj = world.store.get(id_)
    if obj is None:
        return message(
            HTTPStatus.NOT_FOUND, "Page not found", "There is no such object."
        )
    body = json.dumps(public(obj), indent=2, ensure_ascii=False)
    content = part("dashboard_json.html", kind=obj["object"], body=body)
    return frame.framed(world, id_, content)


def _customer(world: "World", customer: Object) -> Row:
    return [
        frame.to_object(customer["id"], customer["email"] or customer["id"]),
        customer["name"] or "",
        money.shown(customer["balance"], customer["currency"] or "usd"),
        badge("past_due") if customer["delinquent"] else "",
        frame.moment(customer["created"]),
        frame.press(f"/dashboard/customers/{customer['id']}/portal", "Open portal"),
    ]


def _subscription(world: "World", subscription: Object) -> Row:
    items = subscription["items"]["data"]
    amount = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
    price = money.shown(amount, subscription["currency"])
    return [
        frame.to_object(subscription["id"]),
        badge(subscription["status"]),
        _owner(world, subscription["customer"]),
        f"{price} per {money.each(items[0]['price'])}",
        _next(subscription),
    ]


def _next(subscription: Object) -> str:
    if subscription["status"] in lifecycle.ENDED:
        return f"ended {day(subscription['ended_at'])}"
    if subscription["cancel_at"] is not None:
        return f"ends {day(subscription['cancel_at'])}"
    if pause := subscription["pause_collection"]:
        until = f" until {day(pause['resumes_at'])}" if pause["resumes_at"] else ""
        return f"payments paused{until}"
    if subscription["status"] == "trialing":
        return f"trial ends {day(subscription['trial_end'])}"
    return f"period ends {day(lifecycle.period_end(subscription))}"


def _invoice(world: "World", invoice: Object) -> Row:
    number = invoice["number"] or "draft"
    page = invoice["hosted_invoice_url"]
    return [
        frame.to_object(invoice["id"], number),
        badge(invoice["status"]),
        money.shown(invoice["amount_due"], invoice["currency"]),
        _owner(world, invoice["customer"]),
        frame.moment(invoice["created"]),
        link(page, "Page") if page else "",
    ]


def _payment(world: "World", charge: Object) -> Row:
    url = f"/dashboard/payments/{charge['id']}"
    buttons = []
    if charge["paid"] and not charge["refunded"] and not charge["disputed"]:
        buttons.append(frame.press(f"{url}/refund", "Refund"))
    if disputes.can_open(charge):
        buttons.append(frame.press(f"{url}/dispute", "Dispute"))
    card, receipt = charge["payment_method_details"]["card"], charge["receipt_url"]
    return [
        frame.to_object(
            charge["id"], money.shown(charge["amount"], charge["currency"])
        ),
        badge(_state_of(charge)),
        charge["failure_message"] or "",
        f"{card['brand'].title()} •••• {card['last4']}",
        _owner(world, charge["customer"]),
        frame.moment(charge["created"]),
        link(receipt, "Receipt") if receipt else "",
        frame.pressing(*buttons),
    ]


def _state_of(charge: Object) -> str:
    for state in ("disputed", "refunded"):
        if charge[state]:
            return state
    return charge["status"]


def _dispute(world: "World", dispute: Object) -> Row:
    url = f"/dashboard/disputes/{dispute['id']}"
    is_open = dispute["status"] not in ("won", "lost")
    charge = world.get("charge", dispute["charge"])
    due_by = dispute["evidence_details"]["due_by"]
    buttons = [
        frame.press(f"{url}/win", "Win"),
        frame.press(f"{url}/lose", "Lose"),
    ]
    return [
        frame.to_object(
            dispute["id"], money.shown(dispute["amount"], dispute["currency"])
        ),
        badge(dispute["status"]),
        dispute["reason"].replace("_", " ").capitalize(),
        _owner(world, charge["customer"]),
        frame.moment(dispute["created"]),
        f"answer by {day(due_by)}" if is_open else "",
        frame.pressing(*buttons) if is_open else "",
    ]


def _owner(world: "World", id_: str) -> Html | str:
    customer = world.store.get(id_) or {}
    return frame.to_object(id_, customer.get("email"))


LISTS: dict[str, tuple[str, list[str], Callable[["World", Object], Row]]] = {
    "customers": (
        "customer",
        ["Customer", "Name", "Balance", "", "Created", ""],
        _customer,
    ),
    "subscriptions": (
        "subscription",
        ["Subscription", "Status", "Customer", "Price", "Next"],
        _subscription,
    ),
    "invoices": (
        "invoice",
        ["Invoice", "Status", "Due", "Customer", "Created", ""],
        _invoice,
    ),
    "payments": (
        "charge",
        ["Amount", "State", "", "Card", "Customer", "Created", "", ""],
        _payment,
    ),
    "disputes": (
        "dispute",
        ["Amount", "State", "Reason", "Customer", "Created", "", ""],
        _dispute,
    ),
    "events": (
        "event",
        ["Event", "About", "Created", "Delivery", "Tries", "Last answer", ""],
        event_row,
    ),
}
