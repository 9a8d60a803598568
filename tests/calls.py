"""How the walkers call a route, with bodies that someone with every right gets through with."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.sessions import start_session
from tests.routes import Route
from workspaces.models import Membership

LOGIN_PAGES = ("/accounts/login/", "/admin/login/")


def somebody_in(path: str) -> dict[str, Any]:
    """A plain member of the workspace that the path names."""
    members = Membership.objects.filter(workspace=path.split("/")[2], role="member")
    return {"member": str(members.get().pk)}


# Every POST that asks for one. A function gets the path: for a row of that workspace.
BODIES: dict[tuple[str, str], dict[str, Any] | Callable[[str], dict[str, Any]]] = {
    ("POST", "/workspaces"): {"name": "New"},
    ("PATCH", "/workspaces/<id>"): {"name": "Renamed"},
    ("POST", "/workspaces/<id>/disable"): {"reason": "Holidays."},
    ("POST", "/workspaces/<id>/transfer"): somebody_in,
    ("PATCH", "/workspaces/<workspace_id>/members/<id>"): {"role": "admin"},
    ("PATCH", "/auth/me"): {"name": "Somebody"},
    ("PATCH", "/auth/mfa/passkeys/<id>"): {"name": "Blue key"},
    ("POST", "/feature_flags"): {
        "feature_name": "new_dashboard",
        "scope": "global",
        "is_enabled": True,
    },
}


def send(client: Client, route: Route, method: str, path: str) -> HttpResponse:
    body = BODIES.get((method, route.path), {})
    data = None if method == "GET" else body(path) if callable(body) else body
    sent = "" if data is None else json.dumps(data)
    return client.generic(method, path, sent, content_type="application/json")


def signed_in(user: User) -> APIClient:
    """With the session of allauth behind the token too, which `as_user` leaves out."""
    browser = Client()
    browser.force_login(user)
    _, tokens = start_session(user, session_key=browser.session.session_key)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    return api


def asks_for_a_proof(response: HttpResponse) -> bool:
    """Whether it asks who is signed in to prove it again; nobody's 401 has another code."""
    return (
        response.status_code == HTTPStatus.UNAUTHORIZED
        and response.json()["errors"][0]["code"] == "reauthentication_required"
    )


def send_and_undo(client: Client, route: Route, method: str, path: str) -> HttpResponse:
    """The answer; the next call finds everything as it was, rate limits too."""
    cache.clear()
    with transaction.atomic():
        response = send(client, route, method, path)
        transaction.set_rollback(True)
    return response
