"""`expand[]=data.customer`: ids replaced by their objects.

https://docs.stripe.com/expand
"""

import copy
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
    answer = public(copy.deepcopy(obj))
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


def _walk(world: "World", node: Any, keys: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(world, item, keys, path)
        return
    if not isinstance(node, dict) or not keys:
        return
    key, rest = keys[0], keys[1:]
    include = INCLUDED.get((node.get("object", ""), key))
    if include and key not in node:
        node[key] = public(include(world, node["id"]))
    if key not in node or isinstance(node[key], bool | int):
        raise StripeError(
            f"This property cannot be expanded ({path[:200]}).", param="expand"
        )
    node[key] = _object(world, node[key], path)
    _walk(world, node[key], rest, path)


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


# Lists that an object only shows when asked.
INCLUDED: dict[tuple[str, str], Callable[["World", str], Object]] = {
    ("checkout.session", "line_items"): _line_items,
    ("invoice", "payments"): _listed(
        "invoice_payment", "invoice", "/v1/invoice_payments?invoice={id}"
    ),
    ("customer", "subscriptions"): _listed(
        "subscription", "customer", "/v1/customers/{id}/subscriptions"
    ),
    ("charge", "refunds"): _listed("refund", "charge", "/v1/charges/{id}/refunds"),
}
