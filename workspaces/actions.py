"""What people do with workspaces and members: one function per use case.

`by` is a member of the workspace, or for staff at work their user. Whether a workspace is
closed is asked at the door (`workspaces/access.py`), not here: staff act on closed ones.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from workspaces import signals
from workspaces.errors import (
    AlreadyMember,
    AlreadyOwner,
    ManagersOnly,
    OwnerCannotBeDemoted,
    OwnerCannotBeRemoved,
    OwnerCannotLeave,
    OwnerOnly,
    SlugTaken,
    StaffOnly,
    WorkspaceNotFound,
)
from workspaces.models import Membership, Workspace
from workspaces.slugs import slug_of, with_suffix

GENERATED_SLUG_TRIES = 5

Actor = Membership | User


def create_workspace(*, name: str, by: User, slug: str | None = None) -> Membership:
    """Create a workspace that `by` owns, and return the owner's membership.

    Raises:
        SlugTaken: `slug` was asked for and another workspace has it.
    """
    if slug is not None:
        return _create(name, slug, by)
    slug = slug_of(name)
    for _ in range(GENERATED_SLUG_TRIES - 1):
        try:
            return _create(name, slug, by)
        except SlugTaken:
            # Trying beats looking first: two at once would both find it free.
            slug = with_suffix(slug_of(name))
    return _create(name, slug, by)


@transaction.atomic
def rename_workspace(
    workspace: Workspace, *, by: Actor, name: str | None = None, slug: str | None = None
) -> None:
    """Give it another name or slug; None leaves it as it is.

    Raises:
        ManagersOnly: `by` does not manage it.
        SlugTaken: another workspace has the slug.
        WorkspaceNotFound: it was deleted, or `by` has left, meanwhile.
    """
    _lock_for_manager(workspace, by)
    given = {"name": name, "slug": slug}
    changed = {field: value for field, value in given.items() if value is not None}
    for field, value in changed.items():
        setattr(workspace, field, value)
    _save_with_slug(workspace, update_fields=list(changed))


@transaction.atomic
def transfer_workspace(membership: Membership, *, by: Membership) -> None:
    """Make another member the owner, whose plan is the workspace's from now on.

    The owner of before stays as an admin.

    Raises:
        OwnerOnly: `by` does not own it, or not any more.
        AlreadyOwner: the member is the owner.
        WorkspaceNotFound: `by` or the member has left meanwhile.
    """
    by = _locked(by)
    if not by.is_owner:
        raise OwnerOnly
    heir = _reread(membership, by.workspace)
    if heir.is_owner:
        raise AlreadyOwner
    heir.role = Membership.Role.ADMIN
    heir.save(update_fields=["role"])
    by.workspace.owner = heir.user
    by.workspace.save(update_fields=["owner"])
    _note("transferred", by.workspace, user=heir.user, actor=by.user)
    signals.workspace_transferred.send(
        Workspace, workspace=by.workspace, former_owner=by.user
    )


@transaction.atomic
def delete_workspace(workspace: Workspace, *, by: Actor) -> None:
    """Delete it and all that belongs to it, also when it is disabled.

    Raises:
        OwnerOnly, StaffOnly: `by` is neither its owner nor staff who may delete it.
    """
    _lock(workspace)
    if isinstance(by, Membership):
        if by.workspace_id != workspace.pk or not _reread(by, workspace).is_owner:
            raise OwnerOnly
    elif not _is_staff_with(by, "workspaces.delete_workspace"):
        raise StaffOnly
    signals.workspace_deleted.send(Workspace, workspace=workspace)
    _note("deleted", workspace, actor=by.user if isinstance(by, Membership) else by)
    workspace.delete()


@transaction.atomic
def disable_workspace(workspace: Workspace, *, by: Actor, reason: str = "") -> bool:
    """Close it for all its members until someone who manages it enables it again.

    False when it was disabled already: who did it, when and why stay as they are.

    Raises:
        ManagersOnly: `by` does not manage it.
        WorkspaceNotFound: it was deleted, or `by` has left, meanwhile.
    """
    _lock_for_manager(workspace, by)
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
    _lock_for_manager(workspace, by)
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
    _require_staff(by)
    _lock(workspace)
    if workspace.is_suspended:
        return False
    workspace.suspended_at = timezone.now()
    workspace.save(update_fields=["suspended_at"])
    _note("suspended", workspace, actor=by)
    signals.workspace_closed.send(Workspace, workspace=workspace)
    return True


@transaction.atomic
def lift_suspension(workspace: Workspace, *, by: User) -> None:
    """End a suspension; a workspace that is disabled too stays disabled.

    Raises:
        StaffOnly: `by` is no staff who may change workspaces.
    """
    _require_staff(by)
    _lock(workspace)
    workspace.suspended_at = None
    workspace.save(update_fields=["suspended_at"])
    _note("suspension_lifted", workspace, actor=by)
    signals.workspace_opened.send(Workspace, workspace=workspace)


@transaction.atomic
def add_member(
    *, user: User, by: Membership, role: str = Membership.Role.MEMBER
) -> Membership:
    """Give `user` a place in the workspace of the member `by`.

    Raises:
        ManagersOnly: `by` does not manage members.
        AlreadyMember: `user` has a place there.
    """
    by = _locked(by)
    _require_manager(by.workspace, by)
    membership, is_new = by.workspace.memberships.get_or_create(
        user=user, defaults={"role": role}
    )
    if not is_new:
        raise AlreadyMember
    signals.member_added.send(Membership, membership=membership)
    _note("member_added", by.workspace, user=user, actor=by.user, role=role)
    return membership


@transaction.atomic
def change_role(membership: Membership, *, by: Membership, role: str) -> Membership:
    """Make a member an admin or an admin a member; it holds from their next request.

    Raises:
        ManagersOnly: `by` does not manage members.
        OwnerCannotBeDemoted: the owner is always an admin.
        WorkspaceNotFound: `by` or the member has left meanwhile.
    """
    by = _locked(by)
    _require_manager(by.workspace, by)
    membership = _reread(membership, by.workspace)
    if membership.is_owner and role != Membership.Role.ADMIN:
        raise OwnerCannotBeDemoted
    membership.role = role
    membership.save(update_fields=["role"])
    _note("role_changed", by.workspace, user=membership.user, actor=by.user, role=role)
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: Membership) -> None:
    """Take away somebody's access; it ends with their next request.

    Raises:
        ManagersOnly: `by` does not manage members.
        OwnerCannotBeRemoved: a workspace has an owner as long as it stands.
        WorkspaceNotFound: `by` or the member has left meanwhile.
    """
    by = _locked(by)
    _require_manager(by.workspace, by)
    membership = _reread(membership, by.workspace)
    if membership.is_owner:
        raise OwnerCannotBeRemoved
    _delete_membership(membership)
    _note("member_removed", by.workspace, user=membership.user, actor=by.user)


@transaction.atomic
def leave_workspace(*, by: Membership) -> None:
    """Give up one's own place.

    Raises:
        OwnerCannotLeave: a workspace has an owner as long as it stands.
        WorkspaceNotFound: `by` has left, or was removed, meanwhile.
    """
    by = _locked(by)
    if by.is_owner:
        raise OwnerCannotLeave
    _delete_membership(by)
    _note("member_removed", by.workspace, user=by.user, actor=by.user)


@transaction.atomic
def _create(name: str, slug: str, owner: User) -> Membership:
    workspace = Workspace(name=name, slug=slug, owner=owner)
    _save_with_slug(workspace, force_insert=True)
    membership = workspace.memberships.create(user=owner, role=Membership.Role.ADMIN)
    signals.workspace_created.send(Workspace, workspace=workspace)
    return membership


def _note(
    deed: str,
    workspace: Workspace,
    *,
    actor: User,
    user: User | None = None,
    **more: str,
) -> None:
    """In the audit log, which keeps its row also where the change is taken back."""
    name = f"workspace.{deed}"
    audit.record(name, user=user, actor=actor, workspace_id=workspace.pk, **more)


def _save_with_slug(workspace: Workspace, **options: object) -> None:
    try:
        workspace.save(**options)
    except IntegrityError as e:
        if "workspace_slug_unique" not in str(e):
            raise
        raise SlugTaken from e


def _delete_membership(membership: Membership) -> None:
    key = membership.pk
    membership.delete()
    membership.pk = key  # delete() empties it, and receivers want to name the row
    signals.member_removed.send(Membership, membership=membership)


def _locked(by: Membership) -> Membership:
    """`by` read again while changes to the members of its workspace wait for each other.

    Or two admins who remove each other at the same time would both succeed.
    """
    _lock(by.workspace)
    return _reread(by, by.workspace)


def _lock_for_manager(workspace: Workspace, by: Actor) -> None:
    """Lock it first: whoever stopped managing it a moment ago must be found out."""
    _lock(workspace)
    if isinstance(by, Membership) and by.workspace_id == workspace.pk:
        by = _reread(by, workspace)
    _require_manager(workspace, by)


def _lock(workspace: Workspace) -> None:
    """Read it again, and keep it from other changes until the transaction ends."""
    # no_key: rows that point to the workspace may still be written meanwhile.
    locked = Workspace.objects.select_for_update(no_key=True)
    try:
        workspace.refresh_from_db(from_queryset=locked)
    except Workspace.DoesNotExist as e:
        raise WorkspaceNotFound from e


def _reread(membership: Membership, workspace: Workspace) -> Membership:
    fresh = (
        workspace.memberships.select_related("user").filter(pk=membership.pk).first()
    )
    if fresh is None:
        raise WorkspaceNotFound
    return fresh


def _require_manager(workspace: Workspace, by: Actor) -> None:
    if not isinstance(by, Membership):
        _require_staff(by)
    elif by.workspace_id != workspace.pk or not by.can_manage:
        raise ManagersOnly


def _require_staff(by: User) -> None:
    if not _is_staff_with(by, "workspaces.change_workspace"):
        raise StaffOnly


def _is_staff_with(user: User, permission: str) -> bool:
    return user.is_active and user.is_staff and user.has_perm(permission)
