"""Whose data it is: workspaces, who belongs to them, and the base of what they own."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.validators import one_line
from workspaces.errors import WorkspaceDisabled, WorkspaceSuspended

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"
slug_form = RegexValidator(
    SLUG_PATTERN,
    "Use lower-case letters a to z, digits and single hyphens between them.",
    code="invalid_slug",
)


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def open(self) -> "WorkspaceQuerySet":
        """For tasks that visit every workspace: leave out the closed ones."""
        return self.filter(disabled_at=None, suspended_at=None)


class Workspace(models.Model):
    """A place that data belongs to. Its owner's plan is its plan.

    Two sides can close it: its owner or admins (`disabled_at`), and staff (`suspended_at`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, validators=[one_line])
    slug = models.SlugField(max_length=60, db_index=False, validators=[slug_form])
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="owned_workspaces",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    disabled_reason = models.CharField(
        max_length=500, blank=True, editable=False, validators=[one_line]
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("slug"), name="workspace_slug_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    def refuse_if_disabled(self) -> None:
        if self.is_disabled:
            raise WorkspaceDisabled(disabled_reason=self.disabled_reason)

    def refuse_if_suspended(self) -> None:
        if self.is_suspended:
            raise WorkspaceSuspended

    def refuse_if_closed(self) -> None:
        """The one rule of closed workspaces, for routes, pages and tasks alike (no query).

        Raises:
            WorkspaceSuspended: staff closed it; said first, for enabling it would not help.
            WorkspaceDisabled: its owner or an admin closed it.
        """
        self.refuse_if_suspended()
        self.refuse_if_disabled()


class WorkspaceOwnedQuerySet(models.QuerySet):
    """Rows that belong to a workspace; a queryset of your own extends this one."""

    def in_workspace(self, workspace: Workspace) -> "WorkspaceOwnedQuerySet":
        return self.filter(workspace=workspace)


class WorkspaceOwned(models.Model):
    """Mixed into a model whose rows belong to one workspace and are deleted with it."""

    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        # With the app, for two apps may each have a Note.
        related_name="%(app_label)s_%(class)s_set",
    )

    objects = WorkspaceOwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class MembershipQuerySet(WorkspaceOwnedQuerySet):
    def of(self, user: object) -> "MembershipQuerySet":
        return self.filter(user=user)


class Membership(WorkspaceOwned):
    """Everyone with access has one, the owner too; ownership is `Workspace.owner` alone.

    The owner's role is always admin: `workspaces/actions/` sees to it.
    """

    class Role(models.TextChoices):
        ADMIN = "admin"
        MEMBER = "member"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,  # the indexes below begin with it
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user"], name="membership_once_per_workspace"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "member"]),
                name="membership_role_known",
            ),
        ]
        # The two lists of the API, in their order.
        indexes = [
            models.Index(
                fields=["user", "-joined_at", "-id"], name="membership_of_user"
            ),
            models.Index(
                fields=["workspace", "-joined_at", "-id"],
                name="membership_of_workspace",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.email} in {self.workspace.name} ({self.role})"

    @property
    def is_owner(self) -> bool:
        return self.workspace.owner_id == self.user_id

    @property
    def can_manage(self) -> bool:
        """May change the workspace and its members."""
        return self.is_owner or self.role == self.Role.ADMIN
