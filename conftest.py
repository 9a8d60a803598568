"""The cast of every test: owner, admin, member and outsider of one workspace, and their clients."""

import logging
from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as in_use
from django.core.cache import cache
from django.core.servers.basehttp import WSGIRequestHandler
from rest_framework.test import APIClient

from accounts.audit import rows
from accounts.models import AuditEvent, User
from accounts.sessions import start_session
from tests import emptying
from tests.secrets import Ear
from workspaces.models import Membership, Workspace

PASSWORD = "correct-horse-battery"

MakeUser = Callable[..., User]
AsUser = Callable[[User], APIClient]

# `live_server` sends headers and body in two packets; the second would wait for the receipt
# of the first, which a client on the same machine puts off for 40 ms, at each request.
WSGIRequestHandler.disable_nagle_algorithm = True
emptying.install()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits and caches are real, so each test starts with none."""
    cache.clear()


@pytest.fixture(autouse=True)
def settings_end_with_the_test() -> Iterator[None]:
    """A fixture that overrides around one that does may leave its own to all that follow."""
    before = in_use._wrapped
    yield
    assert in_use._wrapped is before, "The test left settings of its own behind."


@pytest.fixture(autouse=True)
def no_secrets_in_the_log() -> Iterator[Ear]:
    """SC 108, during the whole suite: a test whose lines hold a secret fails."""
    ear = Ear()
    logging.getLogger().addHandler(ear)
    yield ear
    logging.getLogger().removeHandler(ear)
    assert ear.leaks() == []


@pytest.fixture(autouse=True)
def audit_rows_end_with_the_test(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that is one transaction keeps its rows inside: on a connection of their own
    they would outlive it, and tell the next one of things that never were."""
    if not is_committing(request):
        inside = AuditEvent.objects.bulk_create
        monkeypatch.setattr(rows, "_store_elsewhere", inside)


def is_committing(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    by_mark = marker is not None and bool(marker.kwargs.get("transaction"))
    fixtures = {"transactional_db", "live_server"}
    return by_mark or bool(fixtures & set(request.fixturenames))


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """`make_user("ada", is_staff=True)`: a user with a verified address at example.com."""

    def make(name: str, *, verified: bool = True, **fields: object) -> User:
        user = User.objects.create_user(
            f"{name}@example.com", PASSWORD, name=name, **fields
        )
        EmailAddress.objects.create(
            user=user, email=user.email, primary=True, verified=verified
        )
        return user

    return make


@pytest.fixture
def as_user() -> AsUser:
    """`as_user(ada)`: a client that sends a real access token of a new login."""

    def client(user: User) -> APIClient:
        session, tokens = start_session(user, session_key="")
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
        api.auth_session, api.tokens = session, tokens
        return api

    return client


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def workspace(make_user: MakeUser) -> Workspace:
    owner = make_user("owner")
    workspace = Workspace.objects.create(name="Acme", slug="acme", owner=owner)
    workspace.memberships.create(user=owner, role=Membership.Role.ADMIN)
    return workspace


@pytest.fixture
def owner(workspace: Workspace) -> Membership:
    return workspace.memberships.select_related("user").get(user=workspace.owner)


@pytest.fixture
def admin(workspace: Workspace, make_user: MakeUser) -> Membership:
    return workspace.memberships.create(
        user=make_user("admin"), role=Membership.Role.ADMIN
    )


@pytest.fixture
def member(workspace: Workspace, make_user: MakeUser) -> Membership:
    return workspace.memberships.create(user=make_user("member"))


@pytest.fixture
def outsider(make_user: MakeUser) -> User:
    return make_user("outsider")


@pytest.fixture
def staff(make_user: MakeUser) -> User:
    """May sign in to the admin and, as a superuser, do everything there."""
    return make_user("staff", is_staff=True, is_superuser=True)
