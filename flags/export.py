"""What flags store about somebody, for the export of their account."""

from typing import Any

from accounts.export import rows
from accounts.models import User
from flags.models import FeatureFlag


def of_user(user: User) -> dict[str, Any]:
    """The switches set for this user alone."""
    own = FeatureFlag.objects.filter(
        scope=FeatureFlag.Scope.USER, scope_id=str(user.pk)
    ).order_by("created_at", "id")
    return {"own": rows(own, "feature_name", "is_enabled", "created_at", "updated_at")}
