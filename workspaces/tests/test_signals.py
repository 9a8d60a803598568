"""What floors above hear of workspaces, and that they can refuse."""

from collections.abc import Callable

import pytest
from django.dispatch import Signal

from accounts.models import User
from workspaces import actions
from workspaces.models import Membership, Workspace
from workspaces.signals import workspace_created, workspace_deleted


class Refusal(Exception):
    pass


@pytest.fixture
def hear(request: pytest.FixtureRequest) -> Callable[[Signal, Callable], None]:
    def connect(signal: Signal, receiver: Callable) -> None:
        signal.connect(receiver)
        request.addfinalizer(lambda: signal.disconnect(receiver))

    return connect


def test_a_new_workspace_is_told_with_its_first_member(hear, outsider: User) -> None:
    heard = []

    def receiver(workspace: Workspace, **kwargs: object) -> None:
        heard.append((workspace.pk, workspace.memberships.get().user))

    hear(workspace_created, receiver)
    new = actions.create_workspace(name="New", by=outsider)

    assert heard == [(new.workspace_id, outsider)]


def test_a_workspace_is_told_while_all_that_belongs_to_it_is_there(
    hear, owner: Membership, member: Membership
) -> None:
    heard = []

    def receiver(workspace: Workspace, **kwargs: object) -> None:
        heard.append((workspace.slug, workspace.memberships.count()))

    hear(workspace_deleted, receiver)
    actions.delete_workspace(owner.workspace, by=owner)

    assert heard == [("acme", 2)]
    assert not Workspace.objects.exists()


def test_a_receiver_that_raises_undoes_the_change(hear, owner: Membership) -> None:
    def receiver(**kwargs: object) -> None:
        raise Refusal

    hear(workspace_created, receiver)
    hear(workspace_deleted, receiver)

    with pytest.raises(Refusal):
        actions.create_workspace(name="New", by=owner.user)
    with pytest.raises(Refusal):
        actions.delete_workspace(owner.workspace, by=owner)

    assert Workspace.objects.get() == owner.workspace
