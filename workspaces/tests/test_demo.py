"""The seed of the demo."""

from accounts.models import User
from conftest import MakeUser
from workspaces import demo
from workspaces.models import Membership, Workspace


def test_seed_makes_two_workspaces_and_a_second_run_nothing(
    make_user: MakeUser,
) -> None:
    for name in ["demo", "member"]:
        make_user(name)
    said: list[str] = []
    demo.seed(said.append)
    first = list(Membership.objects.order_by("pk").values())
    demo.seed(said.append)

    assert list(Membership.objects.order_by("pk").values()) == first
    assert len(said) == 2
    acme = Workspace.objects.get(slug="acme")
    assert acme.owner == User.objects.get(email="demo@example.com")
    assert sorted(m.user.name for m in acme.memberships.all()) == ["demo", "member"]
    assert Workspace.objects.get(slug="closed-corp").is_disabled
