"""Who asks, whether they may, and what is written down of it.

`by` is a member of the workspace, or for staff at work their user.
"""

from accounts import audit
from accounts.models import User
from workspaces.errors import ManagersOnly, StaffOnly, WorkspaceNotFound
from workspaces.models import Membership, Workspace

Actor = Membership | User


def locked(by: Membership) -> Membership:
    """`by` read again while changes to the members of its workspace wait for each other.

    Or two admins who remove each other at the same time would both succeed.
    """
    lock(by.workspace)
    return reread(by, by.workspace)


def lock_for_manager(workspace: Workspace, by: Actor) -> None:
    """Lock it first: whoever stopped managing it a moment ago must be found out."""
    lock(workspace)
    if isinstance(by, Membership) and by.workspace_id == workspace.pk:
        by = reread(by, workspace)
    require_manager(workspace, by)


def lock(workspace: Workspace) -> None:
    """Read it again, and keep it from other changes until the transaction ends."""
    # no_key: rows that point to the workspace may still be written meanwhile.
    rows = Workspace.objects.select_for_update(no_key=True)
    try:
        workspace.refresh_from_db(from_queryset=rows)
    except Workspace.DoesNotExist as e:
        raise WorkspaceNotFound from e


def reread(membership: Membership, workspace: Workspace) -> Membership:
    fresh = (
        workspace.memberships.select_related("user").filter(pk=membership.pk).first()
    )
    if fresh is None:
        raise WorkspaceNotFound
    return fresh


def require_manager(workspace: Workspace, by: Actor) -> None:
    if not isinstance(by, Membership):
        require_staff(by)
    elif by.workspace_id != workspace.pk or not by.can_manage:
        raise ManagersOnly


def require_staff(by: User) -> None:
    if not is_staff_with(by, "workspaces.change_workspace"):
        raise StaffOnly


def is_staff_with(user: User, permission: str) -> bool:
    return user.is_active and user.is_staff and user.has_perm(permission)


def record(
    event: str,
    workspace: Workspace,
    *,
    actor: User,
    user: User | None = None,
    **more: str,
) -> None:
    """In the audit log, which keeps its row also where the change is taken back."""
    audit.record(event, user=user, actor=actor, workspace_id=workspace.pk, **more)
