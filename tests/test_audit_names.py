"""docs/guides/audit.md lists every event that the code writes down, and no other."""

import ast
import re
from collections.abc import Iterator

from accounts.audit.receivers import DEEDS
from accounts.audit.rows import NAME
from tests.test_error_codes import ROOT, sources

GUIDE = ROOT / "docs/guides/audit.md"


def test_every_event_is_in_the_guide():
    found = events_in_code()

    assert {"provider.connected", "workspace.transferred", "access.limited"} <= found
    assert found - listed() == set()


def test_every_event_of_the_guide_is_in_the_code():
    nodes = (node for tree in sources() for node in ast.walk(tree))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}

    written = texts | events_in_code()
    deeds = {name for name in listed() - written if name.split(".")[1] not in texts}
    assert deeds == set()


def listed() -> set[str]:
    """Of the first cells: `login.failed`, or `.failed` after another one of `login`."""
    section = GUIDE.read_text().split("## What is in it")[1].split("\n## ")[0]
    found, subject = set(), ""
    for cell in re.findall(r"^\| (`.*?`) \|", section, re.M):
        for name in re.findall(r"`([a-z_.]+)`", cell):
            subject = name.split(".")[0] or subject
            found.add(f"{subject}.{name.split('.')[1]}")
    return found


def events_in_code() -> set[str]:
    found = {f"admin.{deed}" for deed in DEEDS.values()}
    for tree in sources():
        found.update(names_written(tree))
    return found


def names_written(tree: ast.AST) -> Iterator[str]:
    """The first arguments of `record`, `record_rarely` and of what calls them by `_note...`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        name = getattr(node.args[0], "value", None)
        if not isinstance(name, str) or not called.startswith(("record", "_note")):
            continue
        if NAME.fullmatch(name):
            yield name
