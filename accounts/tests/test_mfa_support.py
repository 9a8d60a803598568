"""When the last factor is lost: support takes them away, and everybody concerned knows."""

from http import HTTPStatus

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core import mail

from accounts.models import AuditEvent, AuthSession, User
from accounts.tests.conftest import Api, Browser, SignIn, login
from accounts.tests.second_factors import with_app, with_codes
from conftest import MakeUser

PAGE = "/admin/accounts/user/"
OTHERS = "Those of staff are for superusers to remove"


@pytest.fixture
def helper(make_user: MakeUser) -> User:
    """Of support, with the right to do it."""
    user = make_user("helper", is_staff=True)
    rights = ["view_user", "change_user", "delete_authenticator"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def remove(by: User, *users: User) -> str:
    """What the admin says to it."""
    browser = Browser()
    browser.force_login(by)
    chosen = {"_selected_action": [str(user.pk) for user in users]}
    form = {"action": "remove_second_factors", **chosen}
    return browser.post(PAGE, form, follow=True).content.decode()


def test_support_lets_somebody_in_again(
    ada: User, helper: User, sign_in: SignIn
) -> None:
    thief = sign_in(ada)
    with_app(ada)
    with_codes(ada)

    assert "signs in by password alone" in remove(helper, ada)

    assert not Authenticator.objects.exists()
    assert not User.objects.get(pk=ada.pk).has_second_factor
    assert thief.get("/auth/me").status_code == HTTPStatus.UNAUTHORIZED
    assert not AuthSession.objects.live().exists()
    assert login(Api(), ada.email).status_code == HTTPStatus.OK
    (message,) = [m for m in mail.outbox if "second factors" in m.subject]
    assert message.to == [ada.email]
    event = AuditEvent.objects.get(event="mfa.removed_by_staff")
    assert (event.user_id, event.actor_id) == (ada.pk, helper.pk)
    assert event.details == {"types": "recovery_codes,totp"}


def test_support_without_the_right_is_offered_nothing(ada: User, helper: User) -> None:
    with_app(ada)
    helper.user_permissions.remove(
        Permission.objects.get(codename="delete_authenticator")
    )

    page = remove(helper, ada)

    assert "remove_second_factors" not in page
    assert Authenticator.objects.count() == 1


def test_factors_of_staff_are_for_superusers_and_never_ones_own(
    helper: User, staff: User, make_user: MakeUser
) -> None:
    colleague = make_user("colleague", is_staff=True)
    boss = make_user("boss", is_superuser=True)
    for user in (helper, staff, colleague, boss):
        with_app(user)

    for user in (colleague, staff, boss, helper):
        assert OTHERS in remove(helper, user)
    assert OTHERS in remove(staff, staff)
    assert Authenticator.objects.count() == 4
    assert "signs in by password alone" in remove(staff, colleague)
    assert not Authenticator.objects.filter(user=colleague).exists()


def test_one_at_a_time_and_who_has_one(ada: User, helper: User, staff: User) -> None:
    assert "Choose one" in remove(staff, ada, helper)
    assert "no such second factor" in remove(staff, ada)
    assert mail.outbox == []
