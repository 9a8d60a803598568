"""What the table itself refuses, and what goes when its subject goes."""

import pytest
from django.db import IntegrityError

from flags.models import FeatureFlag

IMPOSSIBLE = [
    {"scope": "planet", "scope_id": "x"},
    {"scope": "global", "scope_id": "x"},
    {"scope": "user", "scope_id": None},
    {"scope": "plan", "scope_id": "p", "is_locked": True},
    {"scope": "global", "rollout_percentage": 101},
    {"scope": "global", "rollout_percentage": -1},
    {"scope": "user", "scope_id": "u", "rollout_percentage": 5},
    {"scope": "workspace", "scope_id": "w", "rollout_unit": "workspace"},
    {"scope": "global", "rollout_unit": "team"},
]


@pytest.mark.parametrize("fields", IMPOSSIBLE)
@pytest.mark.django_db
def test_the_table_refuses(fields):
    with pytest.raises(IntegrityError):
        FeatureFlag.objects.create(feature_name="x", **fields)


@pytest.mark.parametrize("scope_id", [None, "p"])
@pytest.mark.django_db
def test_one_row_for_one_subject_null_included(scope_id):
    row = {"feature_name": "x", "scope": "plan" if scope_id else "global"}
    FeatureFlag.objects.create(**row, scope_id=scope_id)

    with pytest.raises(IntegrityError):
        FeatureFlag.objects.create(**row, scope_id=scope_id)


def test_rows_go_with_their_subject(flag, member, outsider):
    flag("x", True, member.workspace)
    flag("x", True, member.user)
    flag("x", True, outsider)

    member.workspace.delete()
    member.user.delete()

    assert FeatureFlag.objects.get().scope_id == str(outsider.pk)
