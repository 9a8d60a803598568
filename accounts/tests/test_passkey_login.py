"""Signing in by passkey alone: a setting away, on the pages and in the API."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.http import HttpResponse
from pytest_django import Settings

from accounts.models import User
from accounts.tests.authenticator import SecurityKey
from accounts.tests.conftest import Api, Browser, SignIn, bearer, code_of, login
from accounts.tests.pages import in_the_design
from accounts.tests.test_logout import is_signed_in, sees_account
from conftest import PASSWORD, MakeUser

OPTIONS, LOGIN = "/auth/login/passkey/options", "/auth/login/passkey"
PAGE = "/accounts/2fa/webauthn/login/"
AJAX = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}


@pytest.fixture
def is_on(settings: Settings) -> None:
    settings.MFA_PASSKEY_LOGIN_ENABLED = True


def key_of(user: User, **traits: Any) -> SecurityKey:
    key = SecurityKey(user_handle=user_pk_to_url_str(user), **traits)
    made = key.make({"publicKey": {"challenge": "x" * 43}})
    WebAuthn.add(user, "key", made)
    return key


def begin(api: Api) -> dict[str, Any]:
    answer = api.post(OPTIONS)
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return answer.json()


def sign_in_by(api: Api, key: SecurityKey) -> HttpResponse:
    begun = begin(api)
    body = {"flow": begun["flow"], "credential": key.sign(begun)}
    return api.post(LOGIN, body)


def test_a_passkey_signs_in_over_the_api(api: Api, ada: User, is_on: None) -> None:
    key = key_of(ada)

    begun = begin(api)
    assert begun["publicKey"]["userVerification"] == "required"
    assert begun["publicKey"]["allowCredentials"] == []  # of nobody in particular
    body = {"flow": begun["flow"], "credential": key.sign(begun)}
    answer = api.post(LOGIN, body)
    again = Api().post(LOGIN, body)

    assert answer.status_code == HTTPStatus.OK, answer.json()
    bearer(api, answer.json()["access"])
    assert is_signed_in(api)
    assert again.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}


def test_a_passkey_signs_in_on_the_page(
    browser: Browser, ada: User, is_on: None
) -> None:
    key = key_of(ada)
    page = in_the_design(browser.get("/accounts/login/"))
    assert 'id="passkey_login"' in page
    begun = browser.get(PAGE, **AJAX).json()["request_options"]

    browser.post(PAGE, {"credential": json.dumps(key.sign(begun))})

    assert sees_account(browser)


@pytest.mark.parametrize("door", ["api", "page"])
def test_a_key_that_asks_nobody_is_not_enough(
    api: Api, browser: Browser, ada: User, is_on: None, door: str
) -> None:
    key = key_of(ada, verifies=False)

    if door == "api":
        answer = sign_in_by(api, key)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert code_of(answer) == "incorrect_code"
    else:
        begun = browser.get(PAGE, **AJAX).json()["request_options"]
        browser.post(PAGE, {"credential": json.dumps(key.sign(begun))})
        assert not sees_account(browser)


def test_a_challenge_of_a_second_factor_does_not_do(
    api: Api, ada: User, make_user: MakeUser, is_on: None
) -> None:
    """There, to hold the key is enough: with a found one nobody signs in as its owner."""
    mallory = make_user("mallory")
    key_of(mallory)
    found = key_of(ada, verifies=False)
    flow = login(api, mallory.email).json()["flow"]
    begun = api.post("/auth/login/mfa/options", {"flow": flow}).json()

    body = {"flow": flow, "credential": found.sign(begun)}
    answer = api.post(LOGIN, body)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "incorrect_code"


def test_a_key_of_somebody_else_is_refused(
    api: Api, ada: User, make_user: MakeUser, is_on: None
) -> None:
    key = key_of(make_user("grace"))
    key.user_handle = user_pk_to_url_str(ada)

    answer = sign_in_by(api, key)

    assert code_of(answer) == "incorrect_code"


@pytest.mark.parametrize("handle", [None, "", "x", "\u00e9"])
def test_a_key_of_nobody_is_refused(
    api: Api, ada: User, is_on: None, handle: str | None
) -> None:
    key = key_of(ada)
    key.user_handle = handle

    answer = sign_in_by(api, key)

    assert answer.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("credential", [{}, {"id": 1}, {"response": {}}, {"x": [None]}])
def test_nonsense_is_refused(api: Api, is_on: None, credential: dict) -> None:
    flow = begin(api)["flow"]

    answer = api.post(LOGIN, {"flow": flow, "credential": credential})

    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_closed_and_unproved_accounts(
    api: Api, make_user: MakeUser, is_on: None
) -> None:
    closed = key_of(make_user("closed", is_active=False))
    unproved = key_of(make_user("unproved", verified=False))

    answers = [sign_in_by(api, closed), sign_in_by(Api(), unproved)]

    assert [code_of(a) for a in answers] == ["account_disabled", "email_not_verified"]


@pytest.mark.parametrize("on", [True, False])
def test_a_new_passkey_is_one_that_can_sign_in_alone(
    sign_in: SignIn, ada: User, settings: Settings, on: bool
) -> None:
    settings.MFA_PASSKEY_LOGIN_ENABLED = on
    client = sign_in(ada)
    client.post("/auth/reauthenticate", {"password": PASSWORD})

    begun = client.post("/auth/mfa/passkeys/options").json()["publicKey"]

    wanted = begun["authenticatorSelection"]
    assert (wanted["residentKey"] == "required") is on
    assert (wanted["userVerification"] == "required") is on


def test_switched_off_there_is_no_passkey_login(
    api: Api, browser: Browser, ada: User
) -> None:
    key_of(ada)

    answers = [api.post(OPTIONS), api.post(LOGIN, {"flow": "x", "credential": {}})]

    assert {answer.status_code for answer in answers} == {HTTPStatus.FORBIDDEN}
    assert {code_of(answer) for answer in answers} == {"login_way_disabled"}
    assert "passkey" not in in_the_design(browser.get("/accounts/login/"))
    assert browser.get(PAGE, **AJAX).status_code == HTTPStatus.NOT_FOUND
    assert browser.post(PAGE).status_code == HTTPStatus.NOT_FOUND
