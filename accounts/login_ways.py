"""Pages of the ways in that a setting switches on: a code by mail, a passkey."""

from collections.abc import Callable
from functools import wraps

from allauth.account import views as account
from allauth.decorators import rate_limit
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def only_with(setting: str) -> Callable[[View], View]:
    """The page is not there while `setting` is off."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not getattr(settings, setting):
                raise Http404
            return view(request, *args, **kwargs)

        return gate

    return decorate


request_login_code = only_with("ACCOUNT_LOGIN_BY_CODE_ENABLED")(
    account.request_login_code
)
login_by_passkey = only_with("MFA_PASSKEY_LOGIN_ENABLED")(
    rate_limit(action="login")(webauthn.login_webauthn)
)
