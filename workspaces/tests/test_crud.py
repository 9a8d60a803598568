"""Creating, renaming and deleting workspaces."""

import uuid
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from conftest import AsUser
from workspaces.models import Membership, Workspace
from workspaces.tests.answers import code, refused

KEYS = {
    "id",
    "name",
    "slug",
    "role",
    "is_owner",
    "is_disabled",
    "disabled_at",
    "disabled_reason",
    "suspended_at",
    "created_at",
}


def url(workspace: Workspace) -> str:
    return f"/workspaces/{workspace.pk}"


def test_creator_becomes_owner_and_first_member(
    as_user: AsUser, outsider: User
) -> None:
    response = as_user(outsider).post("/workspaces", {"name": "Ana's Team"})

    assert response.status_code == HTTPStatus.CREATED
    body = response.json()
    assert set(body) == KEYS
    assert (body["slug"], body["role"], body["is_owner"]) == (
        "anas-team",
        "admin",
        True,
    )
    assert body["is_disabled"] is False
    workspace = Workspace.objects.get(pk=body["id"])
    assert workspace.owner == outsider
    assert [m.user for m in workspace.memberships.all()] == [outsider]


def test_nobody_creates_nothing(anonymous: APIClient, db: None) -> None:
    response = anonymous.post("/workspaces", {"name": "Acme"})

    assert refused(response, HTTPStatus.UNAUTHORIZED, "not_authenticated")
    assert not Workspace.objects.exists()


def test_creating_costs_two_inserts_in_one_transaction(
    as_user: AsUser, outsider: User
) -> None:
    client = as_user(outsider)
    with CaptureQueriesContext(connection) as queries:
        client.post("/workspaces", {"name": "Acme"})

    # In a test the transaction is a savepoint.
    verbs = [query["sql"].split()[0] for query in queries]
    assert verbs == ["SELECT", "SAVEPOINT", "INSERT", "INSERT", "RELEASE"]


def test_same_name_gets_another_slug(
    as_user: AsUser, outsider: User, workspace: Workspace
) -> None:
    body = as_user(outsider).post("/workspaces", {"name": "Acme"}).json()

    assert body["slug"].startswith("acme-")
    assert Workspace.objects.count() == 2


@pytest.mark.parametrize("name", ["北京", "!!!", "🦀", "-"])
def test_name_without_latin_letters_gets_a_slug(
    as_user: AsUser, outsider: User, name: str
) -> None:
    body = as_user(outsider).post("/workspaces", {"name": name}).json()

    assert (body["name"], body["slug"]) == (name, "workspace")


def test_longest_name_twice_fits_the_slug(as_user: AsUser, outsider: User) -> None:
    client = as_user(outsider)
    slugs = [
        client.post("/workspaces", {"name": "a" * 100}).json()["slug"] for _ in range(2)
    ]

    assert slugs[0] == "a" * 60
    assert len(slugs[1]) == 60


def test_asked_for_slug_that_is_taken_is_refused(
    as_user: AsUser, outsider: User, workspace: Workspace
) -> None:
    response = as_user(outsider).post("/workspaces", {"name": "Mine", "slug": "acme"})

    assert refused(response, HTTPStatus.CONFLICT, "slug_taken")
    assert response.json()["errors"][0]["attr"] == "slug"
    assert Workspace.objects.get() == workspace


@pytest.mark.parametrize(
    ("body", "attr", "error_code"),
    [
        ({}, "name", "required"),
        ({"name": ""}, "name", "blank"),
        ({"name": "   "}, "name", "blank"),
        ({"name": None}, "name", "null"),
        ({"name": ["a"]}, "name", "invalid"),
        ({"name": {"a": 1}}, "name", "invalid"),
        ({"name": "a" * 101}, "name", "max_length"),
        ({"name": "a\x00b"}, "name", "null_characters_not_allowed"),
        ({"name": "a\r\nBcc: x"}, "name", "control_characters"),
        ({"name": "a", "slug": "No Spaces"}, "slug", "invalid_slug"),
        ({"name": "a", "slug": "UPPER"}, "slug", "invalid_slug"),
        ({"name": "a", "slug": "-a"}, "slug", "invalid_slug"),
        ({"name": "a", "slug": "a--b"}, "slug", "invalid_slug"),
        ({"name": "a", "slug": "ä"}, "slug", "invalid_slug"),
        ({"name": "a", "slug": "a" * 61}, "slug", "max_length"),
        ({"name": "a", "slug": ""}, "slug", "blank"),
        ({"name": "a", "slug": None}, "slug", "null"),
    ],
)
def test_bad_input_names_its_field(
    as_user: AsUser, outsider: User, body: dict, attr: str, error_code: str
) -> None:
    response = as_user(outsider).post("/workspaces", body)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    errors = {(error["attr"], error["code"]) for error in response.json()["errors"]}
    assert (attr, error_code) in errors
    assert not Workspace.objects.exists()


def test_lone_surrogate_is_a_bad_request(as_user: AsUser, outsider: User) -> None:
    response = as_user(outsider).generic(
        "POST", "/workspaces", rb'{"name": "a\ud800"}', "application/json"
    )

    assert refused(response, HTTPStatus.BAD_REQUEST, "surrogate_characters_not_allowed")


def test_only_name_and_slug_can_be_written(
    as_user: AsUser, owner: Membership, outsider: User
) -> None:
    response = as_user(owner.user).patch(
        url(owner.workspace),
        {
            "name": "New",
            "id": str(uuid.uuid4()),
            "owner": str(outsider.pk),
            "role": "member",
            "is_disabled": True,
            "disabled_at": "2026-01-01T00:00:00Z",
            "suspended_at": "2026-01-01T00:00:00Z",
        },
    )

    assert response.status_code == HTTPStatus.OK
    workspace = Workspace.objects.get(pk=owner.workspace_id)
    assert workspace.name == "New"
    assert workspace.owner == owner.user
    assert workspace.disabled_at is None
    assert workspace.suspended_at is None


def test_admin_renames(as_user: AsUser, admin: Membership) -> None:
    response = as_user(admin.user).patch(url(admin.workspace), {"slug": "new-slug"})

    assert response.json()["slug"] == "new-slug"
    assert response.json()["name"] == "Acme"
    admin.workspace.refresh_from_db()
    assert admin.workspace.slug == "new-slug"


def test_renaming_to_the_slug_of_another_is_refused(
    as_user: AsUser, owner: Membership
) -> None:
    Workspace.objects.create(name="Other", slug="other", owner=owner.user)
    response = as_user(owner.user).patch(url(owner.workspace), {"slug": "other"})

    assert refused(response, HTTPStatus.CONFLICT, "slug_taken")
    owner.workspace.refresh_from_db()
    assert owner.workspace.slug == "acme"


def test_empty_change_changes_nothing(as_user: AsUser, owner: Membership) -> None:
    response = as_user(owner.user).patch(url(owner.workspace), {})

    assert response.status_code == HTTPStatus.OK
    assert response.json()["name"] == "Acme"


def test_member_cannot_rename_or_delete(as_user: AsUser, member: Membership) -> None:
    client = as_user(member.user)

    assert (
        code(client.patch(url(member.workspace), {"name": "x"})) == "permission_denied"
    )
    response = client.delete(url(member.workspace))
    assert refused(response, HTTPStatus.FORBIDDEN, "permission_denied")
    assert Workspace.objects.get().name == "Acme"


def test_only_the_owner_deletes(
    as_user: AsUser, owner: Membership, admin: Membership
) -> None:
    path = url(owner.workspace)
    refusal = as_user(admin.user).delete(path)
    assert refused(refusal, HTTPStatus.FORBIDDEN, "permission_denied")
    assert Workspace.objects.exists()

    assert as_user(owner.user).delete(path).status_code == HTTPStatus.NO_CONTENT
    assert not Workspace.objects.exists()
    assert not Membership.objects.exists()
    assert User.objects.count() == 2
    assert as_user(owner.user).get(path).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_outsider_cannot_tell_a_workspace_from_none(
    as_user: AsUser, outsider: User, workspace: Workspace, method: str
) -> None:
    call = getattr(as_user(outsider), method)
    real = call(url(workspace))

    assert refused(real, HTTPStatus.NOT_FOUND, "not_found")
    for unknown in [uuid.uuid4(), "nonsense", "a" * 2000, "1"]:
        other = call(f"/workspaces/{unknown}")
        assert (other.status_code, other.json()) == (real.status_code, real.json())
    assert Workspace.objects.get().name == "Acme"
