"""What staff do leaves rows, and staff read the rows: they cannot change one."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.tests.conftest import Browser, SignIn
from accounts.tests.test_admin_powers import PROFILE, change, set_password
from accounts.tests.test_logout import is_signed_in
from conftest import MakeUser

ROWS = "/admin/accounts/auditevent/"


@pytest.fixture
def desk(browser: Browser, staff: User) -> Browser:
    browser.force_login(staff)
    return browser


def rows(event: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event=event).order_by("created_at"))


def test_sc_063_staff_end_all_logins_and_it_is_audited(
    desk: Browser, sign_in: SignIn, ada: User, staff: User
) -> None:
    phone = sign_in(ada)
    form = {"action": "end_all_logins", "_selected_action": [str(ada.pk)]}

    desk.post("/admin/accounts/user/", form)

    assert not is_signed_in(phone)
    (row,) = rows("session.all_ended")
    assert (row.user_id, row.actor_id) == (ada.pk, staff.pk)
    assert row.details["reason"] == "ended_by_staff"


def test_sc_063_staff_who_may_only_see_end_nothing(
    browser: Browser, sign_in: SignIn, ada: User, make_user: MakeUser
) -> None:
    phone, clerk = sign_in(ada), make_user("clerk", is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_user", "view_authsession"])
    clerk.user_permissions.set(rights)
    browser.force_login(clerk)
    key = str(phone_session(ada))

    for model, action, pk in (
        ("user", "end_all_logins", str(ada.pk)),
        ("authsession", "end", key),
    ):
        assert browser.get(f"/admin/accounts/{model}/").status_code == HTTPStatus.OK
        form = {"action": action, "_selected_action": [pk]}
        browser.post(f"/admin/accounts/{model}/", form)

    assert is_signed_in(phone)
    assert rows("session.all_ended") == rows("session.ended") == []


def test_sc_063_staff_end_one_login_and_it_is_audited(
    desk: Browser, sign_in: SignIn, ada: User, staff: User
) -> None:
    phone = sign_in(ada)
    form = {"action": "end", "_selected_action": [str(phone_session(ada))]}

    desk.post("/admin/accounts/authsession/", form)

    assert not is_signed_in(phone)
    (row,) = rows("session.ended")
    assert (row.user_id, row.actor_id) == (ada.pk, staff.pk)


def phone_session(user: User) -> Any:
    return user.auth_sessions.get().pk


def test_sc_107_powers_that_are_handed_out_leave_rows(
    desk: Browser, ada: User, staff: User
) -> None:
    group = Group.objects.create(name="Support")
    right = Permission.objects.get(codename="delete_user")
    form = {**PROFILE, "is_staff": "on", "groups": group.pk}

    change(desk, ada, {**form, "user_permissions": right.pk})

    found = rows("account.powers_changed")[-3:]
    assert {(row.user_id, row.actor_id) for row in found} == {(ada.pk, staff.pk)}
    assert found[0].details == {"is_staff": True, "is_superuser": False}
    told = {row.details["what"]: row.details["ids"] for row in found[1:]}
    assert told == {"groups": str(group.pk), "user_permissions": str(right.pk)}
    group.permissions.add(right)
    group.delete()
    told = [row.details["what"] for row in rows("account.powers_changed")[-2:]]
    assert told == ["group_permissions", "group"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sc_107_each_that_is_deleted_with_others_leaves_a_row(
    desk: Browser, staff: User, count: int
) -> None:
    """By an action that is any list's, here that of groups."""
    keys = [Group.objects.create(name=str(n)).pk for n in range(count)]
    form = {"action": "delete_selected", "_selected_action": keys}

    asked = desk.post("/admin/auth/group/", form)
    assert b"Are you sure" in asked.content
    assert rows("admin.deleted") == []
    desk.post("/admin/auth/group/", {**form, "post": "yes"})

    assert not Group.objects.exists()
    found = rows("admin.deleted")
    assert sorted(row.details["object_id"] for row in found) == sorted(map(str, keys))
    assert {row.details["model"] for row in found} == {"auth.group"}
    assert {row.actor_id for row in found} == {staff.pk}


def test_sc_107_staff_close_and_open_an_account_and_set_a_password(
    desk: Browser, ada: User, staff: User
) -> None:
    closed = {name: value for name, value in PROFILE.items() if name != "is_active"}

    change(desk, ada, closed)
    change(desk, ada, PROFILE)
    set_password(desk, ada)

    for event in ["account.deactivated", "account.reactivated", "password.set"]:
        (row,) = rows(event)
        assert (row.user_id, row.actor_id) == (ada.pk, staff.pk), event
    assert {row.user_id for row in rows("admin.changed")} == {ada.pk}


def test_sc_107_a_closed_door_leaves_a_row_once_in_a_minute(
    browser: Browser, make_user: MakeUser
) -> None:
    helper = make_user("helper", is_staff=True)  # and may do nothing
    browser.force_login(helper)

    for _ in range(3):
        answer = browser.get("/admin/accounts/user/")
        assert answer.status_code == HTTPStatus.FORBIDDEN

    (row,) = rows("access.denied")
    assert (row.user_id, row.actor_id) == (helper.pk, helper.pk)
    assert row.details["route"] == "admin:accounts_user_changelist"


def test_nobody_adds_changes_or_deletes_a_row(desk: Browser, ada: User) -> None:
    audit.record("session.ended", user=ada)
    row = rows("session.ended")[0]
    before = AuditEvent.objects.filter(pk=row.pk).values().get()

    assert desk.get(f"{ROWS}{row.pk}/change/").status_code == HTTPStatus.OK
    for path in ["add/", f"{row.pk}/change/", f"{row.pk}/delete/"]:
        answer = desk.post(ROWS + path, {"post": "yes", "event": "x.y"})
        assert answer.status_code == HTTPStatus.FORBIDDEN, path
    form = {"action": "delete_selected", "_selected_action": [str(row.pk)]}
    desk.post(ROWS, {**form, "post": "yes"})

    assert AuditEvent.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize(
    "term", ["ada@example.com", "Ada@Example.com ", "id", "login.f", "127.0.0.1"]
)
def test_rows_are_found(desk: Browser, ada: User, term: str) -> None:
    audit.record("login.failed", user=ada, address=ada.email)
    AuditEvent.objects.filter(event="login.failed").update(ip="127.0.0.1")
    audit.record("session.ended", address="other@example.com")

    page = desk.get(ROWS, {"q": str(ada.pk) if term == "id" else term})

    found = {row.event for row in page.context["cl"].result_list}
    assert found == {"login.failed"}


def test_an_address_is_found_after_the_key_was_replaced(
    desk: Browser, settings: Any
) -> None:
    audit.record("login.failed", address="nobody@example.com")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the-new-key-" * 5
    desk.force_login(User.objects.get())

    page = desk.get(ROWS, {"q": "nobody@example.com"})

    assert len(page.context["cl"].result_list) == 1


def test_rows_of_a_deleted_account_stay_as_they_were(desk: Browser, ada: User) -> None:
    audit.record("login.succeeded", user=ada, actor=ada)
    key = ada.pk
    desk.post(f"/admin/accounts/user/{key}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=key).exists()

    assert rows("login.succeeded")[0].user_id == key
    page = desk.get(ROWS, {"q": str(key)}).content.decode()
    assert str(key) in page
    assert "login.succeeded" in page
    assert "account.deleted" in page
    # Who knows the address alone finds the end of the account, and by it the id.
    found = desk.get(ROWS, {"q": ada.email}).content.decode()
    assert "account.deleted" in found
    assert str(key) in found
