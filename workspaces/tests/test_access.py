"""The door for pages and tasks, which know no viewset."""

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from workspaces import actions
from workspaces.access import membership_of, open_workspace
from workspaces.errors import WorkspaceDisabled, WorkspaceNotFound, WorkspaceSuspended
from workspaces.models import Membership, Workspace


def test_member_is_let_in_with_one_query(
    member: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        mine = membership_of(member.user, str(member.workspace_id))
        assert (mine.workspace.name, mine.user.name) == ("Acme", "member")
    assert mine == member


@pytest.mark.parametrize("key", [uuid.uuid4(), "nonsense", "", "a\x00", "\ud800"])
def test_unknown_workspace_is_not_found(
    member: Membership, key: uuid.UUID | str
) -> None:
    with pytest.raises(WorkspaceNotFound):
        membership_of(member.user, key)
    with pytest.raises(WorkspaceNotFound):
        open_workspace(key)


def test_outsider_is_not_let_in(outsider: User, workspace: Workspace) -> None:
    with pytest.raises(WorkspaceNotFound):
        membership_of(outsider, workspace.pk)
    with pytest.raises(WorkspaceNotFound):
        membership_of(outsider, workspace.pk, may_be_closed=True)


def test_closed_workspace_refuses_pages_and_tasks(
    owner: Membership, staff: User
) -> None:
    workspace = owner.workspace
    assert open_workspace(workspace.pk) == workspace

    actions.disable_workspace(workspace, by=owner, reason="Holidays.")
    with pytest.raises(WorkspaceDisabled, match="Holidays"):
        membership_of(owner.user, workspace.pk)
    with pytest.raises(WorkspaceDisabled):
        open_workspace(workspace.pk)
    assert membership_of(owner.user, workspace.pk, may_be_closed=True) == owner
    assert not Workspace.objects.open().exists()

    actions.suspend_workspace(workspace, by=staff)
    with pytest.raises(WorkspaceSuspended):
        membership_of(owner.user, workspace.pk)
    with pytest.raises(WorkspaceSuspended):
        open_workspace(workspace.pk)
