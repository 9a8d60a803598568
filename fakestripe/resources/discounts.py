"""Discounts: coupons as they were given to a subscription, and what they take off.

https://docs.stripe.com/api/discounts
"""

from typing import TYPE_CHECKING

from fakestripe.resources import coupons, money
from fakestripe.state.clock import plus_intervals
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object, equals
from fakestripe.webhooks import events
from fakestripe.wire.errors import StripeError, invalid
from fakestripe.wire.fields import ListOf, Params, Shape, Text

if TYPE_CHECKING:
    from fakestripe.world import World

CHOICE = Shape({"coupon": Text(), "promotion_code": Text()})
FIELD = ListOf(CHOICE, most=20, clearable=True)
TERMS = ("amount_off", "currency", "duration", "percent_off")


def chosen(
    world: "World", given: Params, *, customer: str | None, currency: str, amount: int
) -> tuple[Object, Object | None]:
    """The coupon, and the promotion code it came by; `amount` is the subtotal.

    Raises:
        StripeError: unknown, used up, expired, or not for this customer or amount.
    """
    if ("coupon" in given) == ("promotion_code" in given):
        raise invalid("Give either a coupon or a promotion code.", "discounts")
    code = None
    if "promotion_code" in given:
        id_ = given["promotion_code"]
        code = world.get("promotion_code", id_, param="discounts")
        _check_code(world, code, customer, currency, amount)
    coupon_id = code["promotion"]["coupon"] if code else given["coupon"]
    coupon = world.get("coupon", coupon_id, param="discounts")
    if not coupon["valid"]:
        raise _refused(f"Coupon expired: {coupon_id}", "coupon_expired")
    if coupon["currency"] not in (None, currency):
        raise _refused(f"This coupon is in {coupon['currency']} only.")
    return coupon, code


def _check_code(
    world: "World", code: Object, customer: str | None, currency: str, amount: int
) -> None:
    rules = code["restrictions"]
    if not code["active"]:
        raise _refused("This promotion code is no longer valid.")
    if code["customer"] not in (None, customer):
        raise _refused("This promotion code is not valid for this customer.")
    if rules["first_time_transaction"] and customer and _has_paid(world, customer):
        raise _refused("This promotion code is for a first purchase only.")
    least = rules["minimum_amount"]
    is_other = rules["minimum_amount_currency"] != currency
    if least is not None and (is_other or amount < least):
        shown = money.shown(least, rules["minimum_amount_currency"])
        raise _refused(f"This promotion code needs a purchase of {shown} or more.")


def _has_paid(world: "World", customer: str) -> bool:
    paid = equals("status", "paid")
    return bool(world.store.find("invoice", equals("customer", customer), paid))


def replace(
    world: "World",
    subscription: Object,
    given: list[Params] | None,
    session_id: str | None = None,
    start: int | None = None,
) -> None:
    """Give the subscription these discounts in place of those it has, from `start`."""
    items = subscription["items"]["data"]
    amount = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
    found = [
        chosen(
            world,
            entry,
            customer=subscription["customer"],
            currency=subscription["currency"],
            amount=amount,
        )
        for entry in given or []
    ]
    for id_ in subscription["discounts"]:
        end(world, subscription, id_)
    for coupon, code in found:
        discount = _give(world, subscription, coupon, code, start)
        discount["checkout_session"] = session_id
        events.emit(world, "customer.discount.created", discount)


def _give(
    world: "World",
    subscription: Object,
    coupon: Object,
    code: Object | None,
    start: int | None,
) -> Object:
    start = start or world.clock.now()
    months = coupon["duration_in_months"]
    discount = world.store.add(
        {
            "id": new_id("di_"),
            "object": "discount",
            "checkout_session": None,
            "customer": subscription["customer"],
            "customer_account": None,
            "end": plus_intervals(start, "month", months) if months else None,
            "invoice": None,
            "invoice_item": None,
            "promotion_code": code["id"] if code else None,
            "source": {"coupon": coupon["id"], "type": "coupon"},
            "start": start,
            "subscription": subscription["id"],
            "subscription_item": None,
            # The coupon may be deleted; who has it keeps it.
            "_terms": {name: coupon[name] for name in TERMS},
        }
    )
    for used in (coupon, code):
        if used is not None:
            with events.updating(world, used, f"{used['object']}.updated"):
                coupons.redeem(used)
    subscription["discounts"] = [*subscription["discounts"], discount["id"]]
    return discount


def end(world: "World", subscription: Object, id_: str) -> None:
    """It takes nothing off any more; the invoices that had it keep showing it."""
    discount = world.get("discount", id_)
    discount["end"] = world.clock.now()
    subscription["discounts"] = [d for d in subscription["discounts"] if d != id_]
    events.emit(world, "customer.discount.deleted", discount)


def take_off(world: "World", subscription: Object, lines: list[Object]) -> list[Object]:
    """Write the discounts into the lines of an invoice; gives its totals of each.

    A share is taken off every line, of what the discounts before it left. An amount is
    taken off what a period costs, but not off prorations.
    """
    totals = []
    for id_ in list(subscription["discounts"]):
        discount = world.get("discount", id_)
        if discount["end"] is not None and discount["end"] <= world.clock.now():
            end(world, subscription, id_)
            continue
        total = _spread(discount, lines)
        totals.append({"amount": total, "discount": id_})
        # A free trial does not use up what is meant for the first payment.
        if total and discount["_terms"]["duration"] == "once":
            end(world, subscription, id_)
    return totals


def _spread(discount: Object, lines: list[Object]) -> int:
    total, left = 0, discount["_terms"]["amount_off"]
    for line in lines:
        rest = line["amount"] - sum(d["amount"] for d in line["discount_amounts"])
        if left is None:
            part = off(discount["_terms"], rest)
        elif line["discountable"] and rest > 0:
            part = min(left, rest)
            left -= part
        else:
            continue
        line["discount_amounts"].append({"amount": part, "discount": discount["id"]})
        line["discounts"].append(discount["id"])
        total += part
    return total


def off(terms: Object, amount: int) -> int:
    """What a coupon (or its terms) takes off an amount, in its smallest unit."""
    if terms["amount_off"] is not None:
        return min(terms["amount_off"], amount)
    # In hundredths of a percent, for fractions would not be exact.
    return money.rounded_share(amount, round(terms["percent_off"] * 100), 10_000)


def shown(terms: Object) -> str:
    """`20% off`, or `$5.00 off`."""
    if terms["amount_off"] is not None:
        return f"{money.shown(terms['amount_off'], terms['currency'])} off"
    return f"{terms['percent_off']:g}% off"


def _refused(message: str, code: str | None = None) -> StripeError:
    return invalid(message, "discounts", code)
