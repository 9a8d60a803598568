"""SC 79 across the apps: what the database still says of somebody whose account is gone."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection

from accounts.models import User
from accounts.tests.conftest import Api, Browser, bearer, last_code, login
from accounts.tests.second_factors import reauthenticate
from conftest import MakeUser
from flags.models import FeatureFlag
from workspaces import actions
from workspaces.models import Membership

NAME = "Zenobia Quill"
FORMER, ADDRESS, NEXT = (f"{name}@example.com" for name in ("quill", "zeno", "zelda"))
# Of others, around the one that goes.
NAMESAKES = "nzeno@example.com zeno@example.com.br"


def tables_with(word: str) -> set[str]:
    """The tables with a row that holds `word` anywhere, as somebody finds who looks for it."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text ILIKE %s)',
                [f"%{word}%"],
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def by_themselves(user: User, desk: Browser) -> None:
    client = Api()
    bearer(client, login(client, ADDRESS).json()["access"])
    reauthenticate(client)
    client.post("/auth/email", {"email": NEXT})
    assert client.delete("/auth/me").status_code == HTTPStatus.NO_CONTENT


def by_staff(user: User, desk: Browser) -> None:
    path = f"/admin/accounts/user/{user.pk}/delete/"
    assert desk.post(path, {"post": "yes"}).status_code == HTTPStatus.FOUND


@pytest.fixture
def desk(staff: User) -> Browser:
    browser = Browser()
    browser.force_login(staff)
    return browser


@pytest.fixture
def zeno(make_user: MakeUser, owner: Membership, desk: Browser) -> User:
    """Has something wherever somebody can have it, of two addresses."""
    user = make_user("quill")
    User.objects.filter(pk=user.pk).update(name=NAME)
    known = {"email": FORMER, "name": NAME}
    SocialAccount.objects.create(
        user=user, provider="google", uid=FORMER, extra_data=known
    )
    actions.create_workspace(name="Alone", by=user)
    owner.workspace.memberships.create(user=user)
    FeatureFlag.objects.create(
        feature_name="beta", scope="user", scope_id=str(user.pk), updated_by=user
    )
    sign_out(desk, user)
    change_address(user)
    sign_out(desk, user)
    Authenticator.objects.create(user=user, type="recovery_codes", data={"of": NAME})
    return User.objects.get(pk=user.pk)


def sign_out(desk: Browser, user: User) -> None:
    """By staff, all logins and one: the history of the admin names who it was."""
    chosen = {"_selected_action": [str(user.pk)]}
    desk.post("/admin/accounts/user/", {"action": "end_all_logins", **chosen})
    login(Api(), User.objects.get(pk=user.pk).email)
    chosen = {"_selected_action": [str(user.auth_sessions.latest("created_at").pk)]}
    desk.post("/admin/accounts/authsession/", {"action": "end", **chosen})


def change_address(user: User) -> None:
    client = Api()
    bearer(client, login(client, FORMER).json()["access"])
    reauthenticate(client)
    client.post("/auth/email", {"email": ADDRESS})
    answer = client.post("/auth/email/confirm", {"code": last_code(ADDRESS)})
    assert answer.status_code == HTTPStatus.OK


@pytest.mark.parametrize("delete", [by_themselves, by_staff])
def test_sc_079_nothing_tells_whose_account_it_was(
    zeno: User,
    desk: Browser,
    staff: User,
    settings: Any,
    delete: Callable[[User, Browser], None],
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    words = (ADDRESS, FORMER, NEXT, NAME)
    assert tables_with(ADDRESS) >= {"accounts_user", "django_admin_log"}
    assert tables_with(NAME) >= {"accounts_user", "socialaccount_socialaccount"}
    told = f"{ADDRESS} '{ADDRESS}' told {ADDRESS}."
    entry = {"user": staff, "object_repr": NAMESAKES, "change_message": told}
    (other,) = LogEntry.objects.bulk_create([LogEntry(action_flag=CHANGE, **entry)])

    delete(zeno, desk)

    assert not User.objects.filter(pk=zeno.pk).exists()
    other.refresh_from_db()
    key = zeno.pk
    assert other.object_repr == NAMESAKES
    assert other.change_message == f"{key} '{key}' told {key}."
    other.delete()
    assert {word: tables_with(word) for word in words} == {
        word: set() for word in words
    }
    # What was done stays, by a key that is nobody's any more.
    assert tables_with(str(key)) == {"accounts_auditevent", "django_admin_log"}
