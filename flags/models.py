"""What is switched on, for whom: one row says it for everybody or for one subject."""

import re
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

# Safe in a URL without escaping, and one spelling only: no New_Thing beside new_thing.
FEATURE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
validate_feature_name = RegexValidator(
    rf"\A{FEATURE_NAME.pattern}\Z",
    "Use lower-case letters, digits, '_', '-' and '.', starting with a letter or digit.",
    code="invalid_feature_name",
)


class FeatureFlagQuerySet(models.QuerySet["FeatureFlag"]):
    def of(self, feature_name: str) -> "FeatureFlagQuerySet":
        """The rows of a feature; none for what cannot be a name (a NUL, for one)."""
        if not FEATURE_NAME.fullmatch(feature_name):
            return self.none()
        return self.filter(feature_name=feature_name)


class FeatureFlag(models.Model):
    """One row of the table: `feature_name` is on or off for `scope` and `scope_id`.

    `scope_id` is the id of a workspace or user, the Stripe product of a plan, or NULL for
    global. Of the rows that apply, the narrowest decides: user, workspace, plan, global;
    a locked global row decides before all of them (the kill switch).
    """

    class Scope(models.TextChoices):
        GLOBAL = "global"
        PLAN = "plan"
        WORKSPACE = "workspace"
        USER = "user"

    class Unit(models.TextChoices):
        USER = "user"
        WORKSPACE = "workspace"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    feature_name = models.CharField(max_length=100, validators=[validate_feature_name])
    is_enabled = models.BooleanField(default=False)
    scope = models.CharField(max_length=16, choices=Scope)
    # NULL is a value here: "everybody", and it must be able to collide (nulls_distinct).
    scope_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    is_locked = models.BooleanField("kill switch", default=False)
    rollout_percentage = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    rollout_unit = models.CharField(max_length=16, choices=Unit, default=Unit.USER)
    description = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = FeatureFlagQuerySet.as_manager()

    class Meta:
        db_table = "feature_flags"
        constraints = [
            models.UniqueConstraint(
                fields=["feature_name", "scope", "scope_id"],
                nulls_distinct=False,
                name="feature_flag_once_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=["global", "plan", "workspace", "user"]),
                name="feature_flag_scope_known",
            ),
            models.CheckConstraint(
                condition=Q(scope="global", scope_id=None)
                | (~Q(scope="global") & Q(scope_id__isnull=False)),
                name="feature_flag_only_global_without_subject",
            ),
            models.CheckConstraint(
                condition=Q(is_locked=False) | Q(scope="global"),
                name="feature_flag_only_global_locked",
            ),
            models.CheckConstraint(
                condition=Q(rollout_percentage=None) | Q(rollout_percentage__lte=100),
                name="feature_flag_rollout_at_most_100",
            ),
            models.CheckConstraint(
                condition=Q(rollout_percentage=None) | ~Q(scope="user"),
                name="feature_flag_no_share_of_one_user",
            ),
            models.CheckConstraint(
                condition=Q(rollout_unit="user")
                | (Q(rollout_unit="workspace") & Q(scope__in=["global", "plan"])),
                name="feature_flag_no_share_of_one_workspace",
            ),
        ]
        indexes = [
            models.Index(fields=["scope", "scope_id"], name="feature_flag_of_subject"),
            models.Index(fields=["-created_at", "-id"], name="feature_flag_newest"),
        ]

    def __str__(self) -> str:
        subject = f" {self.scope_id}" if self.scope_id else ""
        return f"{self.feature_name} ({self.scope}{subject})"

    def clean(self) -> None:
        """Each rule ties one field to `scope` alone, so that a partial update keeps them.

        Raises:
            ValidationError: by field, with the codes `not_global` and `rollout_of_one`.
        """
        if self.is_locked and self.scope != self.Scope.GLOBAL:
            raise _wrong(
                "is_locked", "not_global", "Only a global row can be a kill switch."
            )
        if self.rollout_percentage is not None and self.scope == self.Scope.USER:
            raise _wrong(
                "rollout_percentage", "rollout_of_one", "One user has no percentage."
            )
        if self.rollout_unit == self.Unit.WORKSPACE and self.scope in {
            self.Scope.WORKSPACE,
            self.Scope.USER,
        }:
            raise _wrong(
                "rollout_unit",
                "rollout_of_one",
                "Count users here; workspaces can be counted on global and plan rows.",
            )


def _wrong(field: str, code: str, message: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})
