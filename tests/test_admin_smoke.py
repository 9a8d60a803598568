"""Every page of the admin opens: lists, forms, details, histories, for each table there is."""

import re
from collections.abc import Callable
from html import unescape
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django_tasks_db import DatabaseBackend

from accounts import audit
from accounts.models import User
from accounts.sessions import start_session
from billing.tasks import write_owner
from billing.tests.conftest import Subscribe
from conftest import MakeUser
from flags.models import FeatureFlag
from workspaces.actions import create_workspace

UNKNOWN = "0b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
FILTER = re.compile(r'href="(\?[^"]+__[^"]*|\?[a-z_]+=[^"]*)"')
# A table that no story below fills: how one of its rows comes to be.
ROWS: list[Callable[[User], object]] = [
    lambda user: Group.objects.create(name="Support"),
    lambda user: start_session(user, session_key=""),
    lambda user: Authenticator.objects.create(user=user, type="totp", data={}),
    lambda user: SocialAccount.objects.create(user=user, provider="x", uid="1"),
    lambda user: UserSession.objects.create(
        user=user, ip="127.0.0.1", session_key="k", user_agent="Firefox"
    ),
    lambda user: create_workspace(name="Acme", by=user),
    lambda user: FeatureFlag.objects.create(feature_name="x", scope="global"),
    lambda user: DatabaseBackend("default", {}).enqueue(
        write_owner, ["cus_1", "x"], {}
    ),
    lambda user: audit.record("login.failed", user=user, address="x@example.com"),
]


@pytest.fixture
def everything(make_user: MakeUser, subscribe: Subscribe) -> User:
    """At least one row in each table that the admin shows."""
    ada = make_user("ada")
    subscribe(ada)
    for make in ROWS:
        make(ada)
    return ada


def url(model: type[Model], page: str, *args: object) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=args)


def pages_of(model: type[Model]) -> list[str]:
    """Those that have to open. Where nobody may add or delete, that is 403."""
    row = model._default_manager.order_by("pk").first()
    assert row is not None, (
        f"{model._meta.label} has no row: say in ROWS how one comes to be."
    )
    return [
        url(model, "changelist"),
        url(model, "changelist") + "?q=ada",
        url(model, "changelist") + "?q=%C3%A9%22%27",
        url(model, "changelist") + "?p=9&o=1",
        url(model, "change", row.pk),
        url(model, "history", row.pk),
    ]


def test_every_page_opens(client: Client, staff: User, everything: User) -> None:
    client.force_login(staff)
    client.raise_request_exception = False
    seen: dict[str, int] = {}
    for model in admin.site._registry:
        for page in pages_of(model):
            seen[page] = client.get(page).status_code
        for link in filters_of(client, model):
            seen[link] = client.get(link).status_code

    # A page past the last one is sent to the first.
    allowed = {HTTPStatus.OK, HTTPStatus.FOUND}
    assert {page: s for page, s in seen.items() if s not in allowed} == {}
    assert sum(status == HTTPStatus.OK for status in seen.values()) > 5 * len(
        admin.site._registry
    )


def filters_of(client: Client, model: type[Model]) -> list[str]:
    """Each of the filters beside the list, with one of its choices."""
    path = url(model, "changelist")
    links = FILTER.findall(client.get(path).content.decode())
    by_name = {link.split("=")[0]: unescape(link) for link in links}
    return [path + link for link in by_name.values()]


def test_forms_open_or_are_refused(
    client: Client, staff: User, everything: User
) -> None:
    client.force_login(staff)
    client.raise_request_exception = False
    may = {True: HTTPStatus.OK, False: HTTPStatus.FORBIDDEN}
    for model, desk in admin.site._registry.items():
        request = client.get(url(model, "changelist")).wsgi_request
        row = model._default_manager.order_by("pk").first()
        adding = client.get(url(model, "add")).status_code
        deleting = client.get(url(model, "delete", row.pk)).status_code

        assert adding == may[desk.has_add_permission(request)], model
        assert deleting == may[desk.has_delete_permission(request, row)], model
        if desk.has_add_permission(request):
            empty = client.post(url(model, "add"), {})
            assert empty.status_code == HTTPStatus.OK, model  # with what is missing


@pytest.mark.parametrize("key", [UNKNOWN, "0", "9" * 30, "x", "%00", "..", "_5F"])
def test_a_row_that_is_not_there_is_no_crash(
    client: Client, staff: User, key: str, db: None
) -> None:
    client.force_login(staff)
    client.raise_request_exception = False
    for model in admin.site._registry:
        answer = client.get(f"{url(model, 'changelist')}{key}/change/")
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, model


def test_staff_without_rights_see_nothing(
    client: Client, make_user: MakeUser, everything: User
) -> None:
    client.force_login(make_user("clerk", is_staff=True))

    for model in admin.site._registry:
        row = model._default_manager.order_by("pk").first()
        for page in (
            url(model, "changelist"),
            url(model, "add"),
            url(model, "change", row.pk),
            url(model, "delete", row.pk),
        ):
            assert client.get(page).status_code == HTTPStatus.FORBIDDEN, page
    index = client.get("/admin/")
    assert index.status_code == HTTPStatus.OK
    assert everything.email not in index.content.decode()


def test_users_who_are_no_staff_are_sent_away(client: Client, everything: User) -> None:
    client.force_login(everything)
    EmailAddress.objects.filter(user=everything).update(verified=True)

    for model in admin.site._registry:
        answer = client.get(url(model, "changelist"))
        assert answer.status_code == HTTPStatus.FOUND, model
        assert answer["Location"].startswith("/admin/login/"), model
