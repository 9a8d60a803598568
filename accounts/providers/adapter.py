"""Logins by Google, GitHub and OpenID Connect: how allauth treats them here.

Who somebody is, a provider says by its name and a stable id. What it says about an address
is no login: the address only makes a new account, verified if the provider says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import (
    DefaultSocialAccountAdapter,
    _build_apps_from_settings,
    get_adapter,
)
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import Provider
from django.contrib import messages
from django.core.exceptions import (
    ImproperlyConfigured,
    PermissionDenied,
    ValidationError,
)
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from requests import RequestException

from accounts import audit
from accounts.errors import ConnectFirst, ProviderAddressMissing
from accounts.login.stages import connection_of
from accounts.models import User, normalize_email
from accounts.validators import one_line, validate_address

# What allauth raises for answers that are not what a provider should send.
UNINTELLIGIBLE = (
    RequestException,
    ImproperlyConfigured,  # of an id that is longer than it may be
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
# What of a provider's answer is kept besides its id: what the connection is shown as.
KEPT = ("email", "login", "preferred_username", "name")
NAME_MAX_LENGTH = 150


@dataclass(frozen=True)
class Connection:
    """One of somebody's: `provider` by its name, `label` as it is known there."""

    id: int
    provider: str
    label: str
    since: datetime
    is_on: bool


def connections_of(user: User) -> list[Connection]:
    names = _names()
    rows = SocialAccount.objects.filter(user=user).order_by("date_joined", "pk")
    return [
        Connection(
            id=row.pk,
            provider=names.get(row.provider, row.provider),
            label=next((row.extra_data[k] for k in KEPT if k in row.extra_data), ""),
            since=row.date_joined,
            is_on=row.provider in names,
        )
        for row in rows
    ]


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


def _names() -> dict[str, str]:
    """Of what is switched on: id -> name."""
    return {p.sub_id: p.name for p in get_adapter().list_providers(None)}


class UnknownProvider(SocialApp.DoesNotExist, Http404):
    """Not switched on: a form says so, and a page is not there."""


class ProviderAdapter(DefaultSocialAccountAdapter):
    def list_apps(
        self,
        request: HttpRequest,
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        """Those of the settings alone: no secret rests in a table."""
        by_kind = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in by_kind.values() for app in apps]

    def get_app(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> SocialApp:
        """By its name; a login that waits in a session names kind and client instead.

        Raises:
            UnknownProvider: none of this name is switched on.
        """
        for app in self.list_apps(request, client_id=client_id):
            named = app.provider_id or app.provider
            if provider == named or (client_id and provider == app.provider):
                return app
        raise UnknownProvider

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """One address, one name, and no more of what a provider tells."""
        account, user = sociallogin.account, sociallogin.user
        self._check_subject(account.extra_data)
        account.extra_data = _kept(account.extra_data)
        as_told = account.extra_data.get("email", "")
        # allauth has turned look-alikes into ASCII, and with it into somebody's address.
        is_plain = not as_told or _is_address(as_told)
        found = sociallogin.email_addresses if is_plain else []
        sociallogin.email_addresses = _best(found)
        user.email = ""
        for address in sociallogin.email_addresses:
            user.email = address.email
        user.name = _one_line(data.get("name")) or _one_line(
            f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
        )
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        # Else it would wait in the session while somebody enters an address or a password.
        sociallogin.token = None

    def is_auto_signup_allowed(
        self, request: HttpRequest, sociallogin: SocialLogin
    ) -> bool:
        """
        Raises:
            ConnectFirst: the address is theirs, and has an account.
            ProviderAddressMissing: a client of the API has no page to enter one.
        """
        addresses = sociallogin.email_addresses
        if not addresses and _is_api(request):
            raise ProviderAddressMissing
        # Who has not proved the address must not learn that it has an account: allauth
        # answers them as a registration does, and writes to the address.
        if any(a.verified and _has_account(a.email) for a in addresses):
            self._ask_to_connect(request, sociallogin.provider)
        return True

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None
    ) -> User:
        try:
            with transaction.atomic():
                return super().save_user(request, sociallogin, form=form)
        except IntegrityError:
            if form is not None:
                raise  # which answers as for a taken address (RaceSafeSignup)
            self._ask_to_connect(request, sociallogin.provider)

    def validate_disconnect(self, account: SocialAccount, accounts: Any) -> None:
        """allauth has looked whether it is the last one; one that is switched off is none.

        Raises:
            ValidationError: without a password it is the last way in.
        """
        others = accounts.exclude(pk=account.pk).filter(provider__in=_names())
        if not account.user.has_usable_password() and not others.exists():
            raise self.validation_error("no_password")

    def _ask_to_connect(self, request: HttpRequest, provider: Provider) -> None:
        if _is_api(request):
            raise ConnectFirst
        messages.error(
            request,
            "There is an account with this address already. Sign in as before, then "
            f"connect {provider.name} under “Connections”.",
        )
        raise ImmediateHttpResponse(redirect("account_login"))

    def _check_subject(self, told: dict[str, Any]) -> None:
        """Somebody is named, and the halves of an answer name the same (OIDC Core 5.3.2).

        Raises:
            PermissionDenied: it is not so; allauth takes null for a name.
        """
        halves = [told[k] for k in ("id_token", "userinfo") if k in told] or [told]
        names = {half.get("sub", half.get("id")) for half in halves}
        if len(names) > 1 or not isinstance(names.pop(), str | int):
            raise PermissionDenied("The answer names nobody, or two people.")


def _best(addresses: list[Any]) -> list[Any]:
    """The one to use, in our spelling: a verified one first, of these the primary one."""
    for address in addresses:
        # A few providers write it as text, and "false" would count as true.
        address.verified = address.verified in (True, "true")
        address.email = normalize_email(address.email)
    found = sorted(addresses, key=lambda a: (a.verified, bool(a.primary)))[-1:]
    for address in found:
        address.primary = True
    return [address for address in found if _is_address(address.email)]


def _is_address(email: str) -> bool:
    try:
        validate_address(email)
        User._meta.get_field("email").run_validators(email)
    except ValidationError:
        return False
    return True


def _kept(told: dict[str, Any]) -> dict[str, str]:
    told = told.get("userinfo") or told.get("id_token") or told
    return {k: told[k] for k in KEPT if isinstance(told.get(k), str)}


def _one_line(name: Any) -> str:
    if not isinstance(name, str):
        return ""
    text = name.strip()[:NAME_MAX_LENGTH]
    try:
        one_line(text)
    except ValidationError:
        return ""
    return text


def _has_account(email: str) -> bool:
    return User.objects.filter(email=email).exists()


def _is_api(request: HttpRequest) -> bool:
    return hasattr(request.allauth, "headless")
