"""The one door to a workspace, for routes, pages and tasks alike."""

from typing import TYPE_CHECKING
from uuid import UUID

from workspaces.errors import WorkspaceNotFound
from workspaces.models import Membership, Workspace

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def membership_of(
    user: "AbstractBaseUser", workspace_id: UUID | str, *, may_be_closed: bool = False
) -> Membership:
    """The place of `user` in a workspace, with the workspace: one query.

    `may_be_closed` is for the few things that a closed workspace still allows.

    Raises:
        WorkspaceNotFound: no such workspace, a malformed id, or `user` is no member.
        WorkspaceSuspended, WorkspaceDisabled: it is closed.
    """
    membership = (
        Membership.objects.of(user)
        .select_related("workspace")
        .filter(workspace=_uuid(workspace_id))
        .first()
    )
    if membership is None:
        raise WorkspaceNotFound
    membership.user = user  # spares a query to whoever asks for their name
    if not may_be_closed:
        membership.workspace.refuse_if_closed()
    return membership


def open_workspace(workspace_id: UUID | str) -> Workspace:
    """The workspace a task works for: call it when the task runs, not when it is queued.

    Raises:
        WorkspaceNotFound: it is gone.
        WorkspaceSuspended, WorkspaceDisabled: it was closed meanwhile.
    """
    workspace = Workspace.objects.filter(pk=_uuid(workspace_id)).first()
    if workspace is None:
        raise WorkspaceNotFound
    workspace.refuse_if_closed()
    return workspace


def _uuid(value: UUID | str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError as e:
        raise WorkspaceNotFound from e
