"""What staff do with flags, over the API and in the admin alike; each change has its history."""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from flags.errors import FlagNotFound
from flags.models import FeatureFlag

KEY = ["feature_name", "scope", "scope_id"]


@transaction.atomic
def set_flag(
    feature_name: str, scope: str, scope_id: str | None, *, by: User, **changes: Any
) -> tuple[FeatureFlag, bool]:
    """Create the row, or write `changes` into the one there is; True when created.

    Fields that are not in `changes` keep their value: switching a feature off and on again
    does not forget its percentage.
    """
    new = FeatureFlag(
        feature_name=feature_name, scope=scope, scope_id=scope_id, updated_by=by
    )
    for field, value in changes.items():
        setattr(new, field, value)
    # Writes nothing new into a row that exists, but locks it: of two at once, one creates
    # and the other waits and then changes.
    FeatureFlag.objects.bulk_create(
        [new], update_conflicts=True, unique_fields=KEY, update_fields=["feature_name"]
    )
    flag = FeatureFlag.objects.get(
        feature_name=feature_name, scope=scope, scope_id=scope_id
    )
    if flag.pk == new.pk:
        log(flag, by, ADDITION, f"Created {'on' if flag.is_enabled else 'off'}.")
        return flag, True
    change(flag, by=by, **changes)
    return flag, False


@transaction.atomic
def change(flag: FeatureFlag, *, by: User, **changes: Any) -> None:
    """Write what differs, and nothing else; no difference leaves no trace."""
    before = {field: getattr(flag, field) for field in changes}
    different = [field for field, value in changes.items() if before[field] != value]
    if not different:
        return
    for field in different:
        setattr(flag, field, changes[field])
    flag.updated_by = by
    flag.save(update_fields=[*different, "updated_by", "updated_at"])
    log(flag, by, CHANGE, describe(before, changes, different))


def kill(feature_name: str, *, by: User) -> None:
    """Off for everybody at once, whatever rows for users, workspaces and plans say."""
    set_flag(feature_name, "global", None, by=by, is_enabled=False, is_locked=True)


def release(feature_name: str, *, by: User) -> None:
    """Let the other rows count again; the global row stays off until it is switched on."""
    locked = FeatureFlag.objects.of(feature_name).filter(scope="global", is_locked=True)
    for flag in locked:
        change(flag, by=by, is_locked=False)


@transaction.atomic
def delete_flags(flags: QuerySet[FeatureFlag], *, by: User) -> None:
    """Delete the rows.

    Raises:
        FlagNotFound: there are none.
    """
    rows = list(flags.order_by("pk").select_for_update())
    if not rows:
        raise FlagNotFound
    for flag in rows:
        log(flag, by, DELETION, f"Deleted, was {'on' if flag.is_enabled else 'off'}.")
    FeatureFlag.objects.filter(pk__in=[flag.pk for flag in rows]).delete()


def describe(before: dict[str, Any], after: dict[str, Any], fields: list[str]) -> str:
    """`is_enabled: False → True; ...`, for the history."""
    return "; ".join(f"{name}: {before[name]} → {after[name]}" for name in fields)


def log(flag: FeatureFlag, by: User, kind: int, message: str) -> None:
    """An entry in the admin's history of the row."""
    LogEntry.objects.log_actions(
        by.pk, [flag], kind, change_message=message, single_object=True
    )
