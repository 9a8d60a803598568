"""Flags for a first look: one for a workspace, one for a share of users, one for a plan."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from flags import actions, subjects
from flags.models import FeatureFlag
from workspaces.models import Workspace

ON: dict[str, Any] = {"is_enabled": True}


def seed(out: Callable[[str], None]) -> None:
    """Create what is missing; a row that is there stays as people left it.

    Raises:
        User.DoesNotExist, Workspace.DoesNotExist: they are seeded before.
        ValidationError: the plan "pro" is not.
    """
    staff = User.objects.get(email="staff@example.com")
    acme = str(Workspace.objects.get(slug="acme").pk)
    dashboard = "A new start page, tried by Acme."
    search = "Finds more, for a quarter of the users."
    support = "Answers within an hour, for customers of Pro."
    rows = [
        ("new_dashboard", "global", None, {"description": dashboard}),
        ("new_dashboard", "workspace", acme, {**ON, "description": dashboard}),
        (
            "beta_search",
            "global",
            None,
            {**ON, "rollout_percentage": 25, "description": search},
        ),
        ("priority_support", "plan", "pro", {**ON, "description": support}),
    ]
    for name, scope, scope_id, fields in rows:
        there = FeatureFlag.objects.of(name).filter(scope=scope, scope_id=scope_id)
        if not there.exists():
            subjects.find(scope, scope_id)
            flag, _ = actions.set_flag(name, scope, scope_id, by=staff, **fields)
            out(f"flag {flag}")
