"""The flags of the demo."""

import pytest

from flags.demo import seed
from flags.evaluation import is_enabled
from flags.models import FeatureFlag


@pytest.mark.usefixtures("staff", "pro")
def test_seeding_twice_changes_nothing_that_people_changed(workspace, owner, subscribe):
    first, second = [], []
    seed(first.append)
    FeatureFlag.objects.filter(feature_name="beta_search").update(is_enabled=False)
    seed(second.append)

    assert (len(first), second) == (4, [])
    assert is_enabled("new_dashboard", user=owner.user, workspace=workspace)
    assert not is_enabled("new_dashboard", user=owner.user)
    assert not FeatureFlag.objects.get(feature_name="beta_search").is_enabled
    assert not is_enabled("priority_support", user=owner.user)
    subscribe(owner.user)
    assert is_enabled("priority_support", user=owner.user)
