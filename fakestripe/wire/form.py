"""Stripe's form encoding: `items[0][price]=price_1` becomes nested dicts.

Lists stay dicts with numbers for keys here: only the field that reads them knows
whether `{"0": ...}` is a list or metadata.
"""

import re
import urllib.parse
from typing import Any

from fakestripe.wire.errors import StripeError

MAX_PAIRS = 2_000
MAX_DEPTH = 8
KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")

Tree = dict[str, Any]


def decode(text: str) -> Tree:
    """A query string or form body as nested dicts of strings.

    Raises:
        StripeError: not readable as such a form.
    """
    try:
        pairs = urllib.parse.parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PAIRS
        )
    except ValueError as e:
        raise StripeError(f"Invalid request: the form cannot be read ({e}).") from e
    tree: Tree = {}
    for key, value in pairs:
        if "\0" in key or "\0" in value:
            raise StripeError("Invalid request: it contains a null byte.")
        _put(tree, key, value)
    return tree


def _put(tree: Tree, key: str, value: str) -> None:
    match = KEY.match(key)
    if not match:
        raise StripeError(f"Invalid request: malformed parameter name '{key[:200]}'.")
    parts = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(parts) > MAX_DEPTH:
        raise StripeError(f"Invalid request: '{key[:200]}' is nested too deeply.")
    node = tree
    for part in parts[:-1]:
        node = node.setdefault(_name(part, node), {})
        if not isinstance(node, dict):
            raise StripeError(f"Invalid request: '{key[:200]}' is given in two forms.")
    last = _name(parts[-1], node)
    if isinstance(node.get(last), dict):
        raise StripeError(f"Invalid request: '{key[:200]}' is given in two forms.")
    node[last] = value


def _name(part: str, node: Tree) -> str:
    # `expand[]=a&expand[]=b` appends.
    return part or str(len(node))
