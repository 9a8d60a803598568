"""A login that waits for its second step does not outlive what ends all logins."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from pytest_django import Settings

from accounts.models import AuthSession, User
from accounts.sessions import ENDED_BY_STAFF, end_all_sessions
from accounts.tests.conftest import (
    Api,
    Browser,
    SignIn,
    code_of,
    last_code,
    last_link,
    login,
)
from accounts.tests.test_login import totp_code
from accounts.tests.test_logout import page_login, sees_account
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"
Owner = tuple[Api, Browser]


def change_by_api(owner: Owner) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW}
    answer = owner[0].post("/auth/password/change", body)
    assert answer.status_code == HTTPStatus.OK


def change_on_a_page(owner: Owner) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    owner[1].post("/accounts/password/change/", form)
    assert User.objects.get().check_password(NEW)


def reset(owner: Owner) -> None:
    Api().post("/auth/password/reset", {"email": User.objects.get().email})
    key = last_link().rstrip("/").rsplit("/", 1)[-1]
    body = {"key": key, "password": NEW}
    answer = Api().post("/auth/password/reset/confirm", body)
    assert answer.status_code == HTTPStatus.OK


def logout_all(owner: Owner) -> None:
    answer = owner[0].post("/auth/logout_all")
    assert answer.status_code == HTTPStatus.NO_CONTENT


def logout_others(owner: Owner) -> None:
    answer = owner[0].post("/auth/logout_all", {"keep_current": True})
    assert answer.status_code == HTTPStatus.NO_CONTENT


def logout_others_on_a_page(owner: Owner) -> None:
    answer = owner[1].post("/accounts/sessions/")
    assert answer.status_code == HTTPStatus.FOUND


def ended_by_staff(owner: Owner) -> None:
    end_all_sessions(User.objects.get(), ENDED_BY_STAFF)


ENDS = [
    pytest.param(change_by_api, id="sc_068_change"),
    pytest.param(change_on_a_page, id="sc_068_change_on_a_page"),
    pytest.param(reset, id="sc_072_reset"),
    pytest.param(logout_all, id="sc_060_logout_all"),
    pytest.param(logout_others, id="sc_060_logout_others"),
    pytest.param(logout_others_on_a_page, id="sc_060_logout_others_on_a_page"),
    pytest.param(ended_by_staff, id="sc_063_ended_by_staff"),
]


@pytest.fixture
def owner(ada: User, sign_in: SignIn) -> Owner:
    return sign_in(ada), page_login(ada)


@pytest.fixture
def secret(owner: Owner, ada: User) -> str:
    """Of the second factor that `ada` has set up since."""
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    return secret


@pytest.mark.parametrize("end", ENDS)
def test_sc_060_068_072_a_flow_does_not_outlive_the_end_of_all_logins(
    owner: Owner, secret: str, end: Callable[[Owner], None]
) -> None:
    thief = Api()
    flow = login(thief).json()["flow"]

    end(owner)
    live = set(AuthSession.objects.live().values_list("pk"))
    answer = thief.post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "flow_not_pending"
    assert set(AuthSession.objects.live().values_list("pk")) == live


@pytest.mark.parametrize("end", ENDS)
def test_sc_060_068_072_nor_does_the_page_that_asks_for_a_code(
    owner: Owner, secret: str, end: Callable[[Owner], None]
) -> None:
    thief = Browser()
    form = {"login": "ada@example.com", "password": PASSWORD}
    assert "2fa" in thief.post("/accounts/login/", form)["Location"]

    end(owner)
    answer = thief.post("/accounts/2fa/authenticate/", {"code": totp_code(secret)})

    assert answer["Location"] == "/accounts/login/"
    assert not sees_account(thief)


def test_a_new_login_after_the_end_of_all_is_completed(
    owner: Owner, secret: str
) -> None:
    logout_all(owner)
    flow = login(Api()).json()["flow"]

    answer = Api().post("/auth/login/mfa", {"flow": flow, "code": totp_code(secret)})

    assert answer.status_code == HTTPStatus.OK


def test_sc_072_the_code_of_a_mail_completes_no_login_of_an_old_password(
    make_user: MakeUser,
) -> None:
    ada = make_user("ada", verified=False)
    flow = login(Api()).json()["flow"]
    ada.set_password(NEW)
    ada.save()

    answer = Api().post("/auth/email/verify", {"flow": flow, "code": last_code()})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert not AuthSession.objects.exists()
    assert login(Api(), password=NEW).status_code == HTTPStatus.OK


@pytest.mark.parametrize("path", ["mfa", "mfa/options"])
def test_sc_079_a_login_of_a_deleted_account_has_ended(
    ada: User, api: Api, path: str
) -> None:
    TOTP.activate(ada, generate_totp_secret())
    flow = login(api).json()["flow"]
    ada.delete()

    answer = api.post(f"/auth/login/{path}", {"flow": flow, "code": "123456"})

    assert (answer.status_code, code_of(answer)) == (401, "session_expired")


def test_sc_079_and_on_the_pages_too(ada: User, browser: Browser) -> None:
    TOTP.activate(ada, generate_totp_secret())
    browser.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    ada.delete()

    page = browser.get("/accounts/2fa/authenticate/")

    assert page.status_code == HTTPStatus.UNAUTHORIZED
    assert "Sign in again" in page.content.decode()
    assert browser.get("/accounts/login/").status_code == HTTPStatus.OK


def test_sc_079_and_a_code_to_sign_in_with_is_none_any_more(
    ada: User, api: Api, browser: Browser, settings: Settings
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    flow = api.post("/auth/login/code", {"email": ada.email}).json()["flow"]
    code = {"code": last_code()}
    browser.post("/accounts/login/code/", {"email": ada.email})
    on_page = {"code": last_code()}
    ada.delete()

    answer = api.post("/auth/login/code/confirm", {"flow": flow, **code})
    page = browser.post("/accounts/login/code/confirm/", on_page)

    assert (answer.status_code, code_of(answer)) == (400, "incorrect_code")
    assert page.status_code == HTTPStatus.OK  # asks again
