"""How allauth treats logins by Google, GitHub and OpenID Connect here.

Who somebody is, a provider says by its name and a stable id. What it says about an address
is no login: the address only makes a new account, verified if the provider says so.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import (
    DefaultSocialAccountAdapter,
    _build_apps_from_settings,
)
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import Provider
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.shortcuts import redirect

from accounts.errors import ConnectFirst, ProviderAddressMissing
from accounts.models import User
from accounts.providers.answers import best, check_subject, clean_name, is_address, kept
from accounts.providers.connections import switched_on


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
        check_subject(account.extra_data)
        account.extra_data = kept(account.extra_data)
        as_told = account.extra_data.get("email", "")
        # allauth has turned look-alikes into ASCII, and with it into somebody's address.
        is_plain = not as_told or is_address(as_told)
        found = sociallogin.email_addresses if is_plain else []
        sociallogin.email_addresses = best(found)
        user.email = ""
        for address in sociallogin.email_addresses:
            user.email = address.email
        user.name = clean_name(data.get("name")) or clean_name(
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
        others = accounts.exclude(pk=account.pk).filter(provider__in=switched_on())
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


def _has_account(email: str) -> bool:
    return User.objects.filter(email=email).exists()


def _is_api(request: HttpRequest) -> bool:
    return hasattr(request.allauth, "headless")
