"""The people of the demo: who to sign in as after `make run`."""

from collections.abc import Callable

from accounts.actions import create_verified_user
from accounts.models import User

PEOPLE = [
    ("demo@example.com", "demo-password-1", {"name": "Demo Owner"}),
    ("member@example.com", "member-password-1", {"name": "Demo Member"}),
    (
        "staff@example.com",
        "staff-password-1",
        {"name": "Demo Staff", "is_staff": True, "is_superuser": True},
    ),
]


def seed(out: Callable[[str], None]) -> None:
    """Create who is missing; whoever exists keeps what they changed."""
    for email, password, fields in PEOPLE:
        if not User.objects.filter(email=email).exists():
            create_verified_user(email, password, **fields)
            out(f"user {email}")
