"""What workspaces say when an account is to be deleted, and what they do when it is."""

from contextlib import suppress
from typing import Any

from django.dispatch import receiver

from accounts.deletion import Blocker
from accounts.models import User
from accounts.signals import account_deleted
from workspaces import actions
from workspaces.errors import WorkspaceNotFound
from workspaces.models import Membership, Workspace


def owned_with_others(user: User) -> list[Blocker]:
    """A workspace that others use is handed over or deleted by its owner, never by the way."""
    # Locked first, then looked into: nobody joins between this answer and the deletion.
    owned = Workspace.objects.filter(owner=user).order_by("name", "id")
    rows = list(owned.select_for_update(no_key=True))
    others = Membership.objects.filter(workspace__in=rows).exclude(user=user)
    shared = set(others.values_list("workspace_id", flat=True))
    return [_blocker(workspace) for workspace in rows if workspace.pk in shared]


def _blocker(workspace: Workspace) -> Blocker:
    return Blocker(
        code="owns_workspace",
        detail=f"You own the workspace {workspace.name}, which has other members. "
        "Hand it over, or delete it.",
        id=str(workspace.pk),
    )


@receiver(account_deleted)
def leave_all(user: User, **kwargs: Any) -> None:
    """Leave every workspace; one without anybody else goes with its owner."""
    for membership in user.memberships.select_related("workspace", "user"):
        with suppress(WorkspaceNotFound):  # removed, or deleted, meanwhile
            if membership.is_owner:
                actions.delete_workspace(membership.workspace, by=membership)
            else:
                actions.leave_workspace(by=membership)
