"""The first page of the portal: the plans, the card, the address, the invoices."""

from typing import TYPE_CHECKING

from fakestripe.pages.badges import badge
from fakestripe.pages.portal import frame
from fakestripe.pages.portal.plan import can_change
from fakestripe.pages.render import (
    NOTHING,
    Html,
    Response,
    day,
    joined,
    link,
    page,
    part,
    redirect,
    short_day,
)
from fakestripe.resources import collection, lifecycle, money, payments
from fakestripe.state.store import Object, differs, equals

if TYPE_CHECKING:
    from fakestripe.world import World

NO_PLAN = Html('<p class="quiet">You have no subscription.</p>')


def show(world: "World", token: str) -> Response:
    session = frame.session_of(world, token)
    offered = frame.features(world, session)
    plans = frame.plans(world, session)
    shown = [_plan(world, plan, session, offered) for plan in plans]
    return page(
        "portal.html",
        title="Billing",
        back=frame.back(session),
        business=frame.business(world),
        details=_details(world, session, offered),
        invoices=_invoices(world, session)
        if _is_on(offered, "invoice_history")
        else "",
        method=_method(world, session, plans, offered),
        plans=joined(shown) or NO_PLAN,
    )


def follow(world: "World", token: str) -> Response:
    """Straight to what the session was opened for."""
    session = frame.session_of(world, token)
    flow = session["flow"] or {"type": ""}
    match flow["type"]:
        case "payment_method_update":
            place = "/card"
        case "customer_update":
            place = "/details"
        case "subscription_cancel":
            place = f"/cancel/{flow['subscription_cancel']['subscription']}"
        case "subscription_update":
            place = f"/plan/{flow['subscription_update']['subscription']}"
        case _:
            place = ""
    return redirect(f"{frame.path(session)}{place}")


def pay_invoice(world: "World", token: str, id_: str) -> Response:
    """Try an open invoice once more."""
    session = frame.session_of(world, token)
    invoice = world.get("invoice", id_)
    if invoice["customer"] == session["customer"] and invoice["status"] == "open":
        collection.attempt(world, invoice, by_hand=True)
        if url := payments.challenge_of(world, invoice):
            return redirect(url)
    return frame.home(session)


def _is_on(offered: Object, feature: str) -> bool:
    return offered[feature]["enabled"]


def _plan(world: "World", plan: Object, session: Object, offered: Object) -> Html:
    return part(
        "portal_plan.html",
        badge=badge(plan["status"]),
        buttons=joined(_buttons(world, plan, session, offered)),
        name=frame.names(world, plan),
        next=_what_is_next(plan),
        price=frame.price(plan),
    )


def _buttons(
    world: "World", plan: Object, session: Object, offered: Object
) -> list[Html]:
    def to(action: str, text: str, template: str) -> Html:
        url = f"{frame.path(session)}/{action}/{plan['id']}"
        return part(template, url=url, text=text)

    buttons = []
    if plan["status"] == "paused" and collection.paying_method(world, plan):
        buttons.append(to("resume", "Resume the plan", "portal_press.html"))
    if can_change(world, session, plan):
        buttons.append(to("plan", "Update plan", "portal_open.html"))
    if _is_on(offered, "subscription_cancel"):
        if plan["cancel_at"] is not None:
            buttons.append(to("keep", "Keep the plan", "portal_press.html"))
        else:
            buttons.append(to("cancel", "Cancel plan", "portal_open.html"))
    return buttons


def _what_is_next(plan: Object) -> str:
    pause = plan["pause_collection"]
    if plan["cancel_at"] is not None:
        return f"Your plan ends on {day(plan['cancel_at'])}."
    if plan["status"] in ("past_due", "unpaid"):
        return "The last payment failed. Change the card, then pay the open invoice."
    if plan["status"] == "incomplete":
        return "The first payment is missing. Pay the open invoice."
    if plan["status"] == "paused":
        return "Your trial ended without a card. Add one, then resume the plan."
    if pause and pause["resumes_at"]:
        return f"Payments are paused until {day(pause['resumes_at'])}."
    if pause:
        return "Payments are paused."
    if plan["status"] == "trialing":
        return f"Your trial ends on {day(plan['trial_end'])}."
    return f"Your plan renews on {day(lifecycle.period_end(plan))}."


def _method(
    world: "World", session: Object, plans: list[Object], offered: Object
) -> Html:
    customer = world.get("customer", session["customer"])
    id_ = customer["invoice_settings"]["default_payment_method"]
    for plan in plans:
        id_ = plan["default_payment_method"] or id_
    if id_ is None:
        text, expires, button = "No card on file", "", "Add a card"
    else:
        card = world.get("payment_method", id_)["card"]
        text = f"{card['brand'].title()} •••• {card['last4']}"
        expires = f"Expires {card['exp_month']:02}/{card['exp_year']}"
        button = "Change card"
    url = f"{frame.path(session)}/card"
    is_on = _is_on(offered, "payment_method_update")
    change = part("portal_open.html", url=url, text=button) if is_on else NOTHING
    return part("portal_method.html", card=text, expires=expires, button=change)


def _details(world: "World", session: Object, offered: Object) -> Html:
    customer = world.get("customer", session["customer"])
    url = f"{frame.path(session)}/details"
    is_on = _is_on(offered, "customer_update")
    update = part("portal_open.html", url=url, text="Update") if is_on else NOTHING
    return part(
        "portal_details.html",
        button=update,
        email=customer["email"] or "No email address",
        name=customer["name"] or "",
    )


def _invoices(world: "World", session: Object) -> Html:
    rows = world.store.find(
        "invoice",
        equals("customer", session["customer"]),
        differs("status", "draft"),
        limit=24,
    )
    shown = joined([_invoice(row, session) for row in rows])
    nothing = Html('<tr><td class="quiet">No invoices yet.</td></tr>')
    return part("portal_invoices.html", rows=shown or nothing)


def _invoice(row: Object, session: Object) -> Html:
    pay = NOTHING
    if row["status"] == "open":
        pay = part("pay_button.html", url=f"{frame.path(session)}/pay/{row['id']}")
    return part(
        "portal_invoice.html",
        amount=money.shown(row["total"], row["currency"]),
        badge=badge(row["status"]),
        date=short_day(row["created"]),
        number=row["number"],
        pay=pay,
        pdf=link(row["invoice_pdf"], "PDF"),
        url=row["hosted_invoice_url"],
    )
