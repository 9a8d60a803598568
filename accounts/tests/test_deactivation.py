"""An account that is closed and opened again has no logins of before."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from accounts.models import AuthSession, User
from accounts.tests.conftest import Browser, SignIn
from accounts.tests.test_logout import (
    can_refresh,
    is_signed_in,
    page_login,
    sees_account,
)


def in_a_shell(user: User, is_active: bool) -> None:
    user = User.objects.get(pk=user.pk)
    user.is_active = is_active
    user.save()


def in_a_shell_alone(user: User, is_active: bool) -> None:
    user = User.objects.get(pk=user.pk)
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def in_bulk(user: User, is_active: bool) -> None:
    User.objects.exclude(is_active=is_active).update(is_active=is_active)


def in_bulk_by_cases(user: User, is_active: bool) -> None:
    user = User.objects.get(pk=user.pk)
    user.is_active = is_active
    User.objects.bulk_update([user], ["is_active"])


def through_a_relation(user: User, is_active: bool) -> None:
    Group.objects.get_or_create(name="lovelace")[0].user_set.add(user)
    Group.objects.get(name="lovelace").user_set.update(is_active=is_active)


def in_the_admin(user: User, is_active: bool) -> None:
    desk = Browser()
    staff = User.objects.filter(is_staff=True).first()
    desk.force_login(staff or User.objects.create_superuser("root@example.com"))
    form = {
        "locale": "en",
        "timezone": "UTC",
        "emailaddress_set-TOTAL_FORMS": 0,
        "emailaddress_set-INITIAL_FORMS": 0,
    } | ({"is_active": "on"} if is_active else {})
    desk.post(f"/admin/accounts/user/{user.pk}/change/", form)
    assert User.objects.get(pk=user.pk).is_active == is_active


@pytest.mark.parametrize(
    "write",
    [
        in_a_shell,
        in_a_shell_alone,
        in_the_admin,
        in_bulk,
        in_bulk_by_cases,
        through_a_relation,
    ],
)
def test_sc_061_logins_do_not_come_back_with_the_account(
    sign_in: SignIn, ada: User, write: Callable[[User, bool], None]
) -> None:
    client, browser = sign_in(ada), page_login(ada)

    write(ada, False)
    write(ada, True)

    assert not is_signed_in(client)
    assert not can_refresh(client)
    assert not sees_account(browser)
    assert AuthSession.objects.get().revoke_reason == "deactivated"


def test_saving_somebody_active_ends_nothing(sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)

    in_a_shell(ada, True)

    assert is_signed_in(client)


def test_who_is_active_keeps_the_logins_when_others_are_closed(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    client, stranger = sign_in(ada), sign_in(outsider)

    User.objects.filter(pk=outsider.pk).update(is_active=False)
    User.objects.update(name="Everybody")
    User.objects.update(is_active=True)

    assert is_signed_in(client)
    assert not is_signed_in(stranger)
    assert not User.objects.filter(is_active=False).exists()
