"""What happens when a customer pays on a checkout page."""

from typing import TYPE_CHECKING

from fakestripe.resources import (
    challenges,
    checkout,
    customers,
    lifecycle,
    payment_methods,
    subscriptions,
)
from fakestripe.resources.cards import Card
from fakestripe.state.store import Object
from fakestripe.webhooks import events
from fakestripe.wire.errors import invalid

if TYPE_CHECKING:
    from fakestripe.world import World

MARK = "{CHECKOUT_SESSION_ID}"


def complete(
    world: "World",
    session: Object,
    card: Card | None,
    *,
    email: str,
    name: str | None = None,
    expiry: tuple[int, int] | None = None,
) -> Object:
    """What happens when the customer pays; the typed address counts for guests only.

    A challenge of the card has been passed by now. `card` is None on a page that needs
    none.

    Raises:
        StripeError: the card is refused (nothing changed), or the session is not open.
    """
    if session["status"] != "open":
        raise invalid(f"This session is {session['status']}.", "session")
    is_free = not session["amount_total"]
    # A page for a trial only saves the card, so only a refusal to be saved counts.
    refusal = card and (card.on_attach if is_free else card.refusal)
    if refusal:
        raise subscriptions.undone(refusal)
    customer = _customer(world, session, email, name)
    if card is None:
        if checkout.wants_card(session):
            raise invalid("This session needs a card.", "card")
        subscription = _subscribe(world, session, customer)
    else:
        details = {"email": customer["email"], "name": name}
        method = payment_methods.build(world, card, expiry=expiry, details=details)
        payment_methods.give_to(world, method, customer)
        with challenges.passed(method):
            subscription = _subscribe(world, session, customer, method)
    session.update(
        customer=customer["id"],
        customer_details={
            "address": customer["address"] or payment_methods.address(None),
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": name or customer["name"],
            "phone": customer["phone"],
            "tax_exempt": customer["tax_exempt"],
            "tax_ids": [],
        },
        invoice=subscription["latest_invoice"],
        payment_status="no_payment_required" if is_free else "paid",
        status="complete",
        subscription=subscription["id"],
        url=None,
        _due_at=None,
    )
    events.emit(world, "checkout.session.completed", session)
    return session


def success_url(session: Object) -> str:
    """Where the customer goes after paying."""
    return session["success_url"].replace(MARK, session["id"])


def _customer(world: "World", session: Object, email: str, name: str | None) -> Object:
    if session["customer"]:
        return world.get("customer", session["customer"])
    # Two guests with one address are two customers, as with Stripe.
    email = session["customer_email"] or email
    return customers.create(world, {"email": email, "name": name})


def _subscribe(
    world: "World", session: Object, customer: Object, method: Object | None = None
) -> Object:
    rules = session["_rules"]
    given = [session["_given"]] if session["_given"] else []
    start = {"customer": customer["id"], "items": session["_items"]}
    subscription = subscriptions.build(
        world, {**rules, **start, "discounts": given}, session["id"]
    )
    subscription["default_payment_method"] = method and method["id"]
    subscription["payment_settings"]["save_default_payment_method"] = "on_subscription"
    lifecycle.schedule(subscription)
    lifecycle.announce(world, subscription)
    if refusal := subscriptions.bill_first(world, subscription):
        raise subscriptions.undone(refusal)
    return subscription
