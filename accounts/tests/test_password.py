"""Changing and resetting a password; proving again who one is."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core import mail

from accounts.models import AuthSession, User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    SignIn,
    bearer,
    code_of,
    last_link,
    last_mail,
    login,
)
from accounts.tests.test_logout import is_signed_in, page_login, sees_account
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"


def reset_key() -> str:
    return last_link().rstrip("/").rsplit("/", 1)[-1]


def test_a_change_ends_every_login_and_answers_a_new_one(
    sign_in: SignIn, ada: User
) -> None:
    client, other, browser = sign_in(ada), sign_in(ada), page_login(ada)

    answer = client.post(
        "/auth/password/change", {"current_password": PASSWORD, "new_password": NEW}
    )

    assert answer.status_code == HTTPStatus.OK, answer.json()
    assert answer.json().keys() == {"access", "refresh", "user"}
    assert not is_signed_in(client)
    assert not is_signed_in(other)
    assert not sees_account(browser)
    bearer(client, answer.json()["access"])
    assert is_signed_in(client)
    assert AuthSession.objects.live().count() == 1
    assert login(Api(), password=NEW).status_code == HTTPStatus.OK
    again = client.post(
        "/auth/password/change",
        {"current_password": NEW, "new_password": "yet-another-password"},
    )
    assert again.status_code == HTTPStatus.OK
    assert "changed" in last_mail()


@pytest.mark.parametrize(
    ("current", "new", "attr", "code"),
    [
        ("not-the-password", NEW, "current_password", "enter_current_password"),
        (PASSWORD, "short", "new_password", "password_too_short"),
        (PASSWORD, "password123456", "new_password", "password_too_common"),
        (PASSWORD, ADDRESS, "new_password", "password_too_similar"),
    ],
)
def test_a_change_that_is_refused(
    sign_in: SignIn, ada: User, current: str, new: str, attr: str, code: str
) -> None:
    client = sign_in(ada)

    answer = client.post(
        "/auth/password/change", {"current_password": current, "new_password": new}
    )

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["errors"][0]["attr"] == attr
    assert code_of(answer) == code
    assert is_signed_in(client)


def test_a_reset_sets_the_password_ends_all_logins_and_signs_nobody_in(
    api: Api, sign_in: SignIn, ada: User
) -> None:
    client, browser = sign_in(ada), page_login(ada)
    asked = api.post("/auth/password/reset", {"email": ADDRESS.upper()})
    key = reset_key()

    answer = api.post("/auth/password/reset/confirm", {"key": key, "password": NEW})

    assert asked.status_code == HTTPStatus.ACCEPTED
    assert asked.json() == {"status": "reset_sent"}
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"status": "password_reset"}
    assert not is_signed_in(client)
    assert not sees_account(browser)
    assert login(api, password=NEW).status_code == HTTPStatus.OK
    again = api.post("/auth/password/reset/confirm", {"key": key, "password": NEW})
    assert code_of(again) == "invalid_password_reset"


def test_a_reset_for_an_unknown_address_gets_the_same_answer(api: Api) -> None:
    answer = api.post("/auth/password/reset", {"email": ADDRESS})

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer.json() == {"status": "reset_sent"}
    assert "/password/reset/key/" not in last_mail()


@pytest.mark.parametrize(
    "key", ["x", "-", "zz-zz", "1-abc-def", "é-é", "0" * 32 + "-abc-def", "a" * 512]
)
def test_a_made_up_key_is_refused(api: Api, key: str) -> None:
    answer = api.post("/auth/password/reset/confirm", {"key": key, "password": NEW})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "invalid_password_reset"
    assert answer.json()["errors"][0]["attr"] == "key"


def test_links_come_from_the_settings_whatever_the_request_says(
    api: Api, ada: User, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    api.post(
        "/auth/password/reset",
        {"email": ADDRESS},
        HTTP_HOST="evil.example",
        HTTP_X_FORWARDED_HOST="evil.example",
    )

    assert last_link().startswith(f"{settings.BASE_URL}/accounts/password/reset/key/")
    assert "evil" not in mail.outbox[-1].message().as_string()


def test_links_can_lead_to_a_frontend(api: Api, ada: User, settings: Any) -> None:
    settings.FRONTEND_URLS = {
        "account_reset_password_from_key": "https://app.example/reset?key={key}"
    }

    api.post("/auth/password/reset", {"email": ADDRESS})
    link = last_link()

    assert link.startswith("https://app.example/reset?key=")
    answer = api.post(
        "/auth/password/reset/confirm",
        {"key": link.partition("key=")[2], "password": NEW},
    )
    assert answer.status_code == HTTPStatus.OK


def test_too_many_reset_requests_are_refused(api: Api, make_user: MakeUser) -> None:
    make_user("ada")
    for _ in range(5):
        api.post("/auth/password/reset", {"email": ADDRESS})

    answer = api.post("/auth/password/reset", {"email": ADDRESS})

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert len(mail.outbox) == 5


def test_who_proves_again_gets_a_new_session_key(sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)
    before = AuthSession.objects.get().session_key

    answer = client.post("/auth/reauthenticate", {"password": PASSWORD})

    assert answer.status_code == HTTPStatus.NO_CONTENT
    after = AuthSession.objects.get().session_key
    assert after != before
    assert is_signed_in(client)
    assert client.post(
        "/auth/reauthenticate", {"password": PASSWORD}
    ).status_code == HTTPStatus.NO_CONTENT  # fmt: skip


def test_a_wrong_proof_is_refused(sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)

    wrong = client.post("/auth/reauthenticate", {"password": "not-the-password"})
    nothing = client.post("/auth/reauthenticate", {})
    both = client.post("/auth/reauthenticate", {"password": PASSWORD, "code": "1"})

    assert code_of(wrong) == "incorrect_password"
    assert nothing.status_code == both.status_code == HTTPStatus.BAD_REQUEST
