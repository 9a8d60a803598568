"""The shapes of objects as stripe-python annotates them, read from its source.

The library's classes say for each field what it is, and which ones may be absent or
null (`Optional`). That is the nearest to a contract that can be had without a network.
"""

import ast
import importlib
import inspect
from decimal import Decimal
from functools import lru_cache
from typing import Any

from stripe._object_classes import OBJECT_CLASSES

PLAIN = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": float | int,
    "Decimal": str | Decimal,
}
# `class-only` helpers of the library, not fields.
NOT_FIELDS = {"OBJECT_NAME"}

Fields = dict[str, ast.expr]
Scope = dict[str, ast.ClassDef]


def problems(obj: dict[str, Any]) -> list[str]:
    """What is wrong with an object of the API: missing, unknown or odd fields."""
    kind = obj.get("object")
    if kind not in OBJECT_CLASSES:
        return [f"unknown object {kind!r}"]
    where = OBJECT_CLASSES[kind]
    cls = _class(where[0], where[1])
    return _check_fields(obj, cls, {}, kind)


@lru_cache
def _class(module: str, name: str) -> ast.ClassDef:
    source = inspect.getsource(importlib.import_module(module))
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    raise AssertionError(f"no class {name} in {module}")


def _check_fields(
    value: dict[str, Any], cls: ast.ClassDef, outer: Scope, path: str
) -> list[str]:
    inner = {n.name: n for n in cls.body if isinstance(n, ast.ClassDef)}
    scope = {**outer, **inner}
    fields: Fields = {
        node.target.id: node.annotation
        for node in cls.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id not in NOT_FIELDS
        and not node.target.id.startswith("_")
    }
    found = [f"{path}.{name}: unknown" for name in value if name not in fields]
    for name, annotation in fields.items():
        if name in value:
            found += _check(value[name], annotation, scope, f"{path}.{name}")
        elif not _is_optional(annotation):
            found.append(f"{path}.{name}: missing")
    return found


def _is_optional(annotation: ast.expr) -> bool:
    return _outer(annotation) == "Optional"


def _outer(annotation: ast.expr) -> str:
    target = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return target.id if isinstance(target, ast.Name) else ""


def _check(value: Any, annotation: ast.expr, scope: Scope, path: str) -> list[str]:
    if isinstance(annotation, ast.Constant):
        return problems(value) if isinstance(value, dict) else [f"{path}: {value!r}"]
    name = _outer(annotation)
    if not isinstance(annotation, ast.Subscript):
        return _check_name(value, name, scope, path)
    inside = annotation.slice
    if name == "Optional":
        return [] if value is None else _check(value, inside, scope, path)
    if name == "Union":
        return _check_union(value, inside, scope, path)
    if name == "Literal":
        known = ast.literal_eval(inside)
        known = known if isinstance(known, tuple) else (known,)
        return [] if value in known else [f"{path}: {value!r} is none of {known}"]
    if name == "List":
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        return [
            problem
            for index, item in enumerate(value)
            for problem in _check(item, inside, scope, f"{path}[{index}]")
        ]
    if name == "ListObject":
        return _check_list(value, path)
    if name == "ExpandableField":
        is_object = isinstance(value, dict) and "object" in value
        return [] if is_object or isinstance(value, str) else [f"{path}: {value!r}"]
    if name == "UntypedStripeObject":
        return [] if isinstance(value, dict) else [f"{path}: {value!r} is no dict"]
    raise AssertionError(f"{path}: cannot read {ast.unparse(annotation)}")


def _check_name(value: Any, name: str, scope: Scope, path: str) -> list[str]:
    if name in PLAIN:
        is_bool = isinstance(value, bool) and name != "bool"
        is_right = isinstance(value, PLAIN[name]) and not is_bool
        return [] if is_right else [f"{path}: {value!r} is no {name}"]
    if name == "Any":
        return []
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {name}"]
    return _check_fields(value, scope[name], scope, path)


def _check_union(value: Any, inside: ast.expr, scope: Scope, path: str) -> list[str]:
    assert isinstance(inside, ast.Tuple)
    # `Union[Literal[...], str]`: what Stripe may add later is not ours to invent.
    return _check(value, inside.elts[0], scope, path)


def _check_list(value: Any, path: str) -> list[str]:
    if not isinstance(value, dict) or value.get("object") != "list":
        return [f"{path}: {value!r} is no list"]
    missing = {"data", "has_more", "url"} - set(value)
    found = [f"{path}.{name}: missing" for name in missing]
    for item in value["data"]:
        found += problems(item)
    return found
