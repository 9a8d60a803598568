"""What every page of the product passes, for accounts."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.contrib import messages
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.mfa import enrolment
from saas.middleware import Middleware
from saas.refusals import is_page

# Without "cookies": that would take those of all hosts below the same domain. The cookie of
# the session is deleted by name, as every logout does.
SITE_DATA = '"cache", "storage"'


class EnrolmentMiddleware(Middleware):
    """Leads whoever has yet to set up a second factor to the page that does."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if not is_page(request) or not enrolment.is_required_of_anybody():
            return None
        user, name = request.user, request.resolver_match.view_name
        if not user.is_authenticated or not enrolment.must_enrol(user):
            return None
        # What waits for a proof of who it is would run in the page that takes the proof.
        request.session.pop(STATE_SESSION_KEY, None)
        if name in enrolment.OPEN_PAGES:
            return None
        message = "Set up a second factor to go on: an authenticator app or a passkey."
        get_adapter().add_message(request, messages.WARNING, message=message)
        return redirect("mfa_index")


class SignedOutMiddleware(Middleware):
    """Lets the browser forget what it has kept for whoever signs out (ASVS 14.3.1).

    On each page that ends a session: of the accounts, of the admin, of a deleted account.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "has_signed_out", False):
            response.headers["Clear-Site-Data"] = SITE_DATA
        return response


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if request is not None and user is not None:
        request.has_signed_out = True
