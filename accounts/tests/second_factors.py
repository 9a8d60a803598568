"""What tests of second factors do, over the API and on pages."""

from http import HTTPStatus
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.http import HttpResponse

from accounts.models import User
from accounts.tests.authenticator import SecurityKey
from accounts.tests.conftest import Api, login
from conftest import PASSWORD

WRONG = "000000"


def with_app(user: User) -> str:
    """The secret of the authenticator app that `user` has from now on."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def with_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).generate_codes()


def reauthenticate(client: Api) -> None:
    answer = client.post("/auth/reauthenticate", {"password": PASSWORD})
    assert answer.status_code == HTTPStatus.NO_CONTENT, answer.json()


def with_key(client: Api, name: str = "Key", **traits: Any) -> SecurityKey:
    """The key that whoever `client` is adds, right after they re-authenticated."""
    key = SecurityKey(**traits)
    options = client.post("/auth/mfa/passkeys/options").json()
    body = {"name": name, "credential": key.make(options)}
    added = client.post("/auth/mfa/passkeys", body)
    assert added.status_code == HTTPStatus.CREATED, added.json()
    return key


def flow_of(user: User, client: Api | None = None) -> str:
    """Of a login whose password was right."""
    half = login(client or Api(), user.email)
    assert half.status_code == HTTPStatus.UNAUTHORIZED, half.json()
    return half.json()["flow"]


def by_code(flow: str, code: str, client: Api | None = None) -> HttpResponse:
    return (client or Api()).post("/auth/login/mfa", {"flow": flow, "code": code})


def options_in(flow: str) -> dict[str, Any]:
    answer = Api().post("/auth/login/mfa/options", {"flow": flow})
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return answer.json()


def by_key(flow: str, key: SecurityKey) -> HttpResponse:
    credential = key.sign(options_in(flow))
    return Api().post("/auth/login/mfa", {"flow": flow, "credential": credential})
