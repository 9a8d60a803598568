"""What workspaces refuse."""

from saas.errors import DomainError, NotAllowed, NotFound


class WorkspaceNotFound(NotFound):
    """No such workspace, or none for this caller: the two look alike on purpose."""

    message = "No such workspace."


class WorkspaceDisabled(NotAllowed):
    """Carries `disabled_reason` in the body, empty where none was given."""

    code = "workspace_disabled"
    message = "This workspace is disabled. Its owner or an admin can enable it again."

    def __init__(self, *, disabled_reason: str = "") -> None:
        message = (
            f"{self.message} Reason: {disabled_reason}" if disabled_reason else None
        )
        super().__init__(message, disabled_reason=disabled_reason)


class WorkspaceSuspended(NotAllowed):
    code = "workspace_suspended"
    message = "This workspace was suspended. Contact support to have it reopened."


class ManagersOnly(NotAllowed):
    message = "Only the owner and the admins of this workspace may do this."


class OwnerOnly(NotAllowed):
    message = "Only the owner of this workspace may do this."


class StaffOnly(NotAllowed):
    message = "Only staff who may change workspaces can do this."


class OwnerCannotLeave(DomainError):
    code = "owner_cannot_leave"
    message = "Hand the workspace to someone else before leaving it, or delete it."


class AlreadyOwner(DomainError):
    code = "already_the_owner"
    message = "This member owns the workspace already."


class OwnerCannotBeRemoved(DomainError):
    code = "owner_cannot_be_removed"
    message = "The owner cannot be removed from the workspace."


class OwnerCannotBeDemoted(DomainError):
    code = "owner_cannot_be_demoted"
    message = "The owner is always an admin of the workspace."


class SlugTaken(DomainError):
    code = "slug_taken"
    message = "Another workspace has this slug. Choose a different one."
    attr = "slug"


class AlreadyMember(DomainError):
    code = "already_a_member"
    message = "This person is a member of the workspace already."
