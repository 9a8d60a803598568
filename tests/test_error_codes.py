"""`docs/errors.md` lists every code that the code can answer, and no other."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saas.errors import DomainError
from saas.refusals import BARE

ROOT = Path(__file__).resolve().parent.parent
OURS = ("saas", "accounts", "workspaces", "billing", "flags")


def test_every_code_is_in_the_docs():
    assert codes_in_code() - listed() == set()


def test_every_code_that_openapi_names_is_in_the_docs():
    described = set(codes_described(json.loads((ROOT / "openapi.json").read_text())))

    assert {"incorrect_code", "max_length", "workspace_disabled"} <= described
    assert described - listed() == set()


@pytest.mark.parametrize(
    "section", (ROOT / "docs/errors.md").read_text().split("\n## ")[1:]
)
def test_a_table_is_not_torn_apart(section):
    """Every row of a section stands under the head of its table, with as many cells."""
    for table in re.findall(r"(?:^\|.*\n?)+", section, re.M):
        rows = table.splitlines()
        assert rows[0].startswith("| Code |"), rows[0]
        assert {row.count(" | ") for row in rows} == {rows[0].count(" | ")}


def test_every_code_of_the_docs_is_in_the_code():
    assert listed() - texts_in_code() - CODES_OF_LIBRARIES == set()


# What DRF and Django answer by themselves.
CODES_OF_LIBRARIES = {
    "password_too_common",
    "password_too_short",
    "password_too_similar",
    "blank",
    "does_not_exist",
    "invalid_choice",
    "max_length",
    "max_string_length",
    "max_value",
    "not_a_dict",
    "min_length",
    "min_value",
    "not_a_list",
    "not_acceptable",
    "null",
    "parse_error",
    "required",
    "unique",
    "unsupported_media_type",
}


def listed() -> set[str]:
    text = (ROOT / "docs/errors.md").read_text()
    return set(re.findall(r"^\| `(\w+)`", text, re.M))


def codes_described(node: Any) -> Iterator[str]:
    """The choices of every property `code` in the document."""
    if isinstance(node, dict):
        yield from node.get("properties", {}).get("code", {}).get("enum", [])
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from codes_described(item)


def codes_in_code() -> set[str]:
    """Codes of every DomainError, and those written where an error is built by hand."""
    found = {kind.code for kind in kinds_of(DomainError) if is_ours(kind)}
    found |= {code for code, _ in BARE.values()}
    return found.union(*(written_codes(tree) for tree in sources()))


def texts_in_code() -> set[str]:
    nodes = (node for tree in sources() for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and is_code(n)}


def sources() -> Iterator[ast.AST]:
    for app in OURS:
        for file in (ROOT / app).rglob("*.py"):
            if "tests" not in file.parts and "migrations" not in file.parts:
                yield ast.parse(file.read_text())


def kinds_of(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(kinds_of(sub) for sub in kind.__subclasses__()))


def is_ours(kind: type[DomainError]) -> bool:
    return kind.__module__.split(".")[0] in OURS


def written_codes(tree: ast.AST) -> set[str]:
    found: set[object] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        found |= {
            k.value.value
            for k in node.keywords
            if k.arg == "code" and isinstance(k.value, ast.Constant)
        }
        name = getattr(node.func, "id", "")
        if name == "extend_validation_errors" and isinstance(node.args[0], ast.List):
            found |= {a.value for a in node.args[0].elts if is_code(a)}
        if name in {"error_response", "ErrorDetail", "refusal", "ValidationError"}:
            found |= {a.value for a in node.args[1:3] if is_code(a)}
    return {code for code in found if isinstance(code, str)}


def is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and bool(
        re.fullmatch(r"[a-z_]+", str(node.value))
    )
