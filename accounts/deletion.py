"""The end of an account: what stands in its way, and what goes with it."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts import audit, sessions
from accounts.errors import AccountInUse, SessionExpired
from accounts.models import User
from accounts.signals import account_deleted


@dataclass(frozen=True)
class Blocker:
    """One thing to settle first: `detail` says how, `id` names it ("" for none)."""

    code: str
    detail: str
    id: str = ""


Guard = Callable[[User], list[Blocker]]


@transaction.atomic
def blockers(user: User, *, by: User) -> list[Blocker]:
    """What keeps `user` from being deleted by `by`: by settings.ACCOUNT_DELETION_GUARDS.

    A guard may lock what it looks at, so that its answer holds until the deletion.
    """
    found = []
    if user.is_staff and user.pk == by.pk:
        # Their history in the admin goes with them: nobody may erase their own.
        found.append(
            Blocker(
                code="staff_account",
                detail="Another member of staff has to delete the account of one.",
            )
        )
    guards: list[Guard] = [import_string(p) for p in settings.ACCOUNT_DELETION_GUARDS]
    return found + [blocker for guard in guards for blocker in guard(user)]


@transaction.atomic
def delete_account(user: User, *, by: User) -> None:
    """Delete `user` with all personal data, end every login, and say so by mail.

    Raises:
        AccountInUse: with the `blockers`, `[{"code", "detail", "id"}]`.
        SessionExpired: it was deleted meanwhile.
    """
    # Locked, or a workspace or payment of theirs could begin while we look.
    locked = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:
        raise SessionExpired
    if found := blockers(locked, by=by):
        raise AccountInUse(blockers=[asdict(blocker) for blocker in found])
    account_deleted.send(User, user=locked)
    sessions.end_all_sessions(locked, sessions.ACCOUNT_DELETED)
    get_adapter().send_mail("account/email/account_deleted", locked.email, {})
    # With the hash of the address, by which support finds what became of the account.
    audit.record("account.deleted", user=locked, actor=by, address=locked.email)
    _forget_in_history(locked)
    locked.delete()


def _forget_in_history(user: User) -> None:
    """What staff did is still told by the admin; with whom, by the key of the account."""
    key, email = str(user.pk), re.escape(user.email)
    whole = re.compile(rf"(?<![^\s\"']){email}(?!\.?[^\s\"'.])")  # no part of another
    # By their keys as well: an entry of before may name a former address.
    theirs = {key, *map(str, user.auth_sessions.values_list("pk", flat=True))}
    named = Q(object_repr__contains=user.email) | Q(change_message__contains=user.email)
    entries = list(LogEntry.objects.filter(named | Q(object_id__in=theirs)))
    for entry in entries:
        is_theirs = entry.object_id in theirs
        told = key if is_theirs else whole.sub(key, entry.object_repr)
        entry.object_repr = told[:200]  # of the column
        entry.change_message = whole.sub(key, entry.change_message)
    LogEntry.objects.bulk_update(entries, ["object_repr", "change_message"])
