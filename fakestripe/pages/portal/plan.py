"""Another plan in the portal: choose it, see what it costs, confirm it."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.portal import frame
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
)
from fakestripe.resources import (
    money,
    payments,
    previews,
    subscription_changes,
)
from fakestripe.state.store import Object, equals
from fakestripe.wire.errors import StripeError, invalid
from fakestripe.wire.fields import Integer, Params

if TYPE_CHECKING:
    from fakestripe.world import World

FEATURE = "subscription_update"
QUANTITY = Integer(least=1, most=999_999)
Typed = dict[str, object]


def can_change(world: "World", session: Object, plan: Object) -> bool:
    """Only a plan of one item that goes on, where there is something else to choose."""
    feature = frame.features(world, session)[FEATURE]
    is_plain = len(plan["items"]["data"]) == 1 and plan["cancel_at"] is None
    goes_on = is_plain and plan["status"] in ("active", "trialing")
    if not (feature["enabled"] and goes_on):
        return False
    has_quantity = "quantity" in feature["default_allowed_updates"]
    return has_quantity or len(_choices(world, feature, plan)) > 1


def choose(world: "World", token: str, id_: str) -> Response:
    session, plan, feature = _asked(world, token, id_)
    item = plan["items"]["data"][0]
    has_quantity = "quantity" in feature["default_allowed_updates"]
    amount = part("portal_quantity.html", quantity=item["quantity"])
    return page(
        "portal_choose.html",
        title="Update your plan",
        action=f"{frame.path(session)}/plan/{id_}",
        back=frame.to_home(session),
        choices=joined(
            [
                _choice(world, price, is_current=price["id"] == item["price"]["id"])
                for price in _choices(world, feature, plan)
            ]
        ),
        quantity=amount if has_quantity else NOTHING,
    )


def preview(world: "World", token: str, id_: str, typed: Typed) -> Response:
    """What the change would cost, before it is made."""
    session, plan, feature = _asked(world, token, id_)
    change = _change(world, plan, feature, typed)
    item = plan["items"]["data"][0]
    if (change["price"], change["quantity"]) == (item["price"]["id"], item["quantity"]):
        return redirect(f"{frame.path(session)}/plan/{id_}")
    return _preview(world, session, plan, feature, change, world.clock.now())


def confirm(world: "World", typed: Typed, token: str, id_: str) -> Response:
    """Change it as it was shown; a refused payment leaves the plan as it was."""
    try:
        with world.transaction():
            return _confirm(world, typed, token, id_, "error_if_incomplete")
    except StripeError as e:
        if e.status != HTTPStatus.PAYMENT_REQUIRED:
            raise
        refused = e
    with world.transaction():
        if refused.code == payments.NEEDS_CUSTOMER.code:
            # The bank asks: the change is made, and its invoice waits for the answer.
            return _confirm(world, typed, token, id_, "allow_incomplete")
        session, plan, feature = _asked(world, token, id_)
        change = _change(world, plan, feature, typed)
        at, status = _moment(typed), HTTPStatus.PAYMENT_REQUIRED
        problem = part("alert.html", text=refused.message)
        return _preview(world, session, plan, feature, change, at, problem, status)


def _confirm(
    world: "World", typed: Typed, token: str, id_: str, behavior: str
) -> Response:
    session, plan, feature = _asked(world, token, id_)
    change = _change(world, plan, feature, typed)
    params = _params(plan, feature, change, _moment(typed))
    plan = subscription_changes.update(
        world, {**params, "payment_behavior": behavior}, id_
    )
    invoice = world.get("invoice", plan["latest_invoice"])
    if invoice["status"] == "open" and (url := payments.challenge_of(world, invoice)):
        return redirect(url)
    return frame.home(session)


def _asked(world: "World", token: str, id_: str) -> tuple[Object, Object, Object]:
    session = frame.session_of(world, token, wants=FEATURE)
    plan = frame.own_plan(world, session, id_)
    if not can_change(world, session, plan):
        raise frame.not_offered(session)
    return session, plan, frame.features(world, session)[FEATURE]


def _choices(world: "World", feature: Object, plan: Object) -> list[Object]:
    """The prices that are offered, and the plan's own; the cheapest first."""
    own = plan["items"]["data"][0]["price"]
    found = [own]
    if "price" in feature["default_allowed_updates"]:
        listed = feature["products"]
        ids = {id_ for entry in listed or [] for id_ in entry["prices"]}
        found += [
            price
            for price in world.store.find(
                "price",
                equals("active", True),
                equals("type", "recurring"),
                equals("currency", plan["currency"]),
            )
            if price["id"] != own["id"]
            and (listed is None or price["id"] in ids)
            and world.get("product", price["product"])["active"]
        ]
    return sorted(found, key=lambda price: (price["unit_amount"], price["id"]))


def _change(world: "World", plan: Object, feature: Object, typed: Typed) -> Params:
    """`{"price": id, "quantity": int}` of what was typed.

    Raises:
        StripeError: it is not offered.
    """
    item = plan["items"]["data"][0]
    wanted = typed.get("price", item["price"]["id"])
    if wanted not in [price["id"] for price in _choices(world, feature, plan)]:
        raise invalid("This plan is not offered.", "price")
    quantity = item["quantity"]
    if "quantity" in feature["default_allowed_updates"]:
        quantity = QUANTITY.parse(typed.get("quantity", str(quantity)), "quantity")
    return {"price": wanted, "quantity": quantity}


def _moment(typed: Typed) -> int:
    return Integer().parse(typed.get("at", ""), "at")


def _params(plan: Object, feature: Object, change: Params, at: int) -> Params:
    return {
        "items": [{"id": plan["items"]["data"][0]["id"], **change}],
        "proration_behavior": feature["proration_behavior"],
        # The moment of the preview, or it would cost something else meanwhile.
        "proration_date": at,
    }


def _preview(
    world: "World",
    session: Object,
    plan: Object,
    feature: Object,
    change: Params,
    at: int,
    problem: Html = NOTHING,
    status: int = HTTPStatus.OK,
) -> Response:
    details = _params(plan, feature, change, at)
    price = world.get("price", change["price"])
    shown = money.shown(price["unit_amount"] * change["quantity"], price["currency"])
    texts = {
        "name": world.get("product", price["product"])["name"],
        "now": frame.price(plan),
        "then": f"{shown} per {money.each(price)}",
    }
    url = f"{frame.path(session)}/plan/{plan['id']}"
    asked = {"subscription": plan["id"], "subscription_details": details}
    invoice = previews.create(world, asked)
    is_next = invoice["billing_reason"] == "upcoming"
    # `plan` has been through the preview and must not be looked at any more.
    when = f"Next invoice, {day(invoice['created'])}"
    return page(
        "portal_confirm.html",
        title="Confirm your new plan",
        status=status,
        action=f"{url}/confirm",
        alert=problem,
        at=at,
        back=link(url, "← Choose another"),
        due=money.shown(invoice["amount_due"], invoice["currency"]),
        lines=joined([_line(line) for line in invoice["lines"]["data"]]),
        price=change["price"],
        quantity=change["quantity"],
        when=when if is_next else "Due today",
        **texts,
    )


def _line(line: Object) -> Html:
    return part(
        "invoice_line.html",
        amount=money.shown(line["amount"], line["currency"]),
        period=f"{day(line['period']['start'])} to {day(line['period']['end'])}",
        text=line["description"],
    )


def _choice(world: "World", price: Object, *, is_current: bool) -> Html:
    product = world.get("product", price["product"])
    amount = money.shown(price["unit_amount"], price["currency"])
    return part(
        "portal_choice.html",
        checked=Html(" checked") if is_current else NOTHING,
        current=Html('<span class="badge">Current plan</span>')
        if is_current
        else NOTHING,
        description=product["description"] or "",
        id=price["id"],
        name=product["name"],
        price=f"{amount} per {money.each(price)}",
    )
