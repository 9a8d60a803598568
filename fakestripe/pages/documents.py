"""The pages of one invoice and of one receipt."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.portal import badge
from fakestripe.pages.render import (
    NOTHING,
    Html,
    Response,
    day,
    joined,
    link,
    message,
    page,
    part,
)
from fakestripe.resources import money, payments
from fakestripe.resources.account import account
from fakestripe.state.store import Object, equals

if TYPE_CHECKING:
    from fakestripe.world import World


def show_invoice(world: "World", account_id: str, token: str) -> Response:
    found = world.store.find("invoice", equals("_token", token))
    if not found or account(world)["id"] != account_id:
        return _unknown("invoice")
    invoice = found[0]
    currency = invoice["currency"]
    rows = [("Total", invoice["total"])]
    if taken := invoice["subtotal"] - invoice["total"]:
        rows = [("Subtotal", invoice["subtotal"]), ("Discount", -taken), *rows]
    if invoice["starting_balance"] and invoice["amount_due"] != invoice["total"]:
        rows.append(("Applied balance", invoice["amount_due"] - invoice["total"]))
    rows.append(("Amount due", invoice["amount_due"]))
    return page(
        "invoice.html",
        title=f"Invoice {invoice['number']}",
        action=_action(world, invoice),
        badge=badge(invoice["status"]),
        business=account(world)["settings"]["dashboard"]["display_name"],
        date=day(invoice["created"]),
        email=invoice["customer_email"] or "",
        lines=joined([_line(line) for line in invoice["lines"]["data"]]),
        name=invoice["customer_name"] or "",
        number=invoice["number"],
        receipts=_receipts(world, invoice),
        totals=joined([_total(text, amount, currency) for text, amount in rows]),
    )


def show_receipt(world: "World", token: str) -> Response:
    found = world.store.find("charge", equals("_token", token))
    if not found or not found[0]["receipt_url"]:
        return _unknown("receipt")
    charge = found[0]
    card, currency = charge["payment_method_details"]["card"], charge["currency"]
    refunded = charge["amount_refunded"]
    return page(
        "receipt.html",
        title="Receipt",
        amount=money.shown(charge["amount"], currency),
        business=account(world)["settings"]["dashboard"]["display_name"],
        card=f"{card['brand'].title()} •••• {card['last4']}",
        date=day(charge["created"]),
        number=charge["receipt_number"],
        number_of_invoice=world.get("invoice", charge["_invoice"])["number"],
        refund=_total("Refunded", -refunded, currency) if refunded else Html(""),
    )


def _line(line: Object) -> Html:
    period = line["period"]
    return part(
        "invoice_line.html",
        amount=money.shown(line["amount"], line["currency"]),
        period=f"{day(period['start'])} to {day(period['end'])}",
        text=line["description"],
    )


def _total(text: str, amount: int, currency: str) -> Html:
    return part("total.html", text=text, amount=money.shown(amount, currency))


def _action(world: "World", invoice: Object) -> Html:
    """The way to the bank's question, while the invoice waits for its answer."""
    url = payments.challenge_of(world, invoice) if invoice["status"] == "open" else None
    return link(url, "Authenticate the payment", is_button=True) if url else NOTHING


def _receipts(world: "World", invoice: Object) -> Html:
    charges = world.store.find("charge", equals("_invoice", invoice["id"]))
    return joined(
        [
            part("receipt_link.html", url=charge["receipt_url"])
            for charge in charges
            if charge["receipt_url"]
        ]
    )


def _unknown(what: str) -> Response:
    return message(HTTPStatus.NOT_FOUND, "Page not found", f"There is no such {what}.")
