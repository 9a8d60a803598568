"""Second factors: what somebody has, and the end of them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import audit, sessions
from accounts.errors import (
    FactorsNotYours,
    NoSecondFactor,
    PasskeyNotFound,
    UnverifiedAddress,
)
from accounts.models import User

# What can be asked for after the password; recovery codes stand in for one of them.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
PASSKEYS = uuid.UUID("b1f4a7d2-5a1e-4a52-9d1c-2f0c8f6f5f3a")


@dataclass(frozen=True)
class Factor:
    """One of somebody's: `id` and `name` are of passkeys, `codes_left` of recovery codes."""

    type: str
    created_at: datetime
    last_used_at: datetime | None
    id: uuid.UUID | None = None
    name: str = ""
    codes_left: int | None = None


def factors_of(user: User) -> list[Factor]:
    rows = Authenticator.objects.filter(user=user).order_by("created_at", "pk")
    return [described(row) for row in rows]


def described(row: Authenticator) -> Factor:
    kinds = Authenticator.Type
    is_passkey, is_codes = row.type == kinds.WEBAUTHN, row.type == kinds.RECOVERY_CODES
    return Factor(
        type=row.type,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        id=public_id(row) if is_passkey else None,
        name=row.wrap().name if is_passkey else "",
        codes_left=len(row.wrap().get_unused_codes()) if is_codes else None,
    )


def has_factor(user: User, kind: str | None = None) -> bool:
    kinds = FACTORS if kind is None else [kind]
    return Authenticator.objects.filter(user=user, type__in=kinds).exists()


def check_may_add(user: User) -> None:
    """
    Raises:
        UnverifiedAddress: an address of `user` is not confirmed yet.
    """
    if EmailAddress.objects.filter(user=user, verified=False).exists():
        raise UnverifiedAddress


def passkey_of(user: User, passkey_id: uuid.UUID) -> Authenticator:
    """
    Raises:
        PasskeyNotFound: `user` has no such passkey.
    """
    of_user = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    for row in of_user:
        if public_id(row) == passkey_id:
            return row
    raise PasskeyNotFound


def public_id(row: Authenticator) -> uuid.UUID:
    # Its own key is a number that counts everybody's.
    return uuid.uuid5(PASSKEYS, str(row.pk))


@transaction.atomic
def remove_all_factors(user: User, *, by: User) -> None:
    """Let in again who has lost the last one: by password alone, everywhere anew.

    Support has made sure who asks (docs/guides/second_factors.md); `user` hears of it.

    Raises:
        FactorsNotYours: `by` may not do that to `user`.
        NoSecondFactor: there is none.
    """
    is_of_staff = user.is_staff or user.is_superuser
    if user.pk == by.pk or (is_of_staff and not by.is_superuser):
        raise FactorsNotYours
    rows = Authenticator.objects.filter(user=user)
    types = ",".join(sorted(row.type for row in rows))
    if not types:
        raise NoSecondFactor
    rows.delete()
    sessions.end_all_sessions(user, sessions.ENDED_BY_STAFF)
    get_adapter().send_mail("mfa/email/factors_removed_by_staff", user.email, {})
    audit.record("mfa.removed_by_staff", user=user, actor=by, types=types)


def notify_of_shown_codes(user: User) -> None:
    get_adapter().send_notification_mail("mfa/email/recovery_codes_shown", user)
