"""The view of allauth.headless that connects a provider by its ID token.

allauth's is that of a login, and takes any client id that it knows.
"""

from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit.response import APIResponse
from allauth.socialaccount.internal.flows.connect import do_connect
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from accounts.api.provider_login.headless import ProviderLoginInput
from accounts.errors import ConnectedElsewhere


@method_decorator(rate_limit(action="login"), name="handle")
class ConnectView(AuthenticatedAPIView):
    input_class = {"POST": ProviderLoginInput}

    @method_decorator(reauthentication_required(app="allauth.account"))
    def post(self, request: HttpRequest) -> HttpResponse:
        """
        Raises:
            ConnectedElsewhere: it signs another account in.
        """
        login = self.input.cleaned_data["sociallogin"]
        try:
            with transaction.atomic():
                login.lookup()
                do_connect(request, login)
        except (ValidationError, IntegrityError) as e:
            raise ConnectedElsewhere from e
        return APIResponse(request, data={"id": login.account.pk})


CONNECTION_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "account/connect": ConnectView.as_api_view(client=Client.APP),
}
