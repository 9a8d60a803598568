"""For whom a request may ask what is on: itself, and, where staff ask, anybody."""

from uuid import UUID

from rest_framework.request import Request

from accounts.models import User
from saas.errors import NotAllowed, NotFound
from workspaces.access import membership_of
from workspaces.errors import WorkspaceNotFound
from workspaces.models import Workspace


def subjects_of(
    request: Request, user_id: UUID | None, workspace_id: UUID | None
) -> tuple[User, Workspace | None]:
    """The user and the workspace that a decision is for; who is not named is the caller.

    Raises:
        NotAllowed: it names another user, and the caller is not staff who may view flags.
        NotFound: staff named a user that does not exist.
        WorkspaceNotFound: there is none, or the caller is no member.
        WorkspaceDisabled, WorkspaceSuspended: it is closed to its members.
    """
    is_own = user_id in {None, request.user.pk}
    if is_own and workspace_id is None:
        return request.user, None
    if _may_ask_for_all(request.user):
        user = request.user if is_own else _found(user_id)
        return user, None if workspace_id is None else _found_workspace(workspace_id)
    # Before any look-up, so that the answer does not tell whether there is such a user.
    if not is_own:
        raise NotAllowed("Only staff may ask for another user.")
    return request.user, membership_of(request.user, workspace_id).workspace


def _may_ask_for_all(user: User) -> bool:
    return user.is_staff and user.has_perm("flags.view_featureflag")


def _found(user_id: UUID) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("No such user.")
    return user


def _found_workspace(workspace_id: UUID) -> Workspace:
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        raise WorkspaceNotFound
    return workspace
