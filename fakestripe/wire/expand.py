"""`expand[]=data.customer`: ids replaced by their objects.

https://docs.stripe.com/expand
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fakestripe.state.store import Object, equals
from fakestripe.wire.errors import StripeError
from fakestripe.wire.lists import whole

if TYPE_CHECKING:
    from fakestripe.world import World

MAX_DEPTH = 4


def public(value: Any) -> Any:
    """A copy without the fake's own keys, at any depth."""
    if isinstance(value, dict):
        return {k: public(v) for k, v in value.items() if not k.startswith("_")}
    if isinstance(value, list):
        return [public(item) for item in value]
    return value


def expanded(world: "World", obj: Object, paths: list[str]) -> Object:
    """A public copy of `obj` with the objects at the paths in place of their ids.

    Raises:
        StripeError: no such property, or one that holds no other object.
    """
    answer = public(obj)
    for path in paths:
        keys = path.split(".")
        if len(keys) > MAX_DEPTH:
            raise StripeError(
                f"You cannot expand more than {MAX_DEPTH} levels of a property:"
                f" {path[:200]}.",
                param="expand",
            )
        _walk(world, answer, keys, path)
    return answer


def _walk(
    world: "World",
    node: Any,
    keys: list[str],
    path: str,
    owner: Object | None = None,
    within: str = "",
) -> None:
    """`owner` is the object that `node` belongs to, `within` its place there."""
    if isinstance(node, list):
        for item in node:
            _walk(world, item, keys, path, owner, within)
        return
    if not isinstance(node, dict) or not keys:
        return
    if "object" in node:
        owner, within = node, ""
    key, rest = keys[0], keys[1:]
    place = f"{within}{key}"
    include = INCLUDED.get((owner["object"], place)) if owner else None
    if owner and include and key not in node:
        node[key] = public(include(world, owner["id"]))
    if key not in node or isinstance(node[key], bool | int):
        raise StripeError(
            f"This property cannot be expanded ({path[:200]}).", param="expand"
        )
    node[key] = _object(world, node[key], path)
    _walk(world, node[key], rest, path, owner, f"{place}.")


def _object(world: "World", value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_object(world, item, path) for item in value]
    if not isinstance(value, str):
        return value
    obj = world.store.get(value)
    if obj is None:
        raise StripeError(
            f"This property cannot be expanded ({path[:200]}).", param="expand"
        )
    return public(obj)


def _listed(kind: str, field: str, url: str) -> Callable[["World", str], Object]:
    def include(world: "World", id_: str) -> Object:
        rows = world.store.find(kind, equals(field, id_), limit=10)
        return whole(url.format(id=id_), rows)

    return include


def _line_items(world: "World", id_: str) -> Object:
    session = world.get("checkout.session", id_)
    return whole(f"/v1/checkout/sessions/{id_}/line_items", session["_lines"])


def _currency_options(world: "World", id_: str) -> Object:
    price = world.get("price", id_)
    amounts = ("custom_unit_amount", "tax_behavior", "unit_amount")
    option = {name: price[name] for name in (*amounts, "unit_amount_decimal")}
    return {price["currency"]: option}


def _breakdown(world: "World", id_: str) -> Object:
    # Only a paid session has discounts of its own: those of its invoice.
    invoice = world.store.get(world.get("checkout.session", id_)["invoice"] or "") or {}
    totals = [
        {**total, "discount": public(world.get("discount", total["discount"]))}
        for total in invoice.get("total_discount_amounts", [])
    ]
    return {"discounts": totals, "taxes": []}


def _sources(world: "World", id_: str) -> Object:
    # Sources came before payment methods; the fake has none.
    return whole(f"/v1/customers/{id_}/sources", [])


def _tiers(world: "World", id_: str) -> None:
    """Prices of the fake have no tiers."""


# What an object only shows when asked.
INCLUDED: dict[tuple[str, str], Callable[["World", str], Object | None]] = {
    ("checkout.session", "line_items"): _line_items,
    ("checkout.session", "total_details.breakdown"): _breakdown,
    ("price", "currency_options"): _currency_options,
    ("price", "tiers"): _tiers,
    ("customer", "sources"): _sources,
    ("invoice", "payments"): _listed(
        "invoice_payment", "invoice", "/v1/invoice_payments?invoice={id}"
    ),
    ("customer", "subscriptions"): _listed(
        "subscription", "customer", "/v1/customers/{id}/subscriptions"
    ),
    ("charge", "refunds"): _listed("refund", "charge", "/v1/charges/{id}/refunds"),
}
