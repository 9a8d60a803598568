"""What staff do with flags, over the API and in the admin alike; each change has its history."""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from flags.errors import FlagExists, FlagLocked, FlagNotFound
from flags.models import FeatureFlag

KEY = ["feature_name", "scope", "scope_id"]


@transaction.atomic
def set_flag(
    feature_name: str, scope: str, scope_id: str | None, *, by: User, **changes: Any
) -> tuple[FeatureFlag, bool]:
    """Create the row, or write `changes` into the one there is; True when created.

    Fields that are not in `changes` keep their value: switching a feature off and on again
    does not forget its percentage.

    Raises:
        FlagLocked: as `change`.
    """
    return _set(feature_name, scope, scope_id, by, changes, is_kill=False)


@transaction.atomic
def kill(feature_name: str, *, by: User) -> None:
    """Off for everybody at once, whatever rows for users, workspaces and plans say."""
    off = {"is_enabled": False, "is_locked": True}
    _set(feature_name, "global", None, by, off, is_kill=True)


def _set(
    feature_name: str,
    scope: str,
    scope_id: str | None,
    by: User,
    changes: dict[str, Any],
    *,
    is_kill: bool,
) -> tuple[FeatureFlag, bool]:
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
        _log_created(flag, by)
        return flag, True
    if not is_kill:
        _refuse_switching_a_locked(flag, changes)
    _write(flag, by, changes)
    return flag, False


@transaction.atomic
def add_flag(flag: FeatureFlag, *, by: User) -> None:
    """Save a row that is meant to be new.

    Raises:
        FlagExists: there is one for the same feature and subject.
    """
    flag.updated_by = by
    try:
        flag.save(force_insert=True)
    except IntegrityError as e:
        if "feature_flag_once_per_subject" not in str(e):
            raise
        raise FlagExists from e
    _log_created(flag, by)


@transaction.atomic
def change(flag: FeatureFlag, *, by: User, **changes: Any) -> None:
    """Write `changes` into the row as it is now, which may differ from what `by` saw.

    Raises:
        FlagLocked: it is locked, and would be switched, even if released by the same.
        FlagNotFound: it was deleted meanwhile.
    """
    fresh = FeatureFlag.objects.select_for_update().filter(pk=flag.pk).first()
    if fresh is None:
        raise FlagNotFound
    _refuse_switching_a_locked(fresh, changes)
    _write(fresh, by, changes)


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
        _log(flag, by, DELETION, f"Deleted, was {'on' if flag.is_enabled else 'off'}.")
    FeatureFlag.objects.filter(pk__in=[flag.pk for flag in rows]).delete()


def _refuse_switching_a_locked(flag: FeatureFlag, changes: dict[str, Any]) -> None:
    """ "On" was meant for one row, and would be "on for everybody", over all other rows."""
    is_switched = changes.get("is_enabled", flag.is_enabled) != flag.is_enabled
    if flag.is_locked and is_switched:
        raise FlagLocked(
            f"{flag.feature_name} is locked: release its kill switch first."
        )


def _write(flag: FeatureFlag, by: User, changes: dict[str, Any]) -> None:
    """Write what differs, and nothing else; no difference leaves no trace."""
    before = {field: getattr(flag, field) for field in changes}
    different = [field for field, value in changes.items() if before[field] != value]
    if not different:
        return
    for field in different:
        setattr(flag, field, changes[field])
    flag.updated_by = by
    flag.save(update_fields=[*different, "updated_by", "updated_at"])
    told = (f"{name}: {before[name]} → {changes[name]}" for name in different)
    _log(flag, by, CHANGE, "; ".join(told))


def _log_created(flag: FeatureFlag, by: User) -> None:
    _log(flag, by, ADDITION, f"Created {'on' if flag.is_enabled else 'off'}.")


def _log(flag: FeatureFlag, by: User, kind: int, message: str) -> None:
    """An entry in the admin's history of the row."""
    LogEntry.objects.log_actions(
        by.pk, [flag], kind, change_message=message, single_object=True
    )
