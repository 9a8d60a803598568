"""Two companies that must not see each other, and what stands for an id in a path.

A new route with an id in its path needs a line here: see `IN_PATH`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from accounts.mfa import public_id
from accounts.models import AuditEvent, AuthSession
from accounts.providers.connections import described
from accounts.sessions import start_session
from accounts.tests.authenticator import SecurityKey
from billing.models import Payment
from conftest import MakeUser
from tests.routes import Route
from workspaces import actions
from workspaces.models import Membership


@dataclass(frozen=True)
class Tenant:
    """A workspace, the three kinds of people in it, and what its owner has."""

    owner: Membership
    admin: Membership
    member: Membership
    payment: Payment
    login: AuthSession
    passkey: Authenticator
    connection: SocialAccount

    def marks(self) -> set[str]:
        """Whatever appears only where data of this company is shown."""
        people = [self.owner, self.admin, self.member]
        return {
            str(self.owner.workspace_id),
            self.owner.workspace.name,
            self.payment.number,
            str(self.payment.pk),
            str(self.login.pk),
            str(public_id(self.passkey)),
            self.passkey.wrap().name,
            str(described(self.connection).id),
            self.connection.extra_data["name"],
            *[str(person.pk) for person in people],
            *[str(person.user_id) for person in people],
            *[person.user.email for person in people],
        }


def make_tenant(name: str, make_user: MakeUser) -> Tenant:
    owner = actions.create_workspace(name=f"{name} Inc", by=make_user(f"{name}-owner"))
    admin, member = (
        actions.add_member(user=make_user(f"{name}-{role}"), by=owner, role=role)
        for role in ("admin", "member")
    )
    payment = Payment.objects.create(
        user=owner.user,
        amount=900,
        currency="usd",
        status=Payment.Status.PAID,
        number=f"{name}-0001",
        stripe_invoice_id=f"in_{name}",
        livemode=settings.STRIPE_LIVE_MODE,
    )
    login, _ = start_session(owner.user, session_key="")
    made = SecurityKey().make({"publicKey": {"challenge": "x" * 43}})
    key = WebAuthn.add(owner.user, f"{name} key", made).instance
    connection = SocialAccount.objects.create(
        user=owner.user,
        provider="acme",
        uid=f"{name}-owner",
        extra_data={"name": f"{name}, boss"},
    )
    return Tenant(owner, admin, member, payment, login, key, connection)


InPath = Callable[[Tenant], Any]

# The segment before a parameter says what it is: `/workspaces/<id>` -> "workspaces".
# Data of a company: a stranger must get 404 for it.
IN_PATH: dict[str, InPath] = {
    "workspaces": lambda tenant: tenant.owner.workspace_id,
    "members": lambda tenant: tenant.member.pk,
    "sessions": lambda tenant: tenant.login.pk,
    "passkeys": lambda tenant: public_id(tenant.passkey),
    "providers": lambda tenant: described(tenant.connection).id,
}
# No company's data: any value will do.
SHARED: dict[str, str] = {
    "feature_flags": "new_dashboard",  # a name; what it means for whom: flags/tests
    "flags": "new_dashboard",
}

_PARAMETER = re.compile(r"([^/<>]+)/<\w+>")


def unknown(route: Route) -> str:
    """What this file does not know about the parameters of an API route, or ""."""
    found = _PARAMETER.findall(route.path)
    if len(found) != len(route.parameters):
        return f"{route}: a parameter has to stand alone after a word, /things/<id>."
    for segment in found:
        if segment not in IN_PATH and segment not in SHARED:
            return (
                f"{route}: tests/tenants.py does not know what the id after {segment!r} "
                "is. If it is of a workspace or a user, create one in make_tenant and name "
                "it in IN_PATH, so that the walker asks for it as a stranger. If it is "
                "nobody's, say so in SHARED."
            )
    return ""


def fill(route: Route, *tenants: Tenant) -> str:
    """The path with ids of the tenants, one for each parameter; the last one for the rest."""
    path = route.path
    for number, segment in enumerate(_PARAMETER.findall(route.path)):
        tenant = tenants[min(number, len(tenants) - 1)]
        value = IN_PATH[segment](tenant) if segment in IN_PATH else SHARED[segment]
        path = re.sub(rf"(?<={segment}/)<\w+>", str(value), path, count=1)
    return path


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of the product's own tables: what a stranger must leave as it is.

    But for the audit log: it tells that they came.
    """
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in _own_models()
    }


def _own_models() -> list[type[Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if (settings.BASE_DIR / config.label).is_dir()
        for model in config.get_models()
        if model is not AuditEvent
    ]
