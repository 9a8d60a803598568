"""`openapi.json` describes every route of the API, as it is, without a warning."""

import json
import re
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from saas.views import openapi_document
from tests.routes import api_routes

COMMITTED = Path(settings.BASE_DIR) / "openapi.json"
UNDESCRIBED = {"/openapi.json"}

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


def test_a_deletion_tells_what_the_apps_above_refuse():
    answers = OPERATIONS["DELETE /auth/me"]["responses"]

    assert "billing_unavailable" in json.dumps(answers["503"])
    assert "billing_refused" in json.dumps(answers["409"])


def test_every_route_and_method_of_the_api_is_described():
    described = {re.sub(r"{(\w+)}", r"<\1>", name) for name in OPERATIONS}

    assert described == {
        f"{method} {route.path}"
        for route in api_routes()
        for method in route.methods
        if route.path not in UNDESCRIBED
    }


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
