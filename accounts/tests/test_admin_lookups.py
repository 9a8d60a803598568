"""What staff may see, they cannot widen: not letter by letter, and not by another spelling."""

from http import HTTPStatus

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.urls import reverse

from accounts.models import AuthSession, User
from accounts.sessions import start_session
from accounts.tests.conftest import Api, Browser, login
from conftest import PASSWORD, MakeUser
from saas.admin import NamedLookups

LISTS = "/admin/accounts"
SECRETS: list[tuple[type[Model], str]] = [
    (User, "password"),
    (AuthSession, "session_key"),
    (AuthSession, "refresh_jti"),
    (AuthSession, "previous_jti"),
    (AuthSession, "auth_hash"),
    (AuthSession, "user__password"),
    (UserSession, "session_key"),
    (UserSession, "data"),
    (Authenticator, "data"),
]


@pytest.fixture
def support(make_user: MakeUser) -> User:
    user = make_user("support", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def boss(make_user: MakeUser) -> User:
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(browser: Browser, support: User) -> Browser:
    browser.force_login(support)
    return browser


@pytest.mark.parametrize(("model", "column"), SECRETS)
def test_no_list_is_filtered_by_a_secret(
    desk: Browser, model: type[Model], column: str
) -> None:
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    for lookup in (column, f"{column}__startswith", f"{column}__gte"):
        answer = desk.get(page, {lookup: "a"})
        assert answer.status_code == HTTPStatus.BAD_REQUEST, lookup


def test_every_list_filters_only_by_what_it_offers(desk: Browser) -> None:
    request = desk.get("/admin/").wsgi_request
    for model, shown in admin.site._registry.items():
        columns = model._meta.concrete_fields
        if not isinstance(shown, NamedLookups):  # a package's, which hides no column
            assert len(shown.get_fields(request)) == len(columns), model
            continue
        for field in columns:
            allowed = shown.lookup_allowed(f"{field.name}__startswith", "a", request)
            assert not allowed, field


def test_the_key_behind_a_login_of_the_api_is_no_cookie(
    api: Api, browser: Browser, ada: User
) -> None:
    login(api, ada.email)
    key = AuthSession.objects.get().session_key
    assert key

    browser.cookies["sessionid"] = key

    answer = browser.get("/accounts/password/change/")
    assert answer["Location"].startswith("/accounts/login/")
    assert not answer.wsgi_request.user.is_authenticated


def test_staff_writes_no_group(desk: Browser, support: User) -> None:
    group = Group.objects.create(name="Support")
    support.groups.add(group)
    right = Permission.objects.get(codename="delete_workspace")
    form = {"name": "Everything", "permissions": [right.pk], "post": "yes"}
    page = "/admin/auth/group/"

    assert desk.get(page).status_code == HTTPStatus.OK
    for path in ("add/", f"{group.pk}/change/", f"{group.pk}/delete/"):
        answer = desk.post(page + path, form)
        assert answer.status_code == HTTPStatus.FORBIDDEN, path
    chosen = {"action": "delete_selected", "_selected_action": [group.pk], **form}
    desk.post(page, chosen)

    assert list(Group.objects.values_list("name", flat=True)) == ["Support"]
    assert not group.permissions.exists()


def test_a_superuser_writes_groups(browser: Browser, boss: User) -> None:
    browser.force_login(boss)

    browser.post("/admin/auth/group/add/", {"name": "Support"})

    assert Group.objects.filter(name="Support").exists()


@pytest.mark.parametrize("spell", ["upper", "hex", "urn"])
def test_ones_own_password_by_another_spelling_of_the_id(
    desk: Browser, support: User, spell: str
) -> None:
    spelled = {
        "upper": str(support.pk).upper(),
        "hex": support.pk.hex,
        "urn": f"urn_3Auuid_3A{support.pk}",
    }[spell]
    new = "a-new-long-password"
    form = {"password1": new, "password2": new, "usable_password": "true"}

    answer = desk.post(f"{LISTS}/user/{spelled}/password/", form)

    assert answer["Location"] == "/accounts/password/change/"
    support.refresh_from_db()
    assert support.check_password(PASSWORD)


def test_staff_ends_no_logins_of_a_superuser(
    desk: Browser, support: User, boss: User, ada: User
) -> None:
    keys = [start_session(user, session_key="")[0].pk for user in (boss, ada)]
    chosen = {"action": "end_all_logins", "_selected_action": [boss.pk, ada.pk]}

    answer = desk.post(f"{LISTS}/user/", chosen, follow=True)
    assert f"{boss} is staff" in answer.content.decode()
    assert ending() == [(boss.email, True), (ada.email, False)]

    AuthSession.objects.update(revoked_at=None)
    chosen = {"action": "end", "_selected_action": keys}
    answer = desk.post(f"{LISTS}/authsession/", chosen, follow=True)
    assert f"{boss} is staff" in answer.content.decode()
    assert ending() == [(boss.email, True), (ada.email, False)]
    boss.refresh_from_db()
    assert boss.sessions_ended_at is None


def ending() -> list[tuple[str, bool]]:
    """Whose logins are live, as (address, is live)."""
    rows = AuthSession.objects.select_related("user").order_by("created_at", "id")
    return [(row.user.email, row.revoked_at is None) for row in rows]
