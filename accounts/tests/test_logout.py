"""The ends of a login, and how soon they are felt: on the next request."""

from collections.abc import Callable
from http import HTTPStatus

import pytest

from accounts.models import AuthSession, User
from accounts.tests.conftest import Api, Browser, SignIn
from conftest import PASSWORD

PROTECTED_PAGE = "/accounts/password/change/"


def is_signed_in(client: Api) -> bool:
    return client.get("/auth/me").status_code == HTTPStatus.OK


def can_refresh(client: Api) -> bool:
    body = {"refresh": client.tokens["refresh"]}
    return Api().post("/auth/refresh", body).status_code == HTTPStatus.OK


def page_login(user: User, password: str = PASSWORD) -> Browser:
    browser = Browser()
    form = {"login": user.email, "password": password}
    assert browser.post("/accounts/login/", form).status_code == HTTPStatus.FOUND
    assert sees_account(browser)
    return browser


def sees_account(browser: Browser) -> bool:
    return browser.get(PROTECTED_PAGE).status_code == HTTPStatus.OK


def test_sc_058_logout_ends_this_login_and_no_other(sign_in: SignIn, ada: User) -> None:
    phone, laptop = sign_in(ada), sign_in(ada)

    answer = phone.post("/auth/logout")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not is_signed_in(phone)
    assert not can_refresh(phone)
    assert is_signed_in(laptop)
    assert can_refresh(laptop)
    ended = AuthSession.objects.exclude(revoked_at=None).get()
    assert ended.revoke_reason == "logout"


def test_sc_058_on_a_page_too(sign_in: SignIn, ada: User) -> None:
    browser, other, phone = page_login(ada), page_login(ada), sign_in(ada)

    browser.post("/accounts/logout/")

    assert not sees_account(browser)
    assert sees_account(other)
    assert is_signed_in(phone)
    assert can_refresh(phone)


@pytest.mark.parametrize("route", ["logout", "logout_all"])
def test_sc_059_a_foreign_token_in_the_body_ends_nothing_of_its_owner(
    sign_in: SignIn, ada: User, outsider: User, route: str
) -> None:
    client, thief = sign_in(ada), sign_in(outsider)
    login = AuthSession.objects.get(user=ada)
    body = {**client.tokens, "id": login.pk, "sid": login.pk, "user": ada.pk}

    answer = thief.post(f"/auth/{route}", body, format="json")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not is_signed_in(thief)
    assert is_signed_in(client)
    assert can_refresh(client)


def test_a_stranger_cannot_log_anyone_out(api: Api, sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)

    answer = api.post("/auth/logout", {"refresh": client.tokens["refresh"]})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert is_signed_in(client)


def test_sc_060_logout_all_ends_the_api_and_the_pages(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    phone, laptop, browser = sign_in(ada), sign_in(ada), page_login(ada)
    stranger = sign_in(outsider)

    answer = phone.post("/auth/logout_all")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    for client in (phone, laptop):
        assert not is_signed_in(client)
        assert not can_refresh(client)
    assert not sees_account(browser)
    assert is_signed_in(stranger)


def test_sc_060_logout_all_can_keep_the_caller(sign_in: SignIn, ada: User) -> None:
    phone, laptop, browser = sign_in(ada), sign_in(ada), page_login(ada)

    phone.post("/auth/logout_all", {"keep_current": True})

    assert is_signed_in(phone)
    assert can_refresh(phone)
    assert not is_signed_in(laptop)
    assert not sees_account(browser)


def test_sc_060_a_page_ends_all_others_and_stays(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    phone, browser, other = sign_in(ada), page_login(ada), page_login(ada)
    stranger = page_login(outsider)

    browser.post("/accounts/sessions/")

    assert sees_account(browser)
    assert not sees_account(other)
    assert not is_signed_in(phone)
    assert not can_refresh(phone)
    assert sees_account(stranger)


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def set_password(user: User) -> None:
    user.set_password("from-a-shell-1")
    user.save()


def delete(user: User) -> None:
    User.objects.get(pk=user.pk).delete()


def set_password_in_admin(user: User) -> None:
    staff = User.objects.create_superuser("root@example.com", PASSWORD)
    browser = Browser()
    browser.force_login(staff)
    form = {
        "password1": "from-the-admin-1",
        "password2": "from-the-admin-1",
        "usable_password": "true",
    }
    answer = browser.post(f"/admin/accounts/user/{user.pk}/password/", form)
    assert answer.status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    "end", [deactivate, set_password, delete, set_password_in_admin]
)
def test_sc_061_what_ends_an_account_ends_its_logins(
    sign_in: SignIn, ada: User, end: Callable[[User], None]
) -> None:
    client, browser = sign_in(ada), page_login(ada)

    end(ada)

    assert not is_signed_in(client)
    assert not can_refresh(client)
    assert not sees_account(browser)
