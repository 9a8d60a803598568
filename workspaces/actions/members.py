"""The members of a workspace: added, promoted, removed, gone."""

from django.db import transaction

from accounts.models import User
from workspaces import signals
from workspaces.actions.asking import locked, record, require_manager, reread
from workspaces.errors import (
    AlreadyMember,
    OwnerCannotBeDemoted,
    OwnerCannotBeRemoved,
    OwnerCannotLeave,
)
from workspaces.models import Membership


@transaction.atomic
def add_member(
    *, user: User, by: Membership, role: str = Membership.Role.MEMBER
) -> Membership:
    """Give `user` a place in the workspace of the member `by`.

    Raises:
        ManagersOnly: `by` does not manage members.
        AlreadyMember: `user` has a place there.
    """
    by = locked(by)
    require_manager(by.workspace, by)
    membership, is_new = by.workspace.memberships.get_or_create(
        user=user, defaults={"role": role}
    )
    if not is_new:
        raise AlreadyMember
    signals.member_added.send(Membership, membership=membership)
    record("workspace.member_added", by.workspace, user=user, actor=by.user, role=role)
    return membership


@transaction.atomic
def change_role(membership: Membership, *, by: Membership, role: str) -> Membership:
    """Make a member an admin or an admin a member; it holds from their next request.

    Raises:
        ManagersOnly: `by` does not manage members.
        OwnerCannotBeDemoted: the owner is always an admin.
        WorkspaceNotFound: `by` or the member has left meanwhile.
    """
    by = locked(by)
    require_manager(by.workspace, by)
    membership = reread(membership, by.workspace)
    if membership.is_owner and role != Membership.Role.ADMIN:
        raise OwnerCannotBeDemoted
    membership.role = role
    membership.save(update_fields=["role"])
    record(
        "workspace.role_changed",
        by.workspace,
        user=membership.user,
        actor=by.user,
        role=role,
    )
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: Membership) -> None:
    """Take away somebody's access; it ends with their next request.

    Raises:
        ManagersOnly: `by` does not manage members.
        OwnerCannotBeRemoved: a workspace has an owner as long as it stands.
        WorkspaceNotFound: `by` or the member has left meanwhile.
    """
    by = locked(by)
    require_manager(by.workspace, by)
    membership = reread(membership, by.workspace)
    if membership.is_owner:
        raise OwnerCannotBeRemoved
    _delete_membership(membership)
    record(
        "workspace.member_removed", by.workspace, user=membership.user, actor=by.user
    )


@transaction.atomic
def leave_workspace(*, by: Membership) -> None:
    """Give up one's own place.

    Raises:
        OwnerCannotLeave: a workspace has an owner as long as it stands.
        WorkspaceNotFound: `by` has left, or was removed, meanwhile.
    """
    by = locked(by)
    if by.is_owner:
        raise OwnerCannotLeave
    _delete_membership(by)
    record("workspace.member_removed", by.workspace, user=by.user, actor=by.user)


def _delete_membership(membership: Membership) -> None:
    key = membership.pk
    membership.delete()
    membership.pk = key  # delete() empties it, and receivers want to name the row
    signals.member_removed.send(Membership, membership=membership)
