"""Ways in that a setting switches on: a code by mail, a passkey."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.decorators import rate_limit
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.http import Http404, HttpRequest

from accounts.login.attempts import spend_challenge

View = Callable[..., Any]


def only_with(
    setting: str, *, otherwise: type[Exception] = Http404
) -> Callable[[View], View]:
    """The page, or the route of the API, is not there while `setting` is off."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gate(*args: Any, **kwargs: Any) -> Any:
            if not getattr(settings, setting):
                raise otherwise
            return view(*args, **kwargs)

        return gate

    return decorate


def counted(view: View) -> View:
    """Each GET makes a challenge, and a session to keep it."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            spend_challenge(request)
        return view(request, *args, **kwargs)

    return gate


request_login_code = only_with("ACCOUNT_LOGIN_BY_CODE_ENABLED")(
    account.request_login_code
)
login_by_passkey = only_with("MFA_PASSKEY_LOGIN_ENABLED")(
    counted(rate_limit(action="login")(webauthn.login_webauthn))
)
