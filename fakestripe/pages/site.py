"""Which page answers which address."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages import challenge, checkout, invoice, receipt
from fakestripe.pages.dashboard import deeds, events, frame, lists, overview, webhooks
from fakestripe.pages.portal import card, details, ending, home, plan
from fakestripe.pages.render import PACKAGE, Instead, Response, message, page
from fakestripe.wire.errors import StripeError

if TYPE_CHECKING:
    from fakestripe.world import World

PORTAL = "/p/session/(?P<token>[A-Za-z0-9]+)"
PLAN = "/(?P<id_>sub_[A-Za-z0-9]+)"
INVOICE = "/(?P<id_>in_[A-Za-z0-9]+)"
INVOICE_PAGE = "/i/(?P<account_id>[A-Za-z0-9_]+)/(?P<token>[A-Za-z0-9]+)"
RECEIPT = "/receipts/(?P<token>[A-Za-z0-9_]+)"
CHALLENGE = "/3ds/(?P<id_>tds_[A-Za-z0-9]+)"
DASHBOARD = "/dashboard"
EVENT = DASHBOARD + "/events/(?P<id_>evt_[A-Za-z0-9]+)"
LIST = DASHBOARD + f"/(?P<tab>{'|'.join(frame.LISTS)})"
PAYMENT = DASHBOARD + "/payments/(?P<id_>ch_[A-Za-z0-9]+)"
DISPUTE = DASHBOARD + "/disputes/(?P<id_>du_[A-Za-z0-9]+)"
ENDPOINT = DASHBOARD + "/webhooks/(?P<id_>we_[A-Za-z0-9]+)"
SHOWN: list[tuple[str, Callable[..., Response]]] = [
    ("/c/pay/(?P<id_>[A-Za-z0-9_]+)", checkout.show),
    (PORTAL, home.show),
    (PORTAL + "/flow", home.follow),
    (PORTAL + "/card", card.ask),
    (PORTAL + "/details", details.ask),
    (PORTAL + "/plan" + PLAN, plan.choose),
    (PORTAL + "/cancel" + PLAN, ending.ask),
    (INVOICE_PAGE, invoice.show),
    (INVOICE_PAGE + "/pdf", invoice.show_pdf),
    (RECEIPT, receipt.show),
    (RECEIPT + "/pdf", receipt.show_pdf),
    (CHALLENGE, challenge.show),
    (DASHBOARD, overview.show),
    (LIST, lists.show),
    (LIST + "/before/(?P<before>[A-Za-z0-9_]+)", lists.show),
    (EVENT, events.show),
    (DASHBOARD + "/webhooks", webhooks.show),
    (DASHBOARD + "/objects/(?P<id_>[A-Za-z0-9_]+)", lists.show_object),
]
TYPED: list[tuple[str, Callable[..., Response]]] = [
    ("/c/pay/(?P<id_>[A-Za-z0-9_]+)", checkout.pay),
    ("/c/pay/(?P<id_>[A-Za-z0-9_]+)/promotion", checkout.apply_code),
    ("/c/pay/(?P<id_>[A-Za-z0-9_]+)/quantity", checkout.set_quantity),
    (PORTAL + "/card", card.change),
    (PORTAL + "/details", details.change),
    (PORTAL + "/plan" + PLAN, plan.preview),
    (PORTAL + "/cancel" + PLAN, ending.cancel),
    (INVOICE_PAGE, invoice.pay),
]
PRESSED: list[tuple[str, Callable[..., Response]]] = [
    (PORTAL + "/keep" + PLAN, ending.keep),
    (PORTAL + "/resume" + PLAN, ending.resume),
    (PORTAL + "/pay" + INVOICE, home.pay_invoice),
    (CHALLENGE + "/complete", challenge.complete),
    (CHALLENGE + "/fail", challenge.fail),
    (DASHBOARD + "/customers/(?P<id_>cus_[A-Za-z0-9]+)/portal", deeds.open_portal),
    (PAYMENT + "/refund", deeds.refund),
    (PAYMENT + "/dispute", deeds.dispute),
    (DISPUTE + "/win", deeds.win),
    (DISPUTE + "/lose", deeds.lose),
    (ENDPOINT + "/roll", webhooks.roll),
    (ENDPOINT + "/switch", webhooks.switch),
    (EVENT + "/resend", events.resend),
    (DASHBOARD + "/deliveries/(?P<number>[0-9]{1,15})/resend", events.resend_delivery),
]
# These come to their own transactions.
BY_THEMSELVES: list[tuple[str, Callable[..., Response]]] = [
    (PORTAL + "/plan" + PLAN + "/confirm", plan.confirm),
    (DASHBOARD + "/clock", overview.move_clock),
    (DASHBOARD + "/trouble", overview.make_trouble),
    (DASHBOARD + "/account", overview.set_account),
]
STATIC = {
    "/static/style.css": "text/css; charset=utf-8",
    "/static/icon.svg": "image/svg+xml",
}


def answer(
    world: "World", method: str, path: str, typed: dict[str, object]
) -> Response:
    """The page, or a page that says why not."""
    if method == "GET" and path in STATIC:
        body = (PACKAGE / "static" / path.rsplit("/", 1)[1]).read_bytes()
        return Response(HTTPStatus.OK, body, {"Content-Type": STATIC[path]})
    try:
        if method == "POST":
            for pattern, take in BY_THEMSELVES:
                if match := re.fullmatch(pattern, path):
                    return take(world, typed, **match.groupdict())
        with world.transaction():
            if method == "GET" and path == "/":
                return _home(world)
            return _dispatch(world, method, path, typed)
    except Instead as e:
        return e.response
    except StripeError as e:
        return message(e.status, "That did not work", e.message)


def _dispatch(
    world: "World", method: str, path: str, typed: dict[str, object]
) -> Response:
    if method == "GET":
        for pattern, show in SHOWN:
            if match := re.fullmatch(pattern, path):
                return show(world, **match.groupdict())
    if method == "POST":
        for pattern, take in TYPED:
            if match := re.fullmatch(pattern, path):
                return take(world, typed=typed, **match.groupdict())
        for pattern, press in PRESSED:
            if match := re.fullmatch(pattern, path):
                return press(world, **match.groupdict())
    return message(HTTPStatus.NOT_FOUND, "Page not found", "There is nothing here.")


def _home(world: "World") -> Response:
    now = datetime.fromtimestamp(world.clock.now(), UTC)
    return page(
        "home.html",
        title="Offline Stripe",
        now=now.strftime("%Y-%m-%d %H:%M:%S"),
        url=world.base_url,
    )
