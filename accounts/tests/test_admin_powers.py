"""Staff who may change users cannot make superusers of themselves."""

from http import HTTPStatus

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core import mail

from accounts.models import User
from accounts.tests.conftest import Browser
from conftest import PASSWORD, MakeUser

NEW = "a-new-long-password"
POWERS = {"is_staff": "on", "is_superuser": "on"}
PROFILE = {
    "name": "Changed",
    "locale": "en",
    "timezone": "UTC",
    "is_active": "on",
    "emailaddress_set-TOTAL_FORMS": "0",
    "emailaddress_set-INITIAL_FORMS": "0",
}


@pytest.fixture
def helper(make_user: MakeUser) -> User:
    user = make_user("helper", is_staff=True)
    rights = ["view_user", "change_user", "delete_user"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def boss(make_user: MakeUser) -> User:
    return make_user("boss", is_staff=True, is_superuser=True)


def change(browser: Browser, user: User, form: dict[str, str]) -> int:
    return browser.post(f"/admin/accounts/user/{user.pk}/change/", form).status_code


def set_password(browser: Browser, user: User) -> int:
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    return browser.post(f"/admin/accounts/user/{user.pk}/password/", form).status_code


def test_staff_gives_itself_no_powers(browser: Browser, helper: User) -> None:
    browser.force_login(helper)
    right = Permission.objects.get(codename="delete_workspace")
    form = {**PROFILE, **POWERS, "user_permissions": str(right.pk)}

    assert change(browser, helper, form) == HTTPStatus.FOUND

    helper.refresh_from_db()
    assert helper.name == "Changed"
    assert not helper.is_superuser
    assert not helper.user_permissions.filter(pk=right.pk).exists()


def test_staff_makes_no_staff_of_others(
    browser: Browser, helper: User, ada: User
) -> None:
    browser.force_login(helper)

    assert change(browser, ada, {**PROFILE, **POWERS}) == HTTPStatus.FOUND

    ada.refresh_from_db()
    assert (ada.name, ada.is_staff, ada.is_superuser) == ("Changed", False, False)


def test_staff_touches_no_superuser(
    browser: Browser, helper: User, boss: User, ada: User
) -> None:
    browser.force_login(helper)

    assert set_password(browser, boss) == HTTPStatus.FORBIDDEN
    assert change(browser, boss, PROFILE) == HTTPStatus.FORBIDDEN
    page = f"/admin/accounts/user/{boss.pk}/delete/"
    assert browser.post(page, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN

    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)
    assert boss.name != "Changed"
    assert set_password(browser, ada) == HTTPStatus.FOUND


def test_whose_password_staff_has_set_is_told(
    browser: Browser, helper: User, ada: User
) -> None:
    browser.force_login(helper)

    set_password(browser, ada)

    (told,) = mail.outbox
    assert (told.to, told.subject) == ([ada.email], "Your password was changed")
    assert "Our support has changed the password" in told.body


def test_staff_touches_no_colleague(
    browser: Browser, helper: User, make_user: MakeUser
) -> None:
    colleague = make_user("colleague", is_staff=True)
    browser.force_login(helper)

    assert set_password(browser, colleague) == HTTPStatus.FORBIDDEN
    assert change(browser, colleague, PROFILE) == HTTPStatus.FORBIDDEN
    page = f"/admin/accounts/user/{colleague.pk}/delete/"
    assert browser.post(page, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN

    colleague.refresh_from_db()
    assert colleague.check_password(PASSWORD)


@pytest.mark.parametrize("who", ["helper", "boss"])
def test_ones_own_password_is_not_set_without_the_old_one(
    browser: Browser, request: pytest.FixtureRequest, who: str
) -> None:
    user = request.getfixturevalue(who)
    browser.force_login(user)
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}

    answer = browser.post(f"/admin/accounts/user/{user.pk}/password/", form)

    assert answer["Location"] == "/accounts/password/change/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_superuser_gives_powers(browser: Browser, boss: User, ada: User) -> None:
    browser.force_login(boss)

    assert change(browser, ada, {**PROFILE, **POWERS}) == HTTPStatus.FOUND

    ada.refresh_from_db()
    assert ada.is_superuser
    assert set_password(browser, ada) == HTTPStatus.FOUND


def test_second_factors_are_read_only(
    browser: Browser, boss: User, helper: User, ada: User
) -> None:
    helper.user_permissions.add(
        Permission.objects.get(codename="delete_authenticator"),
        Permission.objects.get(codename="view_authenticator"),
    )
    data = {"secret": "sealed-secret"}
    hers = Authenticator.objects.create(user=ada, type="totp", data=data)
    pages = "/admin/mfa/authenticator/"

    for user in (helper, boss):
        browser.force_login(user)
        page = browser.get(f"{pages}{hers.pk}/change/")
        assert page.status_code == HTTPStatus.OK
        assert "sealed-secret" not in page.content.decode()
        for path in ("add/", f"{hers.pk}/change/", f"{hers.pk}/delete/"):
            answer = browser.post(pages + path, {"post": "yes"})
            assert answer.status_code == HTTPStatus.FORBIDDEN, path
    assert list(Authenticator.objects.all()) == [hers]
