"""SC 82: permissions.txt says who gets what; every cell of it is tried."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from conftest import MakeUser
from flags.models import FeatureFlag
from tests.calls import LOGIN_PAGES, asks_for_a_proof, send_and_undo, signed_in
from tests.routes import Route, all_routes, page_path
from tests.tenants import SHARED, Tenant, fill, make_tenant, unknown

TABLE = Path(__file__).parent / "permissions.txt"
ROLES = ("owner", "admin", "member", "outsider", "staff", "nobody")

People = dict[str, User | None]


@dataclass(frozen=True)
class Row:
    path: str
    method: str
    cells: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_about_many(self) -> bool:
        return self.path.endswith("**")

    def covers(self, route: Route, method: str) -> bool:
        if self.is_about_many:
            return route.is_page and route.path.startswith(self.path.removesuffix("**"))
        return self.path == route.path and self.method in {method, "*"}


def read(text: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            path, method, *cells = line.split()
            assert len(cells) == len(ROLES), f"{line}: one cell for each of {ROLES}"
            rows.append(Row(path, method, tuple(cells)))
    return rows


def row_for(route: Route, method: str, rows: list[Row]) -> Row | None:
    """Its own row, or the one with the longest `/prefix/**`."""
    found = [row for row in rows if row.covers(route, method)]
    return max(
        found, key=lambda row: (not row.is_about_many, len(row.path)), default=None
    )


ROWS = read(TABLE.read_text())
ROUTES = all_routes()
CALLS = [(route, method) for route in ROUTES for method in sorted(route.methods)]
# Of a missing row and an unknown id one test each tells, once for all.
API_CALLS = [
    (route, method)
    for route, method in CALLS
    if not route.is_page and row_for(route, method, ROWS) and not unknown(route)
]
PAGE_CALLS = [call for call in CALLS if call[0].is_page]


@pytest.fixture
def ours(make_user: MakeUser) -> Tenant:
    return make_tenant("ours", make_user)


@pytest.fixture
def people(ours: Tenant, staff: User, outsider: User) -> People:
    inside = {"owner": ours.owner, "admin": ours.admin, "member": ours.member}
    people: People = {role: member.user for role, member in inside.items()}
    return people | {"outsider": outsider, "staff": staff, "nobody": None}


def test_sc_082_every_route_has_a_row() -> None:
    missing = [f"{m} {route}" for route, m in CALLS if not row_for(route, m, ROWS)]
    assert not missing, (
        f"Say in tests/permissions.txt who gets what there: {', '.join(missing)}"
    )


def test_every_row_has_a_route() -> None:
    used = {row_for(route, method, ROWS) for route, method in CALLS}
    assert [str(row) for row in ROWS if row not in used] == []


def test_missing_and_stale_rows_are_noticed() -> None:
    route = Route("/things/<id>", frozenset({"GET"}))
    rows = read("/things GET 200 200 200 200 200 401\n/** * in in in in in login")

    assert row_for(route, "GET", rows) is None
    assert row_for(Route("/things", frozenset({"GET"})), "GET", rows) == rows[0]
    assert row_for(Route("/things", frozenset({"GET"})), "POST", rows) is None
    assert row_for(Route("/admin/x/", frozenset({"GET"})), "GET", rows) == rows[1]


@pytest.mark.parametrize(("route", "method"), API_CALLS, ids=str)
def test_sc_082_api_answers_each_role_as_the_table_says(
    ours: Tenant, people: People, route: Route, method: str
) -> None:
    FeatureFlag.objects.create(
        feature_name=SHARED["flags"], scope=FeatureFlag.Scope.GLOBAL, is_enabled=True
    )
    row = row_for(route, method, ROWS)

    answers = {}
    for role, user in people.items():
        client = signed_in(user) if user else APIClient()
        response = send_and_undo(client, route, method, fill(route, ours))
        status = str(response.status_code)
        answers[role] = "proof" if asks_for_a_proof(response) else status

    assert answers == dict(zip(ROLES, row.cells, strict=True)), (
        "A 400 where the table has none: BODIES (tests/calls.py) needs a body for it."
    )


@pytest.mark.parametrize("role", ROLES)
def test_sc_082_pages_answer_each_role_as_the_table_says(
    client: Client, people: People, role: str
) -> None:
    if user := people[role]:
        client.force_login(user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    wrong = []
    for route, method in PAGE_CALLS:
        browser = Client()  # a new one each time: some pages log out
        browser.cookies.load(cookies)
        path = page_path(route, uuid4())
        found = kind(send_and_undo(browser, route, method, path))
        row = row_for(route, method, ROWS)
        expected = row.cells[ROLES.index(role)] if row else "a row"
        if found != expected and (expected, found) not in {
            ("any", "in"),
            ("any", "403"),
        }:
            wrong.append(f"{method} {route}: {found}, not {expected}")
    assert wrong == []


def kind(response: HttpResponse) -> str:
    """`login`, `in`, or the status of a refusal or a crash."""
    if response.get("Location", "").startswith(LOGIN_PAGES):
        return "login"
    status = HTTPStatus(response.status_code)
    refused = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return str(status.value) if status in refused or status.value >= 500 else "in"
