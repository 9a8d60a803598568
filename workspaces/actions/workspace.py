"""A workspace itself: made, named, handed on, deleted."""

from django.db import IntegrityError, transaction

from accounts.models import User
from workspaces import signals
from workspaces.actions.asking import (
    Actor,
    is_staff_with,
    lock,
    lock_for_manager,
    locked,
    record,
    reread,
)
from workspaces.errors import AlreadyOwner, OwnerOnly, SlugTaken, StaffOnly
from workspaces.models import Membership, Workspace
from workspaces.slugs import slug_of, with_suffix

GENERATED_SLUG_TRIES = 5


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
    lock_for_manager(workspace, by)
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
    by = locked(by)
    if not by.is_owner:
        raise OwnerOnly
    heir = reread(membership, by.workspace)
    if heir.is_owner:
        raise AlreadyOwner
    heir.role = Membership.Role.ADMIN
    heir.save(update_fields=["role"])
    by.workspace.owner = heir.user
    by.workspace.save(update_fields=["owner"])
    record("workspace.transferred", by.workspace, user=heir.user, actor=by.user)
    signals.workspace_transferred.send(
        Workspace, workspace=by.workspace, former_owner=by.user
    )


@transaction.atomic
def delete_workspace(workspace: Workspace, *, by: Actor) -> None:
    """Delete it and all that belongs to it, also when it is disabled.

    Raises:
        OwnerOnly, StaffOnly: `by` is neither its owner nor staff who may delete it.
    """
    lock(workspace)
    if isinstance(by, Membership):
        if by.workspace_id != workspace.pk or not reread(by, workspace).is_owner:
            raise OwnerOnly
    elif not is_staff_with(by, "workspaces.delete_workspace"):
        raise StaffOnly
    signals.workspace_deleted.send(Workspace, workspace=workspace)
    record(
        "workspace.deleted",
        workspace,
        actor=by.user if isinstance(by, Membership) else by,
    )
    workspace.delete()


@transaction.atomic
def _create(name: str, slug: str, owner: User) -> Membership:
    workspace = Workspace(name=name, slug=slug, owner=owner)
    _save_with_slug(workspace, force_insert=True)
    membership = workspace.memberships.create(user=owner, role=Membership.Role.ADMIN)
    signals.workspace_created.send(Workspace, workspace=workspace)
    return membership


def _save_with_slug(workspace: Workspace, **options: object) -> None:
    try:
        workspace.save(**options)
    except IntegrityError as e:
        if "workspace_slug_unique" not in str(e):
            raise
        raise SlugTaken from e
