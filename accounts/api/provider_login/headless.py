"""The view of allauth.headless for a login with the token of a provider, with our input.

allauth's takes any client id that it knows and crashes on tokens that are none.
"""

import logging
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import jwt
from allauth.core import context
from allauth.decorators import rate_limit
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.socialaccount.views import ProviderTokenView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess, Provider
from django import forms
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.decorators import method_decorator

from accounts.providers.answers import UNINTELLIGIBLE

logger = logging.getLogger(__name__)


class ProviderLoginInput(inputs.Input):
    provider = inputs.CharField()
    id_token = inputs.CharField()

    def clean_provider(self) -> Provider:
        name = self.cleaned_data["provider"]
        try:
            provider = get_adapter().get_provider(context.request, name)
        except SocialApp.DoesNotExist as e:
            raise forms.ValidationError(
                "Nobody can sign in with this provider.", code="unknown_provider"
            ) from e
        if not provider.supports_token_authentication:
            # An access token does not say for whom it was made: any app could use its own.
            raise forms.ValidationError(
                "This provider makes no ID tokens: sign in on a page.",
                code="provider_without_id_tokens",
            )
        return provider

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        provider, token = cleaned["provider"], {"id_token": cleaned["id_token"]}
        try:
            login = provider.verify_token(context.request, token)
            spend_token(cleaned["id_token"])
        except (forms.ValidationError, PermissionDenied, *UNINTELLIGIBLE) as e:
            logger.info("provider_token_refused", extra={"error": repr(e)})
            self.add_error(
                "id_token",
                forms.ValidationError(
                    "This token is not valid here.", code="invalid_token"
                ),
            )
            return cleaned
        login.state["process"] = AuthProcess.LOGIN
        return {**cleaned, "sociallogin": login}


def spend_token(id_token: str) -> None:
    """Let the token sign in once, which is verified already.

    allauth does by `jti`, which OpenID Connect does not ask for and Google leaves out.

    Raises:
        PermissionDenied: it was used before.
        LookupError: it says no end (OIDC Core 2 asks for one), or it would be good for ever.
    """
    claims = jwt.decode(id_token, options={"verify_signature": False})
    # Without the signature, of which some have many spellings; the rest is signed as text.
    signed = id_token.rpartition(".")[0]
    key = f"id-token:{sha256(signed.encode()).hexdigest()}"
    if not cache.add(key, True, timeout=int(claims["exp"]) - int(time.time()) + 1):
        raise PermissionDenied("This token was used before.")


@method_decorator(rate_limit(action="login"), name="handle")
class ProviderLoginView(ProviderTokenView):
    input_class = ProviderLoginInput


PROVIDER_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "auth/provider/token": ProviderLoginView.as_api_view(client=Client.APP),
}
