"""The page of one receipt, and the receipt as PDF."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.paper import Paper
from fakestripe.pages.render import NOTHING, Response, day, link, message, page, part
from fakestripe.resources import money
from fakestripe.resources.account import account
from fakestripe.state.store import Object, equals

if TYPE_CHECKING:
    from fakestripe.world import World


def show(world: "World", token: str) -> Response:
    charge = _find(world, token)
    if charge is None:
        return _unknown()
    refunded = _refunded(charge)
    number = charge["receipt_number"]
    return page(
        "receipt.html",
        title=f"Receipt {number}",
        amount=money.shown(charge["amount"], charge["currency"]),
        business=_business(world),
        card=_card(charge),
        date=day(charge["created"]),
        invoice=link(_invoice(world, charge)["hosted_invoice_url"], "View invoice"),
        number=number,
        number_of_invoice=_invoice(world, charge)["number"],
        pdf=link(f"{charge['receipt_url']}/pdf", "Download receipt"),
        refund=part("total.html", text="Refunded", amount=refunded)
        if refunded
        else NOTHING,
    )


def show_pdf(world: "World", token: str) -> Response:
    charge = _find(world, token)
    if charge is None:
        return _unknown()
    number, invoice = charge["receipt_number"], _invoice(world, charge)
    amount = money.shown(charge["amount"], charge["currency"])
    paper = Paper(f"Receipt {number}")
    paper.heading("Receipt")
    paper.facts(
        [
            ("Receipt number", number),
            ("Invoice number", invoice["number"]),
            ("Date paid", day(charge["created"])),
            ("Payment method", _card(charge)),
            ("Paid to", _business(world)),
            ("Paid by", invoice["customer_email"] or invoice["customer_name"] or ""),
        ]
    )
    paper.big(f"{amount} paid on {day(charge['created'])}")
    for line in invoice["lines"]["data"]:
        paper.line(line["description"], money.shown(line["amount"], line["currency"]))
    paper.total("Amount paid", amount)
    if refunded := _refunded(charge):
        paper.total("Refunded", refunded)
    paper.note("An offline Stripe made this document. No money was moved.")
    return paper.response(f"Receipt-{number}")


def _find(world: "World", token: str) -> Object | None:
    found = world.store.find("charge", equals("_token", token))
    return found[0] if found and found[0]["receipt_url"] else None


def _invoice(world: "World", charge: Object) -> Object:
    return world.get("invoice", charge["_invoice"])


def _card(charge: Object) -> str:
    card = charge["payment_method_details"]["card"]
    return f"{card['brand'].title()} •••• {card['last4']}"


def _refunded(charge: Object) -> str | None:
    amount = charge["amount_refunded"]
    return money.shown(-amount, charge["currency"]) if amount else None


def _business(world: "World") -> str:
    return account(world)["settings"]["dashboard"]["display_name"]


def _unknown() -> Response:
    return message(HTTPStatus.NOT_FOUND, "Page not found", "There is no such receipt.")
