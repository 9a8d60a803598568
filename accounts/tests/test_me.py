"""The profile and the settings of whoever is signed in."""

from http import HTTPStatus
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.tests.conftest import code_of
from accounts.tests.test_logout import page_login
from conftest import AsUser


def test_me(as_user: AsUser, ada: User) -> None:
    answer = as_user(ada).get("/auth/me")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {
        "id": str(ada.pk),
        "email": "ada@example.com",
        "name": "ada",
        "locale": "en",
        "timezone": "UTC",
        "marketing_opt_in": False,
        "created_at": ada.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert answer["Cache-Control"] == "no-store"


def test_sc_057_me_costs_the_one_query_of_authentication(
    as_user: AsUser, ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_user(ada)

    with django_assert_num_queries(1):
        client.get("/auth/me")


def test_settings_can_be_changed(
    as_user: AsUser, ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_user(ada)
    wanted = {
        "name": "Ada Lovelace",
        "locale": "pt-br",
        "timezone": "Europe/Lisbon",
        "marketing_opt_in": True,
    }

    with django_assert_num_queries(2):
        answer = client.patch("/auth/me", wanted)

    assert answer.status_code == HTTPStatus.OK
    assert answer.json().items() >= wanted.items()
    ada.refresh_from_db()
    assert {name: getattr(ada, name) for name in wanted} == wanted


def test_nobody_is_not_told_anything(api: Any) -> None:
    for answer in (api.get("/auth/me"), api.patch("/auth/me", {"name": "x"})):
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("locale", "xx"),
        ("locale", "en-us\x00"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", None),
        ("marketing_opt_in", "perhaps"),
        ("marketing_opt_in", []),
        ("name", "x" * 151),
        ("name", "a\x00b"),
        ("name", {"a": 1}),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(
    as_user: AsUser, ada: User, field: str, value: Any
) -> None:
    answer = as_user(ada).patch("/auth/me", {field: value})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["errors"][0]["attr"] == field


@pytest.mark.parametrize("name", ["a\r\nBcc: evil", "a\x1b[2J", "a\u2028b", "a\x85b"])
def test_sc_093_a_name_is_one_line(as_user: AsUser, ada: User, name: str) -> None:
    answer = as_user(ada).patch("/auth/me", {"name": name})
    form = {"name": name, "timezone": "UTC"}
    page = page_login(ada).post("/accounts/profile/", form)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "control_characters"
    assert "line breaks are not allowed" in page.content.decode()
    ada.refresh_from_db()
    assert ada.name == "ada"


def test_sc_078_other_fields_have_no_effect(as_user: AsUser, ada: User) -> None:
    before = User.objects.values().get(pk=ada.pk)

    answer = as_user(ada).patch(
        "/auth/me",
        {
            "email": "root@example.com",
            "id": "00000000-0000-0000-0000-000000000001",
            "is_staff": True,
            "is_superuser": True,
            "is_active": False,
            "password": "x",
            "last_login": "2020-01-01T00:00:00Z",
            "created_at": "2020-01-01T00:00:00Z",
            "groups": [1],
        },
    )

    assert answer.status_code == HTTPStatus.OK
    assert User.objects.values().get(pk=ada.pk) == before
