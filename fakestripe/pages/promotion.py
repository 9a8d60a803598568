"""The promotion code on the checkout page."""

from typing import TYPE_CHECKING

from fakestripe.pages.render import NOTHING, Html, part
from fakestripe.resources import checkout_lines, discounts, money, promotion_codes
from fakestripe.state.store import Object
from fakestripe.wire.errors import StripeError

if TYPE_CHECKING:
    from fakestripe.world import World

LONGEST = 100


def use(world: "World", session: Object, code: str) -> str | None:
    """Apply the code, or take it away when it is empty; gives what is wrong with it."""
    if not session["allow_promotion_codes"]:
        return "This page takes no promotion codes."
    code = code.strip()
    if not code:
        checkout_lines.set_discount(world, session, None)
        return None
    found = promotion_codes.find(world, code[:LONGEST])
    if found is None:
        return "This code is invalid."
    try:
        checkout_lines.set_discount(world, session, {"promotion_code": found["id"]})
    except StripeError as e:
        return e.message
    return None


def part_of(world: "World", session: Object, typed: object, problem: str) -> Html:
    """The discount that is applied, or the field for a code, or nothing."""
    url = f"/c/pay/{session['id']}/promotion"
    if session["discounts"]:
        return _applied(world, session, url)
    if not session["allow_promotion_codes"]:
        return NOTHING
    error, state = NOTHING, NOTHING
    if problem:
        error = part("field_error.html", name="code", text=problem)
        state = Html('aria-invalid="true" aria-describedby="code-error"')
    return part("promotion.html", url=url, code=typed, error=error, state=state)


def _applied(world: "World", session: Object, url: str) -> Html:
    given = session["discounts"][0]
    coupon = world.store.get(given["coupon"]) or {}
    code = world.store.get(given["promotion_code"] or "") or {}
    if "valid" not in coupon:
        # Deleted since it was applied: paying will say so.
        name, terms = given["coupon"], ""
    else:
        name = code.get("code") or coupon["name"] or coupon["id"]
        terms = discounts.shown(coupon)
    can_be_removed = session["allow_promotion_codes"]
    return part(
        "promotion_applied.html",
        amount=money.shown(
            -session["total_details"]["amount_discount"], session["currency"]
        ),
        name=name,
        remove=part("promotion_remove.html", url=url) if can_be_removed else NOTHING,
        terms=terms,
    )
