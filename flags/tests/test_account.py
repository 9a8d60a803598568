"""What flags have to do with an account: they are exported and forgotten with it."""

from accounts.deletion import delete_account
from accounts.export import everything_about
from accounts.models import User
from flags.models import FeatureFlag


def test_own_switches_are_exported_and_go(outsider: User, staff: User) -> None:
    for user in (outsider, staff):
        FeatureFlag.objects.create(
            feature_name="beta", scope="user", scope_id=str(user.pk), is_enabled=True
        )

    found = everything_about(outsider)["parts"]["feature_flags"]["own"]
    delete_account(outsider, by=outsider)

    assert [(row["feature_name"], row["is_enabled"]) for row in found] == [
        ("beta", True)
    ]
    assert [row.scope_id for row in FeatureFlag.objects.all()] == [str(staff.pk)]
