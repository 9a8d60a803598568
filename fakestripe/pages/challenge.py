"""The page of the bank that asks the customer: complete or fail (3-D Secure)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages import checkout
from fakestripe.pages.portal import card
from fakestripe.pages.render import Response, message, page, redirect
from fakestripe.resources import cards, challenges, collection, money, payments
from fakestripe.resources.account import account
from fakestripe.state.store import Object

if TYPE_CHECKING:
    from fakestripe.world import World


def show(world: "World", id_: str) -> Response:
    challenge = challenges.find(world, id_)
    if challenge is None or not challenge["_is_open"]:
        return _over()
    return page(
        "challenge.html",
        title="Authenticate the payment",
        action=f"/3ds/{id_}",
        business=account(world)["settings"]["dashboard"]["display_name"],
        card=f"•••• {_last4(world, challenge)}",
        text=_question(world, challenge),
    )


def complete(world: "World", id_: str) -> Response:
    return _answered(world, id_, is_passed=True)


def fail(world: "World", id_: str) -> Response:
    return _answered(world, id_, is_passed=False)


def _answered(world: "World", id_: str, *, is_passed: bool) -> Response:
    challenge = challenges.answer(world, id_)
    if challenge is None:
        return _over()
    details = challenge["_details"]
    match challenge["_purpose"]:
        case "checkout":
            return checkout.answered(world, details, is_passed=is_passed)
        case "card":
            return card.answered(world, details, is_passed=is_passed)
    return _invoice_answered(world, details, is_passed=is_passed)


def _invoice_answered(world: "World", details: Object, *, is_passed: bool) -> Response:
    invoice = world.get("invoice", details["invoice"])
    if invoice["status"] != "open":
        return _over()
    if is_passed:
        method = world.get("payment_method", details["method"])
        with challenges.passed(method):
            collection.attempt(world, invoice, method, by_hand=True)
    else:
        payments.fail_challenge(world, invoice)
    return redirect(invoice["hosted_invoice_url"])


def _question(world: "World", challenge: Object) -> str:
    details = challenge["_details"]
    match challenge["_purpose"]:
        case "checkout":
            session = world.get("checkout.session", details["session"])
            due, currency = session["amount_total"], session["currency"]
        case "card":
            return "Your bank wants to know whether you are saving this card."
        case _:
            invoice = world.get("invoice", details["invoice"])
            due, currency = invoice["amount_due"], invoice["currency"]
    return (
        f"Your bank wants to know whether you are paying {money.shown(due, currency)}."
    )


def _last4(world: "World", challenge: Object) -> str:
    details = challenge["_details"]
    if "number" in details:
        return cards.digits(details["number"])[-4:]
    return world.get("payment_method", details["method"])["card"]["last4"]


def _over() -> Response:
    return message(
        HTTPStatus.GONE,
        "This page has expired",
        "The question of your bank was answered, or there is none.",
    )
