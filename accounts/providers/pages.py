"""The pages that lead to a provider of logins and back, and one's connections to them."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from allauth.account.utils import get_next_redirect_url
from allauth.decorators import rate_limit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.github.views import (
    oauth2_callback as allauth_github_callback,
)
from allauth.socialaccount.providers.google.views import (
    oauth2_callback as allauth_google_callback,
)
from allauth.socialaccount.providers.openid_connect.views import (
    callback as allauth_oidc_callback,
)
from allauth.socialaccount.views import ConnectionsView as AllauthConnectionsView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.providers.answers import UNINTELLIGIBLE
from accounts.providers.connections import connections_of

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]


def _patient(view: View) -> View:
    """A provider that is down, or answers nonsense, is a failed login and no crash."""

    @wraps(view)
    def patient(request: HttpRequest, **kwargs: str) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except UNINTELLIGIBLE as e:
            logger.warning("provider_failed", extra={"error": repr(e)}, exc_info=e)
            return render(
                request,
                "socialaccount/authentication_error.html",
                status=HTTPStatus.UNAUTHORIZED,
            )

    return patient


@require_http_methods(["GET", "POST"])
@rate_limit(action="login")
@_patient
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """GET asks, POST goes: nobody is signed in by a link that they only followed.

    Of the query, `process=connect` and `next` count. allauth takes more, by which a link of
    a stranger could ask for more rights than we do.
    """
    provider = get_adapter().get_provider(request, provider_id)
    connects = request.GET.get("process") == AuthProcess.CONNECT
    process = AuthProcess.CONNECT if connects else AuthProcess.LOGIN
    shown = {"provider": provider, "process": process}
    if request.method == "GET":
        return render(request, "socialaccount/login.html", shown)
    gone = provider.redirect(
        request, process, next_url=get_next_redirect_url(request), data=None
    )
    if "Location" not in gone.headers:
        return gone
    # No redirect: a form may lead to us alone (CSP), and who knows where a provider
    # sends people on to.
    shown["url"] = gone["Location"]
    return render(request, "socialaccount/leaving.html", shown)


google_callback = require_GET(_patient(allauth_google_callback))
github_callback = require_GET(_patient(allauth_github_callback))
oidc_callback = require_GET(_patient(allauth_oidc_callback))


class ConnectionsView(AllauthConnectionsView):
    """Connects one more, or leaves one: never the last way in."""

    def get_context_data(self, **kwargs: object) -> dict:
        found = connections_of(self.request.user)
        return super().get_context_data(connections=found, **kwargs)

    def post(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponse:
        with transaction.atomic():
            # Locked, or two that leave at once would each see the other way still there.
            User.objects.select_for_update().get(pk=request.user.pk)
            return super().post(request, *args, **kwargs)
