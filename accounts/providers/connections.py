"""Which providers sign somebody in, and the end of that."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.connect import validate_disconnect
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import social_account_removed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import audit
from accounts.errors import ConnectionNotFound, LastWayIn
from accounts.login.stages import connection_of
from accounts.models import User
from accounts.providers.answers import KEPT


@dataclass(frozen=True)
class Connection:
    """One of somebody's: `label` is who they are there."""

    id: uuid.UUID
    pk: int
    provider: str
    name: str
    label: str
    connected_at: datetime
    is_on: bool


@dataclass(frozen=True)
class Switched:
    """A provider that is switched on."""

    provider: str
    name: str
    takes_id_tokens: bool


CONNECTIONS = uuid.UUID("5b7c5a0e-1f0b-4a53-9c55-6f6a3c0f7d21")


def connections_of(user: User) -> list[Connection]:
    rows = SocialAccount.objects.filter(user=user).order_by("date_joined", "pk")
    return [described(row) for row in rows]


def described(row: SocialAccount) -> Connection:
    return Connection(
        # Its own key is a number that counts everybody's.
        id=uuid.uuid5(CONNECTIONS, str(row.pk)),
        pk=row.pk,
        provider=row.provider,
        name=name_of(row),
        label=next((row.extra_data[k] for k in KEPT if k in row.extra_data), ""),
        connected_at=row.date_joined,
        is_on=row.provider in switched_on(),
    )


def name_of(row: SocialAccount) -> str:
    return switched_on().get(row.provider, row.provider)


def connection_by_id(user: User, id: uuid.UUID) -> SocialAccount:
    """
    Raises:
        ConnectionNotFound: `user` has no such connection.
    """
    for row in SocialAccount.objects.filter(user=user):
        if described(row).id == id:
            return row
    raise ConnectionNotFound


@transaction.atomic
def disconnect(row: SocialAccount) -> None:
    """End it, also where its provider is switched off; allauth's own finds only those on.

    Raises:
        LastWayIn: nothing else would sign its owner in.
        ConnectionNotFound: it has ended meanwhile.
    """
    # Locked, or two that leave at once would each see the other way still there.
    User.objects.select_for_update().get(pk=row.user_id)
    if not SocialAccount.objects.filter(pk=row.pk).exists():
        raise ConnectionNotFound
    try:
        validate_disconnect(context.request, row)
    except ValidationError as e:
        raise LastWayIn(" ".join(e.messages)) from e
    told = {"account": row, "provider": name_of(row)}
    row.delete()
    social_account_removed.send(
        SocialAccount, request=context.request, socialaccount=row
    )
    mail = "socialaccount/email/account_disconnected"
    get_adapter().send_notification_mail(mail, row.user, told)


def forget_unproved_connections(request: HttpRequest, user: User) -> None:
    """Call it when an address of `user` is proved; at the first one it takes effect.

    Until then anybody could have connected a provider of theirs to an account in that
    address. What the proving login itself came by stays.
    """
    if EmailAddress.objects.filter(user=user, verified=True).exists():
        return
    rows = SocialAccount.objects.filter(user=user)
    login = unstash_login(request, peek=True)
    if login and login.user == user and (row := connection_of(login)):
        rows = rows.exclude(row)
    for account in rows:
        audit.record("provider.disconnected", user=user, provider=account.provider)
        account.delete()


def switched_on() -> dict[str, str]:
    """The providers, by id: their names."""
    return {p.provider: p.name for p in providers()}


def providers() -> list[Switched]:
    return [
        Switched(p.sub_id, p.name, p.supports_token_authentication)
        for p in get_adapter().list_providers(None)
    ]
