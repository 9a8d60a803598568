"""Pages of second factors where allauth's would not do; the others are allauth's."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.mfa import factors


class ReauthenticateWebAuthnView(webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form: Form) -> HttpResponse:
        # allauth sends to the login page, as if nobody were signed in.
        for message in form.errors.get("credential", []):
            get_adapter().add_message(self.request, messages.ERROR, message=message)
        return HttpResponseRedirect(self.request.get_full_path())


class ViewRecoveryCodesView(recovery_codes.ViewRecoveryCodesView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if context["can_view_codes"]:
            factors.notify_of_shown_codes(self.request.user)
        return context

    def head(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing: to look ahead would use up the one time that they are shown."""
        return HttpResponse()
