"""Views of allauth.headless for a login by code, with our forms as their inputs."""

from collections.abc import Callable

from allauth.headless.account import views
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from django.http import HttpResponse

from accounts.login import code_forms


class RequestCodeInput(code_forms.RequestCodeForm, inputs.Input):
    pass


class EnterCodeInput(code_forms.EnterCodeForm, inputs.Input):
    pass


class RequestCodeView(views.RequestLoginCodeView):
    input_class = RequestCodeInput


class EnterCodeView(views.ConfirmLoginCodeView):
    input_class = EnterCodeInput


CODE_VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "auth/code/request": RequestCodeView.as_api_view(client=Client.APP),
    "auth/code/confirm": EnterCodeView.as_api_view(client=Client.APP),
}
