"""A stranger tries every door: each route of the product, found in the resolver."""

from http import HTTPStatus
from itertools import product
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from conftest import AsUser, MakeUser
from tests.calls import LOGIN_PAGES, asks_for_a_proof, send, signed_in
from tests.routes import Route, all_routes, api_routes, page_path
from tests.tenants import IN_PATH, Tenant, everything, fill, make_tenant, unknown

# Routes that anybody may call, and why. Everything else asks who is there.
PUBLIC = {
    "/": "the home page",
    "/accounts/login/": "begins a login",
    "/accounts/signup/": "begins a login",
    "/accounts/connections/cancelled/": "for those who have left a provider",
    "/accounts/login/code/": "begins a login",
    "/accounts/2fa/webauthn/login/": "begins a login",
    "/accounts/google/login/": "begins a login",
    "/accounts/google/login/callback/": "asks for the state of a browser",
    "/accounts/github/login/": "begins a login",
    "/accounts/github/login/callback/": "asks for the state of a browser",
    "/accounts/oidc/<provider_id>/login/": "begins a login",
    "/accounts/oidc/<provider_id>/login/callback/": "asks for the state of a browser",
    "/accounts/inactive/": "says why a login is refused",
    "/accounts/logout/": "nothing to leave",
    "/admin/logout/": "nothing to leave",
    "/accounts/password/reset/": "for those who cannot log in",
    "/accounts/password/reset/done/": "for those who cannot log in",
    "/accounts/password/reset/key/<uidb36>-<key>/": "asks for the key in the mail",
    "/accounts/password/reset/key/done/": "for those who cannot log in",
    "/accounts/billing/thanks/": "paid before signing up",
    "/docs": "API documentation",
    "/openapi.json": "API documentation",
    "/health/live": "probes have no login",
    "/health/ready": "probes have no login",
    "/.well-known/jwks.json": "public keys",
    "/auth/register": "begins a login",
    "/auth/login": "begins a login",
    "/auth/login/provider": "begins a login",
    "/auth/login/code": "begins a login",
    "/auth/login/code/confirm": "goes on with a flow",
    "/auth/login/passkey/options": "begins a login",
    "/auth/login/passkey": "goes on with a flow",
    "/auth/login/mfa": "goes on with a flow",
    "/auth/login/mfa/options": "goes on with a flow",
    "/auth/email/verify": "goes on with a flow",
    "/auth/email/resend": "goes on with a flow",
    "/auth/password/reset": "for those who cannot log in",
    "/auth/password/reset/confirm": "asks for the key in the mail",
    "/auth/refresh": "asks for the refresh token",
    "/payment/plans": "prices are for everyone",
    "/payment/guest_checkout": "pay first, sign up later",
    "/payment/claim/token": "asks for a checkout that was just paid",
    "/webhook/stripe": "asks for Stripe's signature",
}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY")
# A refusal is written down, whatever was asked for.
REFUSALS = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}
NOTING = f'INSERT INTO "{AuditEvent._meta.db_table}"'


def calls(routes: list[Route]) -> list[tuple[Route, str]]:
    return [(route, method) for route in routes for method in sorted(route.methods)]


# Of an unknown id one test tells, once for all; the others leave its route out.
API = [route for route in api_routes() if not unknown(route)]
PAGES = [route for route in all_routes() if route.is_page]
READING = [route for route in API if "GET" in route.methods]
WITH_IDS = [route for route in API if route.parameters]
OF_TENANTS = [r for r in WITH_IDS if any(f"/{word}/<" in r.path for word in IN_PATH)]


@pytest.fixture
def ours(make_user: MakeUser) -> Tenant:
    return make_tenant("ours", make_user)


@pytest.fixture
def theirs(make_user: MakeUser) -> Tenant:
    return make_tenant("theirs", make_user)


def test_every_id_in_a_path_is_known() -> None:
    problems = [problem for route in api_routes() if (problem := unknown(route))]
    assert not problems, "\n".join(problems)


def test_id_that_nobody_knows_is_noticed() -> None:
    assert "after 'things'" in unknown(Route("/things/<id>", frozenset({"GET"})))
    assert "stand alone" in unknown(Route("/workspaces/x-<id>", frozenset({"GET"})))


def test_list_of_public_routes_is_current() -> None:
    assert PUBLIC.keys() <= {route.path for route in all_routes()}


@pytest.mark.parametrize(("route", "method"), calls(API), ids=str)
def test_sc_088_nobody_is_refused_by_the_api(
    anonymous: APIClient, ours: Tenant, route: Route, method: str
) -> None:
    before = everything()
    response = send(anonymous, route, method, fill(route, ours))

    if route.path in PUBLIC:
        assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        return
    assert response.status_code == HTTPStatus.UNAUTHORIZED, (
        f"{method} {route} answers nobody with {response.status_code}. Let it ask who is "
        "there, or name it in PUBLIC (tests/test_walker.py) with the reason."
    )
    assert response.json()["errors"][0]["code"] == "not_authenticated"
    assert everything() == before


def test_sc_088_nobody_is_sent_from_pages_to_the_login(
    client: Client, ours: Tenant
) -> None:
    before = everything()
    for route, method in calls(PAGES):
        path = page_path(route, ours.owner.workspace_id)
        response = client.generic(method, path)
        if route.path in PUBLIC:
            assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, path
        elif response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            assert response.status_code == HTTPStatus.FOUND, f"{method} {route}"
            assert response["Location"].startswith(LOGIN_PAGES), f"{method} {route}"
    assert everything() == before


@pytest.mark.parametrize(("route", "method"), calls(OF_TENANTS), ids=str)
def test_sc_083_stranger_finds_nothing_and_changes_nothing(
    as_user: AsUser, ours: Tenant, theirs: Tenant, route: Route, method: str
) -> None:
    stranger = as_user(theirs.owner.user)
    before = everything()
    for mix in product([ours, theirs], repeat=len(route.parameters)):
        if ours in mix:  # also their workspace with an id of ours in it
            path = fill(route, *mix)
            response = send(stranger, route, method, path)
            assert response.status_code == HTTPStatus.NOT_FOUND, f"{method} {path}"
            assert not any(mark in response.text for mark in ours.marks())
    assert everything() == before

    # The same call is an answer for somebody, so it was not refused for its form.
    response = send(signed_in(ours.owner.user), route, method, fill(route, ours))
    assert asks_for_a_proof(response) or response.status_code in {
        HTTPStatus.OK,
        HTTPStatus.CREATED,
        HTTPStatus.NO_CONTENT,
        HTTPStatus.CONFLICT,
    }, (
        f"{method} {route} answers the owner with {response.status_code} "
        f"{response.text}. Give it a body in BODIES (tests/calls.py)."
    )


@pytest.mark.parametrize("route", READING, ids=str)
def test_sc_083_lists_filters_and_searches_show_nothing_of_others(
    as_user: AsUser, ours: Tenant, theirs: Tenant, route: Route
) -> None:
    stranger = as_user(theirs.owner.user)
    path = fill(route, theirs)
    for query in ["", *(urlencode(q) for q in lures(ours))]:
        response = stranger.get(f"{path}?{query}")
        assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        assert not any(mark in response.text for mark in ours.marks()), query


@pytest.mark.parametrize("route", API, ids=str)
def test_sc_091_only_declared_methods_work(
    as_user: AsUser, ours: Tenant, staff: User, route: Route
) -> None:
    clients = [as_user(ours.owner.user), as_user(staff)]
    for method in sorted(METHODS - route.methods):
        before = everything()
        answers = [client.generic(method, fill(route, ours)) for client in clients]
        # Who may not go there at all hears that first.
        assert {a.status_code for a in answers} <= {403, 404, 405}, method
        heard = next(a for a in answers if a.status_code == 405)
        assert heard.json()["errors"][0]["code"] == "method_not_allowed"
        assert everything() == before


@pytest.mark.parametrize("route", API, ids=str)
def test_sc_091_reading_and_asking_for_options_write_nothing(
    as_user: AsUser, ours: Tenant, staff: User, route: Route
) -> None:
    methods = ["OPTIONS", "GET", "HEAD"] if route in READING else ["OPTIONS"]
    for user, method in product([ours.owner.user, staff], methods):
        client = as_user(user)
        with CaptureQueriesContext(connection) as queries:
            response = client.generic(method, fill(route, ours))
        assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        written = [q["sql"] for q in queries if q["sql"].startswith(WRITING)]
        if response.status_code in REFUSALS:
            written = [sql for sql in written if not sql.startswith(NOTING)]
        assert written == [], method


def lures(ours: Tenant) -> list[dict[str, str]]:
    """Queries that ask for our data by the names that filters usually have."""
    workspace, user = str(ours.owner.workspace_id), str(ours.owner.user_id)
    return [
        {"workspace": workspace, "workspace_id": workspace, "scope_id": workspace},
        {"user": user, "user_id": user, "owner": user, "scope_id": user},
        {"email": ours.owner.user.email, "member": str(ours.member.pk)},
        {"q": "ours", "search": "ours", "name": "ours Inc", "id": workspace},
    ]
