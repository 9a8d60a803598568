"""The lines of a checkout page: what they cost, and how many the customer wants."""

from typing import TYPE_CHECKING

from fakestripe.resources import discounts
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid
from fakestripe.wire.fields import Field, Flag, Integer, Metadata, Params, Shape, Text

if TYPE_CHECKING:
    from fakestripe.world import World

MOST = 999_999
FIELDS: dict[str, Field] = {
    "price": Text(required=True),
    "quantity": Integer(least=1, most=MOST),
    "metadata": Metadata(),
    "adjustable_quantity": Shape(
        {
            "enabled": Flag(required=True),
            "maximum": Integer(least=1, most=MOST),
            "minimum": Integer(),
        }
    ),
}


def build(world: "World", item: Object, given: Params) -> Object:
    rules = given.get("adjustable_quantity")
    # The amounts follow with the discount.
    return {
        "id": new_id("li_"),
        "object": "item",
        "adjustable_quantity": rules and {"maximum": 99, "minimum": 0, **rules},
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": item["price"]["currency"],
        "description": world.get("product", item["price"]["product"])["name"],
        "discounts": [],
        "metadata": {},
        "price": item["price"],
        "quantity": item["quantity"],
        "taxes": [],
    }


def set_discount(world: "World", session: Object, given: Params | None) -> None:
    """Count anew with this discount, or without.

    Raises:
        StripeError: it cannot be had here.
    """
    is_trial = {"trial_period_days", "trial_end"} & set(session["_rules"])
    full = [
        line["price"]["unit_amount"] * line["quantity"] for line in session["_lines"]
    ]
    coupon = None
    if given is not None:
        coupon, code = discounts.chosen(
            world,
            given,
            customer=session["customer"],
            currency=session["currency"],
            amount=sum(full),
        )
        session["discounts"] = [
            {"coupon": coupon["id"], "promotion_code": code and code["id"]}
        ]
    else:
        session["discounts"] = []
    session["_given"] = given
    left = coupon["amount_off"] if coupon else None
    for line, amount in zip(session["_lines"], full, strict=True):
        amount = 0 if is_trial else amount
        taken = 0
        if coupon:
            taken = discounts.off({**coupon, "amount_off": left}, amount)
            left = None if left is None else left - taken
        line.update(
            amount_discount=taken, amount_subtotal=amount, amount_total=amount - taken
        )
    for name in ("subtotal", "total"):
        session[f"amount_{name}"] = sum(
            line[f"amount_{name}"] for line in session["_lines"]
        )
    session["total_details"]["amount_discount"] = (
        session["amount_subtotal"] - session["amount_total"]
    )


def set_quantity(world: "World", session: Object, line_id: str, quantity: int) -> None:
    """As the customer does on the page, where the line allows it.

    Raises:
        StripeError: no such line, or not so many.
    """
    for line, item in zip(session["_lines"], session["_items"], strict=True):
        rules = line["adjustable_quantity"]
        if line["id"] == line_id and rules and rules["enabled"]:
            least, most = max(rules["minimum"], 1), rules["maximum"]
            if not least <= quantity <= most:
                raise invalid(f"Choose {least} to {most}.", "quantity")
            line["quantity"] = item["quantity"] = quantity
            set_discount(world, session, session["_given"])
            return
    raise invalid("The quantity of this line is fixed.", "line")
