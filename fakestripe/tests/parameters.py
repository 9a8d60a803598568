"""The parameters of each route as stripe-python annotates them, read from its source.

The library's services say for each method which address it asks and which class of
`stripe.params` holds its parameters. What the fake accepts has to be in there, with the
same kind, and its choices among those of Stripe.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from fakestripe.wire import fields
from fakestripe.wire.fields import Field
from fakestripe.wire.router import Route

LIBRARY = Path(str(resources.files("stripe")))
VERBS = {"get", "post", "delete"}
# A field of the fake, and the type that the library must allow there. The first that
# fits counts: an email is a text too.
KINDS: list[tuple[type[Field], str]] = [
    (fields.Text, "str"),
    (fields.Choice, "str"),
    (fields.Percent, "float"),
    (fields.Integer, "int"),
    (fields.Flag, "bool"),
    (fields.ListOf, "List"),
    (fields.Metadata, "Dict"),
    (fields.Range, "int"),
]


@dataclass(frozen=True)
class Parameters:
    """A class of parameters, and its neighbours in the same file."""

    cls: ast.ClassDef
    scope: Mapping[str, ast.ClassDef]

    @property
    def annotations(self) -> dict[str, ast.expr]:
        return {
            node.target.id: node.annotation
            for node in self.cls.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }


@dataclass(frozen=True)
class Allowed:
    """What an annotation lets pass."""

    names: frozenset[str]
    words: frozenset[str]

    @property
    def is_optional(self) -> bool:
        return "NotRequired" in self.names


def problems(route: Route) -> list[str]:
    """What the route accepts and Stripe does not, or asks for less than Stripe does."""
    name = f"{route.method} {route.path}"
    methods = _methods(route.path.split("/")[2])
    key = route.method.lower(), _placeless(route.path)
    if key not in methods:
        return [f"{name}: no such address"]
    known = methods[key]
    if known is None:
        return [f"{name}: takes no parameters"] if route.fields else []
    return _compare(route.fields, known, name)


def _compare(
    given: Mapping[str, Field], known: Parameters, path: str, within: str = ""
) -> list[str]:
    annotations = known.annotations
    found = []
    for name, field in given.items():
        place = f"{path} {within}{name}"
        if name not in annotations:
            found.append(f"{place}: unknown")
        else:
            found += _check(field, annotations[name], known, path, f"{within}{name}")
    for name, annotation in annotations.items():
        is_asked = name in given and (given[name].required or given[name].default)
        if not _allowed(annotation).is_optional and not is_asked:
            found.append(f"{path} {within}{name}: Stripe requires it")
    return found


def _check(
    field: Field, annotation: ast.expr, known: Parameters, path: str, name: str
) -> list[str]:
    allowed, place = _allowed(annotation), f"{path} {name}"
    found = []
    if isinstance(field, fields.ListOf):
        found += [] if "List" in allowed.names else [f"{place}: is no list"]
        found += _check(field.item, annotation, known, path, f"{name}[]")
    elif isinstance(field, fields.Shape):
        classes = [known.scope[n] for n in allowed.names if n in known.scope]
        if not classes:
            return [f"{place}: has no fields"]
        inside = Parameters(classes[0], known.scope)
        found += _compare(field.fields, inside, path, f"{name}.")
    else:
        kind = next(kind for cls, kind in KINDS if isinstance(field, cls))
        # Some texts are choices that Stripe closes: types of events, API versions.
        fits = {kind, "Literal"} if kind == "str" else {kind}
        found += [] if fits & allowed.names else [f"{place}: is no {kind}"]
    words = set(getattr(field, "choices", getattr(field, "words", ())))
    if strange := words - allowed.words:
        found.append(f"{place}: no choice {sorted(strange)}")
    return found


def _allowed(annotation: ast.expr) -> Allowed:
    names, words = set(), set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Subscript) and _is_literal(node):
            words |= set(ast.literal_eval(_as_tuple(node.slice)))
        elif isinstance(node, ast.Constant) and _looks_like_a_type(node.value):
            inner = _allowed(ast.parse(node.value, mode="eval").body)
            names |= inner.names
            words |= inner.words
    return Allowed(frozenset(names), frozenset(words))


def _is_literal(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _as_tuple(node: ast.expr) -> ast.expr:
    return node if isinstance(node, ast.Tuple) else ast.Tuple([node], ast.Load())


def _looks_like_a_type(text: object) -> bool:
    # Annotations in quotes, such as "Literal['']|str"; a choice is a plain word.
    return isinstance(text, str) and re.match("[A-Z]|str", text) is not None


def _placeless(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


@cache
def _methods(section: str) -> dict[tuple[str, str], Parameters | None]:
    """By verb and address, those of all services under `/v1/<section>`."""
    methods: dict[tuple[str, str], Parameters | None] = {}
    for file in LIBRARY.rglob("_*_service.py"):
        source = file.read_text(encoding="utf-8")
        if f'"/v1/{section}' in source:
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef):
                    methods |= _method(node, source)
    return methods


def _method(
    node: ast.FunctionDef, source: str
) -> dict[tuple[str, str], Parameters | None]:
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
    verb = next((text for text in texts if text in VERBS), None)
    path = next((text for text in texts if str(text).startswith("/v1/")), None)
    if verb is None or path is None:
        return {}
    annotation = next((a.annotation for a in node.args.args if a.arg == "params"), None)
    names = _allowed(annotation).names if annotation else frozenset()
    cls = next((name for name in names if name.endswith("Params")), None)
    return {(verb, _placeless(path)): _parameters(cls, source) if cls else None}


def _parameters(name: str, source: str) -> Parameters:
    module = re.search(rf"from (stripe\.params[\w.]+) import \(?\s*{name}\b", source)
    assert module, f"{name} comes from nowhere"
    file = LIBRARY.parent / f"{module[1].replace('.', '/')}.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    scope = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return Parameters(scope[name], scope)
