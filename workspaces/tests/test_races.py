"""What must hold when two requests arrive at once: real threads, real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.response import Response

from accounts.models import User
from conftest import AsUser, MakeUser
from workspaces import actions
from workspaces.models import Membership, Workspace

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5  # so that a missing lock has its chances to show

Call = Callable[[], Response]


def at_once(*calls: Call) -> list[int]:
    """The statuses of the calls, each made in a thread of its own at the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Call) -> int:
        try:
            barrier.wait(timeout=30)
            return call().status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def member_url(membership: Membership) -> str:
    return f"/workspaces/{membership.workspace_id}/members/{membership.pk}"


@pytest.fixture
def two_admins(make_user: MakeUser) -> Callable[[], tuple[Membership, Membership]]:
    """Two new admins of a new workspace, whenever it is called."""
    people = [make_user(name) for name in ("boss", "first", "second")]

    def make() -> tuple[Membership, Membership]:
        boss = actions.create_workspace(name="Acme", by=people[0])
        first, second = (
            actions.add_member(user=user, by=boss, role=Membership.Role.ADMIN)
            for user in people[1:]
        )
        return first, second

    return make


def test_sc_086_owner_stays_through_parallel_calls(
    as_user: AsUser, owner: Membership, admin: Membership
) -> None:
    path = member_url(owner)
    first, second = as_user(owner.user), as_user(admin.user)
    for _ in range(ROUNDS):
        statuses = at_once(
            lambda: first.post(f"/workspaces/{owner.workspace_id}/leave"),
            lambda: second.delete(path),
            lambda: second.patch(path, {"role": "member"}),
            lambda: first.delete(path),
        )
        assert statuses == [409] * 4
    owner.refresh_from_db()
    assert (owner.role, owner.is_owner) == ("admin", True)


def test_sc_086_two_admins_who_remove_each_other_do_not_both_succeed(
    as_user: AsUser, two_admins: Callable[[], tuple[Membership, Membership]]
) -> None:
    for _ in range(ROUNDS):
        first, second = two_admins()
        one, other = as_user(first.user), as_user(second.user)
        statuses = at_once(
            partial(one.delete, member_url(second)),
            partial(other.delete, member_url(first)),
        )
        # The second one is no member any more by the time it is its turn.
        assert sorted(statuses) == [204, 404]
        assert Membership.objects.filter(pk__in=[first.pk, second.pk]).count() == 1


def test_sc_086_two_admins_who_demote_each_other_do_not_both_succeed(
    as_user: AsUser, two_admins: Callable[[], tuple[Membership, Membership]]
) -> None:
    lower = {"role": "member"}
    for _ in range(ROUNDS):
        first, second = two_admins()
        one, other = as_user(first.user), as_user(second.user)
        statuses = at_once(
            partial(one.patch, member_url(second), lower),
            partial(other.patch, member_url(first), lower),
        )
        assert sorted(statuses) == [200, 403]


def test_same_name_at_once_gives_everyone_a_workspace(
    as_user: AsUser, make_user: MakeUser
) -> None:
    clients = [as_user(make_user(f"u{n}")) for n in range(8)]
    statuses = at_once(
        *[lambda c=c: c.post("/workspaces", {"name": "Acme"}) for c in clients]
    )

    assert statuses == [201] * 8
    assert Workspace.objects.values("slug").distinct().count() == 8
    assert User.objects.filter(memberships__workspace__name="Acme").count() == 8


def test_same_slug_at_once_goes_to_one(as_user: AsUser, make_user: MakeUser) -> None:
    clients = [as_user(make_user(f"u{n}")) for n in range(6)]
    body = {"name": "Acme", "slug": "acme"}
    statuses = at_once(*[lambda c=c: c.post("/workspaces", body) for c in clients])

    assert sorted(statuses) == [201] + [409] * 5
    assert Membership.objects.count() == 1


def test_deleting_twice_at_once_is_no_crash(as_user: AsUser, owner: Membership) -> None:
    client = as_user(owner.user)
    path = f"/workspaces/{owner.workspace_id}"
    statuses = at_once(
        lambda: client.delete(path),
        lambda: client.delete(path),
        lambda: client.patch(path, {"name": "New"}),
        lambda: client.post(f"{path}/disable"),
    )

    assert set(statuses) <= {200, 204, 404, 403}
    assert 204 in statuses
    assert not Workspace.objects.exists()
