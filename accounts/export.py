"""Everything stored about somebody, as JSON-ready values, for them to take along.

Each app above adds its part by settings.ACCOUNT_EXPORTERS. What is left out: secrets
(hashes, seeds, keys of sessions), for the file lies in a downloads folder.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import AuditEvent, AuthSession, User

AS_A_FILE = {"Content-Disposition": 'attachment; filename="export.json"'}

Exporter = Callable[[User], dict[str, Any]]


def everything_about(user: User) -> dict[str, Any]:
    """`{"exported_at", "account": {...}, "parts": {name: {...}}}`."""
    parts: dict[str, Exporter] = {
        name: import_string(path) for name, path in settings.ACCOUNT_EXPORTERS.items()
    }
    return {
        "exported_at": ready(timezone.now()),
        "account": _account(user),
        "parts": {name: part(user) for name, part in parts.items()},
    }


def rows(queryset: Any, *fields: str) -> list[dict[str, Any]]:
    """The `fields` of each row, JSON-ready; for exporters of the floors above."""
    return [
        {name: ready(value) for name, value in row.items()}
        for row in queryset.values(*fields)
    ]


def row(instance: Model, *fields: str) -> dict[str, Any]:
    return {name: ready(getattr(instance, name)) for name in fields}


def ready(value: Any) -> Any:
    """Times in ISO 8601 and UTC, keys as text."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, UUID) else value


def _events(user: User) -> list[dict[str, Any]]:
    """From the audit log; where somebody else was at the time is not theirs to know."""
    found = AuditEvent.objects.filter(Q(user=user) | Q(actor=user))
    kept = rows(
        found.order_by("created_at", "id"),
        "created_at",
        "event",
        "factor",
        "actor_id",
        "ip",
        "user_agent",
    )
    for event in kept:
        if event.pop("actor_id") not in (None, str(user.pk)):
            event |= {"ip": None, "user_agent": ""}
    return kept


def _account(user: User) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    connections = SocialAccount.objects.filter(user=user).order_by("pk")
    pages = UserSession.objects.filter(user=user).order_by("created_at", "pk")
    deeds = LogEntry.objects.filter(user=user).order_by("action_time", "pk")
    return {
        "profile": _profile(user),
        "addresses": rows(addresses, "email", "verified", "primary"),
        "second_factors": _factors(user),
        "connections": rows(
            connections, "provider", "uid", "extra_data", "date_joined", "last_login"
        ),
        "api_logins": _api_logins(user),
        "sessions": rows(pages, "ip", "user_agent", "created_at", "last_seen_at"),
        "security_events": _events(user),
        "groups": [group.name for group in user.groups.order_by("name")],
        "admin_history": rows(deeds, "action_time", "object_repr", "change_message"),
    }


def _profile(user: User) -> dict[str, Any]:
    return row(
        user,
        "id",
        "email",
        "name",
        "locale",
        "timezone",
        "marketing_opt_in",
        "is_active",
        "is_staff",
        "is_superuser",
        "created_at",
        "last_login",
    )


def _factors(user: User) -> list[dict[str, Any]]:
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    return rows(
        factors.annotate(name=KeyTextTransform("name", "data")),
        "type",
        "name",  # of a passkey
        "created_at",
        "last_used_at",
    )


def _api_logins(user: User) -> list[dict[str, Any]]:
    return rows(
        AuthSession.objects.filter(user=user).order_by("created_at", "id"),
        "id",
        "ip",
        "user_agent",
        "created_at",
        "last_refreshed_at",
        "expires_at",
        "revoked_at",
        "revoke_reason",
    )
