"""Refresh tokens: rotation, reuse, and what ends a login."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.db import connection, models
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import AuthSession, User
from accounts.tests.conftest import Api, SignIn, bearer, code_of, login
from conftest import PASSWORD, MakeUser


def refresh(token: str) -> HttpResponse:
    return Api().post("/auth/refresh", {"refresh": token})


def me(access: str) -> int:
    return Api().get("/auth/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code


@pytest.fixture
def strict(settings: Any) -> None:
    settings.REFRESH_GRACE = timedelta(0)


def test_a_refresh_answers_a_new_pair(sign_in: SignIn, ada: User) -> None:
    first = sign_in(ada).tokens

    answer = refresh(first["refresh"])

    assert answer.status_code == HTTPStatus.OK
    assert answer.json().keys() == {"access", "refresh"}
    assert answer.json()["refresh"] != first["refresh"]
    assert me(answer.json()["access"]) == HTTPStatus.OK
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("strict")
def test_sc_049_a_spent_token_ends_its_login(sign_in: SignIn, ada: User) -> None:
    stolen = sign_in(ada).tokens["refresh"]
    child = refresh(stolen).json()
    grandchild = refresh(child["refresh"]).json()

    reuse = refresh(stolen)

    assert reuse.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(reuse) == "token_reused"
    for token in (child, grandchild):
        assert me(token["access"]) == HTTPStatus.UNAUTHORIZED
        assert refresh(token["refresh"]).status_code == HTTPStatus.UNAUTHORIZED
    assert AuthSession.objects.get().revoke_reason == "refresh_reused"


def test_sc_049_with_grace_it_ends_after_the_window(sign_in: SignIn, ada: User) -> None:
    stolen = sign_in(ada).tokens["refresh"]
    child = refresh(stolen).json()

    with time_machine.travel(timezone.now() + timedelta(seconds=11), tick=False):
        assert code_of(refresh(stolen)) == "token_reused"
        assert me(child["access"]) == HTTPStatus.UNAUTHORIZED


def test_sc_050_only_the_direct_predecessor_has_grace(
    sign_in: SignIn, ada: User
) -> None:
    first = sign_in(ada).tokens["refresh"]
    second = refresh(first).json()["refresh"]
    assert refresh(first).json()["refresh"] == second
    third = refresh(second).json()["refresh"]
    assert refresh(second).json()["refresh"] == third

    older = refresh(first)

    assert code_of(older) == "token_reused"
    assert refresh(third).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.usefixtures("strict")
def test_sc_050_without_grace_the_first_reuse_ends_it(
    sign_in: SignIn, ada: User
) -> None:
    first = sign_in(ada).tokens["refresh"]
    refresh(first)

    assert code_of(refresh(first)) == "token_reused"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("strict")
def test_sc_052_the_end_survives_a_transaction_per_request(make_user: MakeUser) -> None:
    make_user("ada")
    first = login(Api()).json()["refresh"]
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        second = refresh(first).json()
        assert code_of(refresh(first)) == "token_reused"
        assert refresh(second["refresh"]).status_code == HTTPStatus.UNAUTHORIZED
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False

    assert AuthSession.objects.get().revoked_at is not None


@pytest.mark.usefixtures("strict")
def test_sc_053_another_login_is_not_touched(sign_in: SignIn, ada: User) -> None:
    phone, laptop = sign_in(ada).tokens, sign_in(ada).tokens
    refresh(phone["refresh"])

    assert code_of(refresh(phone["refresh"])) == "token_reused"

    assert me(phone["access"]) == HTTPStatus.UNAUTHORIZED
    assert me(laptop["access"]) == HTTPStatus.OK
    assert refresh(laptop["refresh"]).status_code == HTTPStatus.OK


def test_sc_054_an_idle_login_ends_with_its_refresh_token(
    sign_in: SignIn, ada: User
) -> None:
    token = sign_in(ada).tokens["refresh"]

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert code_of(refresh(token)) == "token_not_valid"


def test_sc_054_a_login_used_daily_ends_at_its_absolute_age(
    sign_in: SignIn, ada: User
) -> None:
    token = sign_in(ada).tokens["refresh"]
    start = timezone.now()
    for day in range(1, 30):
        with time_machine.travel(start + timedelta(days=day)):
            token = refresh(token).json()["refresh"]

    with time_machine.travel(start + timedelta(days=30, minutes=1)):
        assert refresh(token).status_code == HTTPStatus.UNAUTHORIZED


def has_ended(tokens: dict[str, str]) -> bool:
    answer = refresh(tokens["refresh"])
    assert answer.status_code == HTTPStatus.UNAUTHORIZED, answer.content
    return code_of(answer) == "session_expired"


def test_sc_055_a_deleted_user(sign_in: SignIn, ada: User) -> None:
    tokens = sign_in(ada).tokens
    ada.delete()

    assert has_ended(tokens)


def test_sc_055_a_deactivated_user(sign_in: SignIn, ada: User) -> None:
    tokens = sign_in(ada).tokens
    # Past the product, which would have ended the login as well.
    models.QuerySet(User).update(is_active=False)

    assert AuthSession.objects.live().exists()
    assert has_ended(tokens)


def test_sc_055_a_changed_password(sign_in: SignIn, ada: User) -> None:
    tokens = sign_in(ada).tokens
    ada.set_password("another-password")
    ada.save()

    assert AuthSession.objects.live().exists()
    assert has_ended(tokens)


def dump() -> str:
    """All rows of all tables, as somebody reads them who has stolen a backup."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'SELECT "{table}"::text FROM "{table}"')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_sc_056_no_refresh_token_is_in_the_database(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    client = sign_in(ada)
    tokens = [client.tokens, refresh(client.tokens["refresh"]).json()]
    bearer(client, tokens[1]["access"])
    client.post("/auth/reauthenticate", {"password": PASSWORD})
    change = {"current_password": PASSWORD, "new_password": "a-new-long-password"}
    tokens.append(client.post("/auth/password/change", change).json())
    Api().post("/auth/password/reset", {"email": ada.email})

    stored = dump()

    assert ada.email in stored
    assert str(AuthSession.objects.live().get().pk) in stored
    for token in (pair[kind] for pair in tokens for kind in ("access", "refresh")):
        assert token not in stored
        # Without its signature a token is worth nothing.
        assert token.rsplit(".", 1)[-1] not in stored
    for hidden in (PASSWORD, change["new_password"]):
        assert hidden not in stored
    for key in settings.JWT_SIGNING_KEYS:
        assert key.hex() not in stored


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "x" * 4096])
def test_what_is_no_token_is_refused(db: None, token: str) -> None:
    assert code_of(refresh(token)) == "token_not_valid"


@pytest.mark.parametrize("body", [{}, {"refresh": None}, {"refresh": "x" * 5000}])
def test_a_body_without_a_token_is_refused(db: None, body: dict) -> None:
    assert Api().post("/auth/refresh", body).status_code == HTTPStatus.BAD_REQUEST
