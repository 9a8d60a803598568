"""The page of one invoice, which takes its payment; and the invoice as PDF."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.badges import badge
from fakestripe.pages.card_form import CardForm
from fakestripe.pages.paper import Paper, shown_rows
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
    redirect,
)
from fakestripe.resources import collection, money, payment_methods, payments
from fakestripe.resources.account import account
from fakestripe.state.store import Object, equals

if TYPE_CHECKING:
    from fakestripe.world import World

PAYABLE = ("open", "uncollectible")


def show(world: "World", account_id: str, token: str) -> Response:
    invoice = _find(world, account_id, token)
    return _page(world, invoice, CardForm()) if invoice else _unknown()


def pay(
    world: "World", account_id: str, token: str, typed: dict[str, object]
) -> Response:
    """With the card that was typed, which is kept for the customer."""
    invoice = _find(world, account_id, token)
    if invoice is None:
        return _unknown()
    if invoice["status"] not in PAYABLE:
        # Paid on another tab: the page says so.
        return redirect(invoice["hosted_invoice_url"])
    form = CardForm.read(typed)
    form.check(world.clock.now())
    if form.errors:
        return _page(world, invoice, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if refusal := form.card.on_attach:
        form.general = refusal.message
        return _page(world, invoice, form, HTTPStatus.PAYMENT_REQUIRED)
    customer = world.get("customer", invoice["customer"])
    details = {"name": form.name, "email": customer["email"]}
    method = payment_methods.build(
        world, form.card, expiry=form.expires, details=details
    )
    payment_methods.give_to(world, method, customer)
    refusal = collection.attempt(world, invoice, method, by_hand=True)
    if url := payments.challenge_of(world, invoice):
        return redirect(url)
    if refusal:
        form.general = refusal.message
        return _page(world, invoice, form, HTTPStatus.PAYMENT_REQUIRED)
    return redirect(invoice["hosted_invoice_url"])


def show_pdf(world: "World", account_id: str, token: str) -> Response:
    invoice = _find(world, account_id, token)
    if invoice is None:
        return _unknown()
    currency, number = invoice["currency"], invoice["number"]
    paper = Paper(f"Invoice {number}")
    paper.heading("Invoice")
    paper.facts(
        [
            ("Invoice number", number),
            ("Date of issue", day(invoice["created"])),
            ("Bill to", " ".join(_recipient(invoice))),
            ("From", _business(world)),
        ]
    )
    paper.big(_headline(invoice))
    for line in invoice["lines"]["data"]:
        amount = money.shown(line["amount"], line["currency"])
        paper.line(line["description"], amount, _period(line))
    for text, amount in shown_rows(_totals(invoice), currency):
        paper.total(text, amount)
    paper.note("An offline Stripe made this document. No money was moved.")
    return paper.response(f"Invoice-{number}")


def _page(
    world: "World", invoice: Object, form: CardForm, status: int = HTTPStatus.OK
) -> Response:
    currency = invoice["currency"]
    rows = shown_rows(_totals(invoice), currency)
    return page(
        "invoice.html",
        title=f"Invoice {invoice['number']}",
        status=status,
        amount=money.shown(_asked(invoice), currency),
        badge=badge(invoice["status"]),
        business=_business(world),
        date=day(invoice["created"]),
        lines=joined([_line(line) for line in invoice["lines"]["data"]]),
        links=_links(world, invoice),
        number=invoice["number"],
        pay=_payment(world, invoice, form),
        recipient=joined([part("invoice_to.html", text=t) for t in _recipient(invoice)])
        or "-",
        state=_state(invoice),
        totals=joined([part("total.html", text=t, amount=a) for t, a in rows]),
    )


def _find(world: "World", account_id: str, token: str) -> Object | None:
    found = world.store.find("invoice", equals("_token", token))
    is_shown = found and found[0]["number"] and account(world)["id"] == account_id
    return found[0] if is_shown else None


def _payment(world: "World", invoice: Object, form: CardForm) -> Html:
    """The bank's question, where the invoice waits for its answer, and a card form."""
    if invoice["status"] not in PAYABLE:
        return NOTHING
    url = payments.challenge_of(world, invoice)
    shown = money.shown(invoice["amount_remaining"], invoice["currency"])
    return part(
        "invoice_payment.html",
        action=invoice["hosted_invoice_url"],
        alert=form.alert(),
        amount=shown,
        card_fields=form.fields(),
        challenge=part("invoice_challenge.html", url=url) if url else NOTHING,
        heading="Pay with another card" if url else "Pay this invoice",
    )


def _asked(invoice: Object) -> int:
    is_payable = invoice["status"] in PAYABLE
    return invoice["amount_remaining" if is_payable else "amount_due"]


def _state(invoice: Object) -> str:
    paid_at = invoice["status_transitions"]["paid_at"]
    if paid_at is not None:
        return f"Paid on {day(paid_at)}"
    if invoice["status"] == "void":
        return "Void: nothing is to be paid."
    if invoice["next_payment_attempt"] is not None:
        again = day(invoice["next_payment_attempt"])
        return f"Due now. The card on file is tried again on {again}."
    return "Due now"


def _headline(invoice: Object) -> str:
    return f"{money.shown(_asked(invoice), invoice['currency'])}. {_state(invoice)}"


def _totals(invoice: Object) -> list[tuple[str, int]]:
    rows = [("Total", invoice["total"])]
    if taken := invoice["subtotal"] - invoice["total"]:
        rows = [("Subtotal", invoice["subtotal"]), ("Discount", -taken), *rows]
    if invoice["starting_balance"] and invoice["amount_due"] != invoice["total"]:
        rows.append(("Applied balance", invoice["amount_due"] - invoice["total"]))
    rows.append(("Amount due", invoice["amount_due"]))
    if invoice["amount_paid"]:
        rows.append(("Amount paid", invoice["amount_paid"]))
    return rows


def _line(line: Object) -> Html:
    return part(
        "invoice_line.html",
        amount=money.shown(line["amount"], line["currency"]),
        period=_period(line),
        text=line["description"],
    )


def _period(line: Object) -> str:
    return f"{day(line['period']['start'])} to {day(line['period']['end'])}"


def _recipient(invoice: Object) -> list[str]:
    names = (invoice["customer_name"], invoice["customer_email"])
    return [name for name in names if name]


def _links(world: "World", invoice: Object) -> Html:
    links = [link(invoice["invoice_pdf"], "Download invoice")]
    for charge in world.store.find("charge", equals("_invoice", invoice["id"])):
        if url := charge["receipt_url"]:
            links += [link(url, "View receipt"), link(f"{url}/pdf", "Download receipt")]
    return joined(links)


def _business(world: "World") -> str:
    return account(world)["settings"]["dashboard"]["display_name"]


def _unknown() -> Response:
    return message(HTTPStatus.NOT_FOUND, "Page not found", "There is no such invoice.")
