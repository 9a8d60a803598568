"""An account that is closed and opened again has no logins of before."""

from collections.abc import Callable

import pytest

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


@pytest.mark.parametrize("write", [in_a_shell, in_a_shell_alone, in_the_admin])
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
