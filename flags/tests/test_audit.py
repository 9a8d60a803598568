"""A flag that staff switch, over the API or in the admin, leaves a row in the audit log."""

from http import HTTPStatus

from accounts.models import AuditEvent, User
from conftest import AsUser
from flags.models import FeatureFlag


def test_sc_107_switching_a_flag_leaves_rows(as_user: AsUser, staff: User) -> None:
    client = as_user(staff)
    row = {"feature_name": "new_dashboard", "scope": "global"}

    client.post("/feature_flags", {**row, "is_enabled": True})
    client.post("/feature_flags", {**row, "is_enabled": False})
    key = str(FeatureFlag.objects.get().pk)
    answer = client.delete("/feature_flags/new_dashboard?scope=global")
    assert answer.status_code == HTTPStatus.NO_CONTENT

    rows = AuditEvent.objects.filter(event__startswith="admin.").order_by("created_at")
    assert [row.event for row in rows] == [
        "admin.added",
        "admin.changed",
        "admin.deleted",
    ]
    for row in rows:
        assert row.actor_id == staff.pk
        assert row.details["model"] == "flags.featureflag"
        assert row.details["object_id"] == key
    assert rows[1].details["message"] == "is_enabled: True → False"
