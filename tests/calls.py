"""How the walkers call a route, with bodies that someone with every right gets through with."""

import json
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.routes import Route

LOGIN_PAGES = ("/accounts/login/", "/admin/login/")

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/workspaces"): {"name": "New"},
    ("PATCH", "/workspaces/<id>"): {"name": "Renamed"},
    ("POST", "/workspaces/<id>/disable"): {"reason": "Holidays."},
    ("PATCH", "/workspaces/<workspace_id>/members/<id>"): {"role": "admin"},
    ("PATCH", "/auth/me"): {"name": "Somebody"},
    ("POST", "/feature_flags"): {
        "feature_name": "new_dashboard",
        "scope": "global",
        "is_enabled": True,
    },
}


def send(client: Client, route: Route, method: str, path: str) -> HttpResponse:
    data = None if method == "GET" else BODIES.get((method, route.path), {})
    sent = "" if data is None else json.dumps(data)
    return client.generic(method, path, sent, content_type="application/json")


def send_and_undo(client: Client, route: Route, method: str, path: str) -> HttpResponse:
    """The answer; the next call finds everything as it was, rate limits too."""
    cache.clear()
    with transaction.atomic():
        response = send(client, route, method, path)
        transaction.set_rollback(True)
    return response
