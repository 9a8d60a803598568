"""SC 96: what another site makes a browser send is refused by pages, and is nobody in the API."""

from http import HTTPStatus
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from conftest import AsUser
from tests.routes import all_routes, page_path
from workspaces.models import Workspace

FORMS = [r for r in all_routes() if r.is_page and "POST" in r.methods]


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of the page that says so, which takes as long as all the rest."""
    return HttpResponse("a forged form")


def test_sc_096_every_page_refuses_a_form_without_its_token(
    staff: User, settings: Any
) -> None:
    settings.CSRF_FAILURE_VIEW = f"{__name__}.refused"
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)
    assert len(FORMS) > 100

    for route in FORMS:
        answer = browser.post(page_path(route, staff.pk), {"confirmed": "yes"})
        assert answer.content == b"a forged form", route


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_sc_096_the_cookie_of_a_page_is_nobody_in_the_api(
    staff: User, method: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)
    path = "/workspaces" if method == "post" else "/auth/me"

    answer = getattr(browser, method)(path, {}, content_type="application/json")

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert User.objects.filter(pk=staff.pk).exists()


def test_sc_096_a_bearer_token_needs_no_other(as_user: AsUser, staff: User) -> None:
    headers = as_user(staff)._credentials
    client = APIClient(enforce_csrf_checks=True)

    answer = client.post("/workspaces", {"name": "New"}, **headers)

    assert answer.status_code == HTTPStatus.CREATED
    assert Workspace.objects.filter(name="New").exists()
