"""What workspaces store about somebody, for the export of their account."""

from typing import Any

from accounts.export import rows
from accounts.models import User
from workspaces.models import Membership, Workspace


def of_user(user: User) -> dict[str, Any]:
    """Memberships and owned workspaces; the data of workspaces is not the user's own."""
    memberships = Membership.objects.of(user).order_by("joined_at", "id")
    owned = Workspace.objects.filter(owner=user).order_by("created_at", "id")
    return {
        "memberships": rows(
            memberships, "id", "workspace_id", "workspace__name", "role", "joined_at"
        ),
        "owned": rows(
            owned, "id", "name", "slug", "created_at", "disabled_at", "disabled_reason"
        ),
    }
