"""What a change in the middle of a period costs: the unused part back, the new part in.

https://docs.stripe.com/billing/subscriptions/prorations
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fakestripe.resources import lines, money
from fakestripe.state.store import Object

if TYPE_CHECKING:
    from fakestripe.world import World


def add(
    world: "World",
    subscription: Object,
    before: list[Object],
    after: list[Object],
    *,
    at: int,
    only_credit: bool,
) -> None:
    """Pending items for what differs; `only_credit` when a whole new period starts."""
    kept = {item["id"]: item for item in after}
    known = {item["id"]: item for item in before}
    for item in before:
        if not only_credit and _costs(item) == _costs(kept.get(item["id"])):
            continue
        _add(world, subscription, item, -1, "Unused time on", at)
    if only_credit:
        return
    for item in after:
        if _costs(item) != _costs(known.get(item["id"])):
            _add(world, subscription, item, 1, "Remaining time on", at)


def _costs(item: Object | None) -> tuple[str, int] | None:
    return (item["price"]["id"], item["quantity"]) if item else None


def _add(
    world: "World", subscription: Object, item: Object, sign: int, text: str, at: int
) -> None:
    start, end = item["current_period_start"], item["current_period_end"]
    full = item["price"]["unit_amount"] * item["quantity"]
    amount = sign * money.rounded_share(full, end - at, end - start)
    name = world.get("product", item["price"]["product"])["name"]
    quantity = f"{item['quantity']} × " if item["quantity"] != 1 else ""
    day = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
    lines.add_proration(
        world, subscription, item, amount, f"{text} {quantity}{name} after {day}", at
    )
