"""Security case 90: whatever is sent to any route, no answer is a 5xx, and errors are the envelope.

schemathesis makes requests from the committed `openapi.json`, valid ones and broken ones, the
same in every run; the product answers them in this process. `FUZZ_EXAMPLES=200` looks further.
"""

import json
import os
from collections.abc import Iterator
from http import HTTPStatus

import pytest
import schemathesis
from django.conf import settings as product
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.transport import Response

from accounts.sessions import start_session
from saas.wsgi import application
from workspaces.models import Membership

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
# Fixed by a protocol of others (OFREP), whose clients read its own form of error.
NO_ENVELOPE = ("/ofrep/",)
# The reason for 503 while nothing that is asked for outside of this process is there.
UNREACHABLE = {"billing_unavailable"}

schema = schemathesis.openapi.from_path(product.BASE_DIR / "openapi.json")
schema.app = application
OPERATIONS = {result.ok().label: result.ok() for result in schema.get_all_operations()}


@pytest.fixture(autouse=True)
def one_transaction() -> Iterator[None]:
    """The end of a request would close the connection that the test rolls back."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def reachable(settings) -> None:
    """No limits, which would answer before the code that is tried; no Stripe to wait for."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.ACCOUNT_RATE_LIMITS = False
    settings.STRIPE_API_HOST = "http://127.0.0.1:1"


@pytest.mark.parametrize("label", OPERATIONS)
def test_sc_090_nobody_gets_no_crash(label: str, db: None):
    fuzz(label, {}, {})


@pytest.mark.parametrize("label", OPERATIONS)
def test_sc_090_somebody_gets_no_crash(label: str, staff, workspace):
    """As staff, who is an admin of a workspace too: nothing ends at a permission."""
    membership = workspace.memberships.create(user=staff, role=Membership.Role.ADMIN)
    session, tokens = start_session(staff, session_key="")
    ids = {"workspace_id": workspace.pk, "id": membership.pk}
    if label.split()[1].startswith("/workspaces/{id}"):
        ids = {"id": workspace.pk}

    fuzz(label, {"Authorization": f"Bearer {tokens['access']}"}, ids)


def fuzz(label: str, headers: dict[str, str], ids: dict[str, object]) -> None:
    """Try an operation; every other request is about a thing that is there (`ids`)."""
    operation = OPERATIONS[label]
    broken = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    valid = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=valid | broken)
    def attempt(case: Case) -> None:
        for parameters in ({}, ids):
            known = {
                k: str(v) for k, v in parameters.items() if k in case.path_parameters
            }
            case.path_parameters.update(known)
            check(case.call(headers=headers))

    attempt()


def check(response: Response) -> None:
    status = response.status_code
    request = response.request
    seen = f"{request.method} {request.url} {request.body!r} -> {response.text}"
    if status < HTTPStatus.BAD_REQUEST or any(p in request.url for p in NO_ENVELOPE):
        assert status < HTTPStatus.INTERNAL_SERVER_ERROR, seen
        return
    body = json.loads(response.content)
    assert body["type"] in {"validation_error", "client_error", "server_error"}, seen
    codes = {error["code"] for error in body["errors"]}
    assert codes, seen
    assert all(error.keys() == {"code", "detail", "attr"} for error in body["errors"])
    assert status < HTTPStatus.INTERNAL_SERVER_ERROR or codes <= UNREACHABLE, seen
