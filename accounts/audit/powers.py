"""Writes down who becomes staff, gets or loses a right, or is shut out: whoever does it."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver

from accounts.audit.rows import record
from accounts.models import User

WATCHED = ["is_active", "is_staff", "is_superuser", "password"]
MANY = {
    User.groups.through: "groups",
    User.user_permissions.through: "user_permissions",
    Group.permissions.through: "group_permissions",
}
DEEDS = {"post_add": "added", "post_remove": "removed", "post_clear": "cleared"}


@receiver(pre_save, sender=User)
def remember(instance: User, update_fields: Any, **kwargs: Any) -> None:
    """One query, when a whole user is saved: by staff and commands, never by a login."""
    is_watched = update_fields is None or set(WATCHED[:3]) & set(update_fields)
    instance._before = None
    if is_watched and not instance._state.adding:
        instance._before = User.objects.filter(pk=instance.pk).values(*WATCHED).first()


@receiver(post_save, sender=User)
def note_changes(
    instance: User, created: bool, update_fields: Any, **kwargs: Any
) -> None:
    if created:
        if instance.is_staff or instance.is_superuser:
            _note_powers(instance)
        return
    before = instance._before
    if before is None:
        return
    if (before["is_staff"], before["is_superuser"]) != (
        instance.is_staff,
        instance.is_superuser,
    ):
        _note_powers(instance)
    if before["is_active"] != instance.is_active:
        verb = "reactivated" if instance.is_active else "deactivated"
        record(f"account.{verb}", user=instance)
    # With `update_fields` it is an old hash made anew at a login.
    if update_fields is None and before["password"] != instance.password:
        record("password.set", user=instance)


def _note_powers(user: User) -> None:
    record(
        "account.powers_changed",
        user=user,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
    )


@receiver(m2m_changed)
def note_rights(
    sender: type[Model],
    instance: Model,
    action: str,
    pk_set: set[int] | None = None,
    **kwargs: Any,
) -> None:
    """A user or a group, got or lost some: `{"what", "deed", "ids"?}`."""
    if sender not in MANY or action not in DEEDS or pk_set == set():
        return
    record(
        "account.powers_changed",
        user=instance if isinstance(instance, User) else None,
        what=MANY[sender],
        deed=DEEDS[action],
        ids=",".join(map(str, sorted(pk_set or []))),
        group_id=instance.pk if isinstance(instance, Group) else None,
    )


@receiver(post_delete, sender=Group)
def note_lost_group(instance: Group, **kwargs: Any) -> None:
    record("account.powers_changed", what="group", deed="deleted", group_id=instance.pk)
