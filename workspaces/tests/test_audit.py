"""Who got which rights over whose data: rows of the audit log, of every change."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.db import transaction

from accounts.models import AuditEvent, User
from conftest import AsUser
from workspaces import actions
from workspaces.models import Membership, Workspace

Act = Callable[[Membership, Membership, User], None]


def promote(owner: Membership, member: Membership, staff: User) -> None:
    actions.change_role(member, by=owner, role="admin")


def transfer(owner: Membership, member: Membership, staff: User) -> None:
    actions.transfer_workspace(member, by=owner)


def remove(owner: Membership, member: Membership, staff: User) -> None:
    actions.remove_member(member, by=owner)


def leave(owner: Membership, member: Membership, staff: User) -> None:
    actions.leave_workspace(by=member)


def add(owner: Membership, member: Membership, staff: User) -> None:
    actions.add_member(user=staff, by=owner)


def suspend(owner: Membership, member: Membership, staff: User) -> None:
    actions.suspend_workspace(owner.workspace, by=staff)


def lift(owner: Membership, member: Membership, staff: User) -> None:
    actions.lift_suspension(owner.workspace, by=staff)


def delete(owner: Membership, member: Membership, staff: User) -> None:
    actions.delete_workspace(owner.workspace, by=owner)


@pytest.mark.parametrize(
    ("act", "event", "user", "actor"),
    [
        (promote, "workspace.role_changed", "member", "owner"),
        (transfer, "workspace.transferred", "member", "owner"),
        (remove, "workspace.member_removed", "member", "owner"),
        (leave, "workspace.member_removed", "member", "member"),
        (add, "workspace.member_added", "staff", "owner"),
        (suspend, "workspace.suspended", None, "staff"),
        (lift, "workspace.suspension_lifted", None, "staff"),
        (delete, "workspace.deleted", None, "owner"),
    ],
)
def test_sc_107_a_change_of_rights_leaves_a_row(
    act: Act,
    event: str,
    user: str | None,
    actor: str,
    owner: Membership,
    member: Membership,
    staff: User,
) -> None:
    cast = {"owner": owner.user_id, "member": member.user_id, "staff": staff.pk}
    workspace_id = str(owner.workspace_id)

    act(owner, member, staff)

    row = AuditEvent.objects.get(event=event)
    assert (row.user_id, row.actor_id) == (cast.get(user), cast[actor])
    assert row.details["workspace_id"] == workspace_id


def test_sc_107_a_role_that_is_refused_leaves_a_row_too(
    as_user: AsUser, owner: Membership, member: Membership
) -> None:
    url = f"/workspaces/{owner.workspace_id}/members/{member.pk}"

    answer = as_user(member.user).patch(url, {"role": "admin"})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    row = AuditEvent.objects.get(event="access.denied")
    assert (row.user_id, row.actor_id) == (member.user_id, member.user_id)
    assert row.details["code"] == answer.json()["errors"][0]["code"]
    assert row.details["workspace_id"] == str(owner.workspace_id)
    assert not AuditEvent.objects.filter(event="workspace.role_changed").exists()


def test_sc_107_a_stranger_at_the_door_leaves_one_row_a_minute(
    as_user: AsUser, workspace: Workspace, outsider: User
) -> None:
    stranger = as_user(outsider)

    for _ in range(3):
        answer = stranger.get(f"/workspaces/{workspace.pk}")
        assert answer.status_code == HTTPStatus.NOT_FOUND

    row = AuditEvent.objects.get(event="access.denied")
    assert row.user_id == outsider.pk
    assert row.details["workspace_id"] == str(workspace.pk)


@pytest.mark.django_db(transaction=True)
def test_sc_107_a_change_that_is_taken_back_leaves_its_row(
    owner: Membership, member: Membership
) -> None:
    @transaction.atomic
    def change_and_fail() -> None:
        actions.change_role(member, by=owner, role="admin")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()

    member.refresh_from_db()
    assert member.role == Membership.Role.MEMBER
    assert AuditEvent.objects.filter(event="workspace.role_changed").exists()
