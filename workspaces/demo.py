"""The workspaces of the demo: one that works, and one that is closed."""

from collections.abc import Callable

from accounts.models import User
from workspaces.actions import add_member, create_workspace, disable_workspace
from workspaces.models import Workspace


def seed(out: Callable[[str], None]) -> None:
    """Create what is missing; what is there stays as people left it.

    Raises:
        User.DoesNotExist: the users of the demo were not seeded before.
    """
    demo = User.objects.get(email="demo@example.com")
    if not Workspace.objects.filter(slug="acme").exists():
        owner = create_workspace(name="Acme", slug="acme", by=demo)
        add_member(user=User.objects.get(email="member@example.com"), by=owner)
        out("Workspace Acme, owned by demo@example.com, with member@example.com")
    if not Workspace.objects.filter(slug="closed-corp").exists():
        owner = create_workspace(name="Closed Corp", slug="closed-corp", by=demo)
        disable_workspace(owner.workspace, by=owner, reason="Moved to Acme.")
        out("Workspace Closed Corp, owned by demo@example.com, disabled")
