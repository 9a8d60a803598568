"""SC 42: who must have a second factor and has none reaches nothing but what sets one up."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.mfa.enrolment import OPEN_PAGES
from accounts.models import User
from conftest import AsUser, MakeUser
from tests.calls import send_and_undo
from tests.routes import Route, all_routes, api_routes, page_path
from tests.tenants import fill, make_tenant, unknown
from tests.test_walker import PUBLIC

OPEN = {
    "/auth/logout": {"POST"},
    "/auth/logout_all": {"POST"},
    "/auth/me": {"GET"},
    "/auth/reauthenticate": {"POST"},
    "/auth/reauthenticate/options": {"POST"},
}
CODE = "mfa_enrolment_required"


def is_open(route: Route, method: str) -> bool:
    return (
        route.path in PUBLIC
        or route.path.startswith("/auth/mfa")
        or method in OPEN.get(route.path, set())
    )


def refused(client: Client, route: Route, method: str, path: str) -> bool:
    answer = send_and_undo(client, route, method, path)
    is_refused = answer.status_code == HTTPStatus.FORBIDDEN
    return is_refused and answer.json()["errors"][0]["code"] == CODE


def test_sc_042_the_api_is_closed_to_staff_without_a_factor(
    as_user: AsUser, make_user: MakeUser, staff: User, settings: Any
) -> None:
    tenant = make_tenant("ours", make_user)
    client = as_user(staff)
    routes = [route for route in api_routes() if not unknown(route)]
    calls = [(route, method) for route in routes for method in sorted(route.methods)]
    settings.REQUIRE_MFA = "staff"

    wrong = [
        f"{method} {route}"
        for route, method in calls
        if refused(client, route, method, fill(route, tenant)) == is_open(route, method)
    ]

    assert wrong == []
    assert sum(not is_open(route, method) for route, method in calls) > 30


def test_sc_042_pages_and_the_admin_lead_staff_to_the_enrolment(
    client: Client, staff: User, settings: Any
) -> None:
    client.force_login(staff)
    settings.REQUIRE_MFA = "staff"
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    led = []
    for route in all_routes():
        if route.is_page and "GET" in route.methods:
            browser = Client()
            browser.cookies.load(cookies)
            answer = send_and_undo(browser, route, "GET", page_path(route, uuid4()))
            if answer.status_code == HTTPStatus.NOT_FOUND:
                continue
            name = answer.resolver_match.view_name
            is_led = answer.get("Location") == "/accounts/2fa/"
            assert is_led != (name in OPEN_PAGES), route
            led.append(route.path)

    assert {"/", "/admin/", "/accounts/profile/", "/docs"} <= set(led)


@pytest.mark.parametrize(
    ("policy", "is_staff", "is_closed"),
    [
        ("off", True, False),
        ("staff", False, False),
        ("staff", True, True),
        ("all", False, True),
    ],
)
def test_sc_042_who_is_asked(
    as_user: AsUser,
    make_user: MakeUser,
    settings: Any,
    policy: str,
    is_staff: bool,
    is_closed: bool,
) -> None:
    settings.REQUIRE_MFA = policy
    user = make_user("ada", is_staff=is_staff)
    browser = Client()
    browser.force_login(user)

    answer = as_user(user).get("/workspaces")
    page = browser.get("/accounts/profile/")

    statuses = {True: (403, 302), False: (200, 200)}
    assert (answer.status_code, page.status_code) == statuses[is_closed]
