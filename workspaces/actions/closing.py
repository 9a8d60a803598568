"""A workspace closed and opened: by those who manage it, and by staff above them."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from workspaces import signals
from workspaces.actions.asking import (
    Actor,
    lock,
    lock_for_manager,
    record,
    require_staff,
)
from workspaces.models import Membership, Workspace


@transaction.atomic
def disable_workspace(workspace: Workspace, *, by: Actor, reason: str = "") -> bool:
    """Close it for all its members until someone who manages it enables it again.

    False when it was disabled already: who did it, when and why stay as they are.

    Raises:
        ManagersOnly: `by` does not manage it.
        WorkspaceNotFound: it was deleted, or `by` has left, meanwhile.
    """
    lock_for_manager(workspace, by)
    if workspace.is_disabled:
        return False
    workspace.disabled_at = timezone.now()
    workspace.disabled_by = by.user if isinstance(by, Membership) else by
    workspace.disabled_reason = reason
    workspace.save(update_fields=["disabled_at", "disabled_by", "disabled_reason"])
    signals.workspace_closed.send(Workspace, workspace=workspace)
    return True


@transaction.atomic
def enable_workspace(workspace: Workspace, *, by: Actor) -> None:
    """Open a disabled workspace; nothing changes when it is open already.

    Raises:
        ManagersOnly: `by` does not manage it.
        WorkspaceNotFound: it was deleted, or `by` has left, meanwhile.
    """
    lock_for_manager(workspace, by)
    workspace.disabled_at = workspace.disabled_by = None
    workspace.disabled_reason = ""
    workspace.save(update_fields=["disabled_at", "disabled_by", "disabled_reason"])
    signals.workspace_opened.send(Workspace, workspace=workspace)


@transaction.atomic
def suspend_workspace(workspace: Workspace, *, by: User) -> bool:
    """Close it in the name of the product: none of its members can open it again.

    False when it was suspended already: since when stays as it is.

    Raises:
        StaffOnly: `by` is no staff who may change workspaces.
        WorkspaceNotFound: it was deleted meanwhile.
    """
    require_staff(by)
    lock(workspace)
    if workspace.is_suspended:
        return False
    workspace.suspended_at = timezone.now()
    workspace.save(update_fields=["suspended_at"])
    record("workspace.suspended", workspace, actor=by)
    signals.workspace_closed.send(Workspace, workspace=workspace)
    return True


@transaction.atomic
def lift_suspension(workspace: Workspace, *, by: User) -> None:
    """End a suspension; a workspace that is disabled too stays disabled.

    Raises:
        StaffOnly: `by` is no staff who may change workspaces.
    """
    require_staff(by)
    lock(workspace)
    workspace.suspended_at = None
    workspace.save(update_fields=["suspended_at"])
    record("workspace.suspension_lifted", workspace, actor=by)
    signals.workspace_opened.send(Workspace, workspace=workspace)
