"""What all pages of the portal ask first: who is this, and what is offered here."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.render import (
    NOTHING,
    Html,
    Instead,
    Response,
    link,
    message,
    redirect,
)
from fakestripe.resources import customers, lifecycle, money, portal
from fakestripe.resources import portal_configuration as configuration
from fakestripe.resources.account import account
from fakestripe.state.store import Object, equals
from fakestripe.wire.errors import StripeError

if TYPE_CHECKING:
    from fakestripe.world import World


def session_of(world: "World", token: str, *, wants: str | None = None) -> Object:
    """The open session behind an address; `wants` names a feature that must be on.

    Raises:
        Instead: none, expired, the customer is gone, or the feature is off.
    """
    found = world.store.find("billing_portal.session", equals("_token", token))
    if not found:
        text = "There is no such billing page."
        raise Instead(message(HTTPStatus.NOT_FOUND, "Page not found", text))
    session = found[0]
    customer = world.store.get(session["customer"])
    is_gone = customer is None or "email" not in customer
    if is_gone or not portal.is_open(world, session):
        text = "Open the billing page again from your account."
        page = message(HTTPStatus.GONE, "This page has expired", text, back(session))
        raise Instead(page)
    if wants and not features(world, session)[wants]["enabled"]:
        raise not_offered(session)
    return session


def features(world: "World", session: Object) -> Object:
    return configuration.get(world, {}, session["configuration"])["features"]


def not_offered(session: Object) -> Instead:
    text = "This cannot be changed here. Ask whoever sent you to this page."
    to_home = link(path(session), "Back to billing")
    return Instead(message(HTTPStatus.FORBIDDEN, "Not offered here", text, to_home))


def own_plan(world: "World", session: Object, id_: str) -> Object:
    """A subscription of the session's customer that has not ended.

    Raises:
        StripeError: somebody else's, ended or unknown.
    """
    plan = world.get("subscription", id_)
    is_own = plan["customer"] == session["customer"]
    if not is_own or plan["status"] in lifecycle.ENDED:
        raise StripeError(f"No such subscription: '{id_}'", status=HTTPStatus.NOT_FOUND)
    return plan


def plans(world: "World", session: Object) -> list[Object]:
    return customers.live_subscriptions(world, session["customer"])


def path(session: Object) -> str:
    return f"/p/session/{session['_token']}"


def home(session: Object) -> Response:
    return redirect(path(session))


def to_home(session: Object) -> Html:
    return link(path(session), "← Back to billing")


def back(session: Object) -> Html:
    url = session["return_url"]
    return link(url, "← Return") if url else NOTHING


def business(world: "World") -> str:
    return account(world)["settings"]["dashboard"]["display_name"]


def names(world: "World", plan: Object) -> str:
    products = [
        world.get("product", item["price"]["product"])["name"]
        for item in plan["items"]["data"]
    ]
    return " and ".join(products)


def price(plan: Object) -> str:
    """For example `$15.00 per month`."""
    together = plan["items"]["data"]
    amount = sum(i["price"]["unit_amount"] * i["quantity"] for i in together)
    shown = money.shown(amount, plan["currency"])
    return f"{shown} per {money.each(together[0]['price'])}"
