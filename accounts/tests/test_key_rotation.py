"""SECRET_KEY can be replaced: what the old one has sealed and signed is still good."""

import re
from http import HTTPStatus
from io import StringIO
from typing import Any

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as settings_of_django
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command, get_commands
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    SignIn,
    bearer,
    code_of,
    login,
    register,
)
from accounts.tests.test_emails import work
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import is_signed_in, page_login, sees_account
from conftest import PASSWORD
from saas.environment import Reader

NEW = "a-new-key-of-fifty-random-characters-k3Jd82hSlq0Zxv"


@pytest.fixture
def secret(ada: User) -> str:
    """Ada's second factor, of the time before the rotation."""
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    return secret


def rotate(settings: Any, *, keep: bool) -> None:
    """What an operator does: a new SECRET_KEY, the old one named or forgotten."""
    source = {"SECRET_KEY_FALLBACKS": settings.SECRET_KEY if keep else ""}
    settings.SECRET_KEY = NEW
    settings.SECRET_KEY_FALLBACKS = Reader(source).secrets(
        "SECRET_KEY_FALLBACKS", length=50
    )


def second_factor(api: Api, secret: str) -> Any:
    flow = login(api).json()["flow"]
    return api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})


def test_second_factors_open_with_the_former_key(
    api: Api, secret: str, settings: Any
) -> None:
    rotate(settings, keep=True)

    assert second_factor(api, secret).status_code == HTTPStatus.OK


def test_logins_and_flows_of_before_go_on(
    api: Api, ada: User, sign_in: SignIn, settings: Any
) -> None:
    client = sign_in(ada)
    rotate(settings, keep=True)

    assert client.get("/auth/me").status_code == HTTPStatus.OK


def test_sc_062_a_login_of_before_is_ended_when_it_has_a_new_key(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    browser, phone = page_login(ada), sign_in(ada)
    old = browser.session.session_key
    rotate(settings, keep=True)
    assert sees_account(browser)
    assert browser.session.session_key != old  # Django's doing

    found = phone.get("/auth/sessions").json()["results"]
    (page,) = [login for login in found if login["kind"] == "page"]
    phone.delete(f"/auth/sessions/{page['id']}")

    assert not sees_account(browser)
    assert is_signed_in(phone)


def test_sc_060_so_is_the_session_behind_a_login_of_the_api(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    phone, laptop = sign_in(ada), sign_in(ada)
    rotate(settings, keep=True)

    # Each calls allauth twice, where the first may have changed the key.
    body = {"email": "countess@example.com"}
    phone.post("/auth/reauthenticate", {"password": PASSWORD})
    assert phone.post("/auth/email", body).status_code == HTTPStatus.ACCEPTED
    assert laptop.delete("/auth/email").status_code == HTTPStatus.CONFLICT
    assert phone.delete("/auth/email").status_code == HTTPStatus.NO_CONTENT
    laptop.post("/auth/logout_all")

    assert not is_signed_in(phone)
    assert not Session.objects.exists()


def test_a_flow_of_before_is_completed(api: Api, secret: str, settings: Any) -> None:
    flow = login(api).json()["flow"]
    rotate(settings, keep=True)

    answer = api.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert answer.status_code == HTTPStatus.OK


def test_a_queued_mail_is_still_sent(api: Api, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    register(api)
    assert DBTaskResult.objects.exists()
    rotate(settings, keep=True)

    work()

    assert [message.to for message in mail.outbox] == [[ADDRESS]]


def test_sealed_anew_it_needs_the_former_key_no_more(
    api: Api, secret: str, settings: Any, capsys: Any
) -> None:
    rotate(settings, keep=True)
    before = Authenticator.objects.get().data

    call_command("reseal")

    assert "1 " in capsys.readouterr().out
    assert Authenticator.objects.get().data != before
    settings.SECRET_KEY_FALLBACKS = []
    assert second_factor(api, secret).status_code == HTTPStatus.OK


def test_a_forgotten_key_is_an_error_that_is_noted(
    api: Api, secret: str, settings: Any, caplog: Any
) -> None:
    rotate(settings, keep=False)

    answer = second_factor(api, secret)

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "second_factor_unreadable"
    (line,) = [r for r in caplog.records if r.msg == "second_factor_unreadable"]
    assert line.levelname == "ERROR"


def ring(settings: Any, *keys: str) -> None:
    """What an operator does: `JWT_SIGNING_KEYS=first,second`."""
    source = {"JWT_SIGNING_KEYS": ",".join(keys)}
    settings.JWT_SIGNING_KEYS = Reader(source).signing_keys("JWT_SIGNING_KEYS", [])


def new_signing_key() -> str:
    out = StringIO()
    call_command("create_signing_key", stdout=out)
    return out.getvalue().strip()


def kid_of(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


def published(api: Api) -> list[dict[str, str]]:
    return api.get("/.well-known/jwks.json").json()["keys"]


def test_sc_047_tokens_of_the_previous_key_pass_while_it_is_in_the_ring(
    api: Api, sign_in: SignIn, ada: User, settings: Any
) -> None:
    old, new = new_signing_key(), new_signing_key()
    ring(settings, old)
    client = sign_in(ada)

    ring(settings, new, old)

    assert is_signed_in(client)
    pair = api.post("/auth/refresh", {"refresh": client.tokens["refresh"]}).json()
    assert kid_of(pair["access"]) == kid_of(pair["refresh"]) == published(api)[0]["kid"]
    assert kid_of(pair["access"]) != kid_of(client.tokens["access"])

    ring(settings, new)

    assert not is_signed_in(client)
    spent = api.post("/auth/refresh", {"refresh": client.tokens["refresh"]})
    assert code_of(spent) == "token_not_valid"
    bearer(client, pair["access"])
    assert is_signed_in(client)


def test_sc_047_a_key_known_before_it_signs_is_believed(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    """The first of two steps with several machines: one of them signs with it already."""
    old, new = new_signing_key(), new_signing_key()
    ring(settings, new, old)
    client = sign_in(ada)

    ring(settings, old, new)

    assert is_signed_in(client)


def test_sc_047_public_parts_alone_are_published(api: Api, settings: Any) -> None:
    keys = [new_signing_key(), new_signing_key()]
    ring(settings, *keys)

    answer = api.get("/.well-known/jwks.json")

    assert len(published(api)) == 2
    for key in published(api):
        assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    assert not any(key in answer.text for key in keys)


def test_sc_047_a_stolen_secret_key_opens_nothing_when_it_is_forgotten(
    ada: User, settings: Any
) -> None:
    browser = page_login(ada)
    rotate(settings, keep=False)

    assert not sees_account(browser)


def test_sc_047_the_guide_names_commands_and_variables_that_exist() -> None:
    guide = (settings_of_django.BASE_DIR / "docs/guides/key_rotation.md").read_text()
    example = (settings_of_django.BASE_DIR / ".env.example").read_text()

    commands = set(re.findall(r"manage\.py (\w+)", guide))
    assert {"create_signing_key", "reseal", "doctor"} <= commands
    assert commands <= get_commands().keys()
    for name in set(re.findall(r"`([A-Z][A-Z_]+)`", guide)):
        assert f"{name}=" in example, name
