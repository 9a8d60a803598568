"""`openapi.json` describes every route of the API, as it is, without a warning."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from saas.views import openapi_document

COMMITTED = Path(settings.BASE_DIR) / "openapi.json"
UNDESCRIBED = {"/", "/openapi.json"}

document = json.loads(COMMITTED.read_text())
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in document["paths"].items()
    for method, operation in methods.items()
}


def test_the_committed_file_is_current():
    assert openapi_document().decode() == COMMITTED.read_text(), "Run `make schema`."


def test_it_is_written_without_a_warning(tmp_path: Path, capsys):
    call_command(
        "spectacular",
        format="openapi-json",
        file=str(tmp_path / "openapi.json"),
        validate=True,
        fail_on_warn=True,
    )

    assert (tmp_path / "openapi.json").read_text() == COMMITTED.read_text()


def test_it_is_served_to_anybody(anonymous, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = anonymous.get("/openapi.json")

    assert response.status_code == HTTPStatus.OK
    assert response["Content-Type"] == "application/json"
    assert response.json() == document


def test_every_route_of_the_api_is_described():
    described = {re.sub(r"{\w+}", "{}", path) for path in document["paths"]}

    assert {path for path in routes() if not is_page(path)} == described


def routes(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    """Every URL of the product, each parameter as `{}`."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + plain(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from routes(entry, path)


def plain(pattern: object) -> str:
    text = str(pattern).lstrip("^").removesuffix("$").removesuffix(r"\Z")
    text = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)|<[^>]+>", "{}", text)
    return text.replace("\\", "")


def is_page(path: str) -> bool:
    return path in UNDESCRIBED or path.startswith(settings.PAGE_PREFIXES)


def test_names_of_operations_are_names():
    names = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_says_what_it_does_and_refuses(name: str):
    operation = OPERATIONS[name]

    assert operation.get("summary"), "extend_schema(summary=...)"
    assert operation["tags"]
    answers = operation["responses"]
    assert "default" in answers
    assert any(status.startswith("2") for status in answers)
    if {"bearer": []} in operation.get("security", []) and len(
        operation["security"]
    ) == 1:
        assert "401" in answers
    if "{" in name:
        assert "404" in answers
    if name.split()[0] in {"POST", "PATCH", "PUT"}:
        assert "400" in answers


def test_documentation_needs_nothing_from_elsewhere(client):
    page = client.get("/docs").text

    assert re.findall(r'(?:src|href)="(?!/)', page) == []
