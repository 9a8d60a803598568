"""Whose data it is: workspaces and who belongs to them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def of(self, user: object) -> "WorkspaceQuerySet":
        """The workspaces that `user` is a member of: nobody else learns that one exists."""
        return self.filter(memberships__user=user)


class Workspace(models.Model):
    """A place that data belongs to. Its owner's plan is its plan.

    Two people can close it: its owner or admins (`disabled_at`), and staff (`suspended_at`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="owned_workspaces",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    disabled_reason = models.CharField(max_length=500, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("slug"), name="workspace_slug_unique")
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: object) -> "MembershipQuerySet":
        return self.filter(user=user)


class Membership(models.Model):
    """Everyone with access has one, the owner too; ownership is `Workspace.owner` alone."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        MEMBER = "member"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
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

    def __str__(self) -> str:
        return f"{self.user_id} in {self.workspace_id} ({self.role})"

    @property
    def is_owner(self) -> bool:
        return self.workspace.owner_id == self.user_id

    @property
    def can_manage(self) -> bool:
        """May change the workspace and its members."""
        return self.is_owner or self.role == self.Role.ADMIN
