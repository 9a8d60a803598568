"""The view of allauth.headless for a login with the token of a provider, with our input.

allauth's takes any client id that it knows and crashes on tokens that are none.
"""

import logging
from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.decorators import rate_limit
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.socialaccount.views import ProviderTokenView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess, Provider
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.decorators import method_decorator

from accounts.providers import UNINTELLIGIBLE

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


@method_decorator(rate_limit(action="login"), name="handle")
class ProviderLoginView(ProviderTokenView):
    input_class = ProviderLoginInput


PROVIDER_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "auth/provider/token": ProviderLoginView.as_api_view(client=Client.APP),
}
