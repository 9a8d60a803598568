"""What people do with workspaces and members: one function per use case.

`by` is a member of the workspace, or for staff at work their user. Whether a workspace is
closed is asked at the door (`workspaces/access.py`), not here: staff act on closed ones.
"""

from workspaces.actions.closing import (
    disable_workspace,
    enable_workspace,
    lift_suspension,
    suspend_workspace,
)
from workspaces.actions.members import (
    add_member,
    change_role,
    leave_workspace,
    remove_member,
)
from workspaces.actions.workspace import (
    create_workspace,
    delete_workspace,
    rename_workspace,
    transfer_workspace,
)

__all__ = [
    "add_member",
    "change_role",
    "create_workspace",
    "delete_workspace",
    "disable_workspace",
    "enable_workspace",
    "leave_workspace",
    "lift_suspension",
    "remove_member",
    "rename_workspace",
    "suspend_workspace",
    "transfer_workspace",
]
