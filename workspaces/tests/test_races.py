"""What must hold when two requests arrive at once: real threads, real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from rest_framework.response import Response

from accounts.models import User
from conftest import AsUser, MakeUser
from workspaces.models import Membership, Workspace

pytestmark = pytest.mark.django_db(transaction=True)

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


@pytest.mark.parametrize("round_number", range(5))
def test_sc_086_owner_stays_through_two_parallel_calls(
    as_user: AsUser, owner: Membership, admin: Membership, round_number: int
) -> None:
    path = member_url(owner)
    first, second = as_user(owner.user), as_user(admin.user)
    statuses = at_once(
        lambda: first.post(f"/workspaces/{owner.workspace_id}/leave"),
        lambda: second.delete(path),
        lambda: second.patch(path, {"role": "member"}),
        lambda: first.delete(path),
    )

    assert statuses == [409] * 4
    owner.refresh_from_db()
    assert (owner.role, owner.is_owner) == ("admin", True)


@pytest.mark.parametrize("round_number", range(5))
def test_sc_086_two_admins_who_remove_each_other_do_not_both_succeed(
    as_user: AsUser, admin: Membership, make_user: MakeUser, round_number: int
) -> None:
    other = admin.workspace.memberships.create(
        user=make_user("other"), role=Membership.Role.ADMIN
    )
    first, second = as_user(admin.user), as_user(other.user)
    statuses = at_once(
        lambda: first.delete(member_url(other)),
        lambda: second.delete(member_url(admin)),
    )

    # The second one is no member any more by the time it is its turn.
    assert sorted(statuses) == [204, 404]
    assert Membership.objects.filter(pk__in=[admin.pk, other.pk]).count() == 1


@pytest.mark.parametrize("round_number", range(5))
def test_sc_086_two_admins_who_demote_each_other_do_not_both_succeed(
    as_user: AsUser, admin: Membership, make_user: MakeUser, round_number: int
) -> None:
    other = admin.workspace.memberships.create(
        user=make_user("other"), role=Membership.Role.ADMIN
    )
    first, second = as_user(admin.user), as_user(other.user)
    demoted: dict[str, Any] = {"role": "member"}
    statuses = at_once(
        lambda: first.patch(member_url(other), demoted),
        lambda: second.patch(member_url(admin), demoted),
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
