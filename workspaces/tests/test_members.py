"""Members: the list, roles, removing and leaving."""

import uuid
from http import HTTPStatus

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from conftest import AsUser, MakeUser
from workspaces import actions
from workspaces.errors import AlreadyMember, ManagersOnly
from workspaces.models import Membership, Workspace
from workspaces.signals import member_added, member_removed
from workspaces.tests.answers import refused


def url(workspace: Workspace, membership: Membership | None = None) -> str:
    path = f"/workspaces/{workspace.pk}/members"
    return f"{path}/{membership.pk}" if membership else path


def test_member_sees_everyone(
    as_user: AsUser, owner: Membership, admin: Membership, member: Membership
) -> None:
    rows = as_user(member.user).get(url(member.workspace)).json()["results"]

    assert [(r["email"], r["role"], r["is_owner"]) for r in rows] == [
        ("member@example.com", "member", False),
        ("admin@example.com", "admin", False),
        ("owner@example.com", "admin", True),
    ]
    assert set(rows[0]) == {
        "id",
        "user_id",
        "email",
        "name",
        "role",
        "is_owner",
        "joined_at",
    }


def test_list_of_members_filters_by_role(
    as_user: AsUser, owner: Membership, member: Membership
) -> None:
    client = as_user(owner.user)

    rows = client.get(url(owner.workspace) + "?role=member").json()["results"]
    assert [row["id"] for row in rows] == [str(member.pk)]
    junk = client.get(url(owner.workspace) + "?role=king")
    assert junk.status_code == HTTPStatus.BAD_REQUEST


def test_list_of_members_costs_three_statements_however_many_rows(
    as_user: AsUser,
    owner: Membership,
    make_user: MakeUser,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = as_user(owner.user)
    for n in range(4):
        owner.workspace.memberships.create(user=make_user(f"m{n}"))
        with django_assert_num_queries(3):  # the login, the door, the rows
            client.get(url(owner.workspace))


def test_outsider_and_nobody_see_no_members(
    as_user: AsUser, outsider: User, anonymous: APIClient, member: Membership
) -> None:
    for path in [url(member.workspace), url(member.workspace, member)]:
        for method in ["get", "patch", "delete"]:
            response = getattr(as_user(outsider), method)(path)
            assert refused(response, HTTPStatus.NOT_FOUND, "not_found")
            response = getattr(anonymous, method)(path)
            assert refused(response, HTTPStatus.UNAUTHORIZED, "not_authenticated")
    assert Membership.objects.filter(pk=member.pk).exists()


@pytest.mark.parametrize("by", ["owner", "admin"])
def test_managers_change_roles_and_it_holds_on_the_next_request(
    as_user: AsUser, owner: Membership, admin: Membership, member: Membership, by: str
) -> None:
    boss = as_user({"owner": owner, "admin": admin}[by].user)
    client = as_user(member.user)
    rename = {"name": "Mine"}
    path = f"/workspaces/{member.workspace_id}"
    assert client.patch(path, rename).status_code == HTTPStatus.FORBIDDEN

    response = boss.patch(url(member.workspace, member), {"role": "admin"})
    assert (response.status_code, response.json()["role"]) == (HTTPStatus.OK, "admin")
    assert client.patch(path, rename).status_code == HTTPStatus.OK

    boss.patch(url(member.workspace, member), {"role": "member"})
    assert client.patch(path, rename).status_code == HTTPStatus.FORBIDDEN


def test_member_cannot_raise_a_role_not_even_the_own(
    as_user: AsUser, member: Membership
) -> None:
    response = as_user(member.user).patch(
        url(member.workspace, member), {"role": "admin"}
    )

    assert refused(response, HTTPStatus.FORBIDDEN, "permission_denied")
    member.refresh_from_db()
    assert member.role == "member"


@pytest.mark.parametrize("role", ["owner", "king", "", None, ["admin"], "a\x00", 1])
def test_unknown_role_is_a_bad_request(
    as_user: AsUser, owner: Membership, member: Membership, role: object
) -> None:
    response = as_user(owner.user).patch(url(owner.workspace, member), {"role": role})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    member.refresh_from_db()
    assert member.role == "member"


def test_change_without_a_role_changes_nothing(
    as_user: AsUser, owner: Membership, member: Membership
) -> None:
    response = as_user(owner.user).patch(
        url(owner.workspace, member), {"user": str(owner.user_id), "is_owner": True}
    )

    assert response.status_code == HTTPStatus.OK
    assert response.json()["user_id"] == str(member.user_id)
    assert response.json()["is_owner"] is False


def test_owner_can_be_neither_demoted_nor_removed(
    as_user: AsUser, owner: Membership, admin: Membership
) -> None:
    path = url(owner.workspace, owner)
    for boss in [owner, admin]:
        client = as_user(boss.user)
        response = client.patch(path, {"role": "member"})
        assert refused(response, HTTPStatus.CONFLICT, "owner_cannot_be_demoted")
        response = client.delete(path)
        assert refused(response, HTTPStatus.CONFLICT, "owner_cannot_be_removed")
    owner.refresh_from_db()
    assert owner.role == "admin"


def test_removed_member_is_out_on_the_next_request(
    as_user: AsUser, admin: Membership, member: Membership
) -> None:
    client = as_user(member.user)
    assert client.get(url(member.workspace)).status_code == HTTPStatus.OK

    response = as_user(admin.user).delete(url(member.workspace, member))

    assert response.status_code == HTTPStatus.NO_CONTENT
    assert client.get(url(member.workspace)).status_code == HTTPStatus.NOT_FOUND
    assert client.get("/workspaces").json()["results"] == []
    assert User.objects.filter(pk=member.user_id).exists()


def test_member_removes_nobody(
    as_user: AsUser, admin: Membership, member: Membership
) -> None:
    client = as_user(member.user)
    for victim in [admin, member]:
        response = client.delete(url(member.workspace, victim))
        assert refused(response, HTTPStatus.FORBIDDEN, "permission_denied")
    assert member.workspace.memberships.count() == 3


@pytest.mark.parametrize("key", [uuid.uuid4(), "nonsense", "1", "a" * 2000])
def test_unknown_member_is_not_found(
    as_user: AsUser, owner: Membership, key: object
) -> None:
    response = as_user(owner.user).delete(f"{url(owner.workspace)}/{key}")

    assert refused(response, HTTPStatus.NOT_FOUND, "not_found")


def test_member_of_another_workspace_is_not_found_through_the_own(
    as_user: AsUser, outsider: User, member: Membership
) -> None:
    mine = actions.create_workspace(name="Mine", by=outsider)
    path = url(mine.workspace, member)
    client = as_user(outsider)

    assert client.delete(path).status_code == HTTPStatus.NOT_FOUND
    assert client.patch(path, {"role": "admin"}).status_code == HTTPStatus.NOT_FOUND
    member.refresh_from_db()
    assert member.role == "member"


@pytest.mark.parametrize("role", ["admin", "member"])
def test_everyone_but_the_owner_leaves(
    as_user: AsUser, owner: Membership, admin: Membership, member: Membership, role: str
) -> None:
    who = {"admin": admin, "member": member}[role]
    client = as_user(who.user)
    path = f"/workspaces/{who.workspace_id}"

    assert client.post(f"{path}/leave").status_code == HTTPStatus.NO_CONTENT
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND
    assert client.post(f"{path}/leave").status_code == HTTPStatus.NOT_FOUND
    assert owner.workspace.memberships.count() == 2


def test_owner_cannot_leave(as_user: AsUser, owner: Membership) -> None:
    response = as_user(owner.user).post(f"/workspaces/{owner.workspace_id}/leave")

    assert refused(response, HTTPStatus.CONFLICT, "owner_cannot_leave")
    assert Membership.objects.filter(pk=owner.pk).exists()


def test_managers_add_members(
    owner: Membership, member: Membership, outsider: User
) -> None:
    with pytest.raises(ManagersOnly):
        actions.add_member(user=outsider, by=member)
    added = actions.add_member(user=outsider, by=owner)
    with pytest.raises(AlreadyMember):
        actions.add_member(user=outsider, by=owner)

    assert (added.role, added.workspace) == ("member", owner.workspace)


def test_floors_above_hear_who_comes_and_goes(
    owner: Membership, outsider: User
) -> None:
    heard: list[tuple[str, object, object]] = []

    def added(membership: Membership, **kwargs: object) -> None:
        heard.append(("added", membership.pk, membership.user_id))

    def removed(membership: Membership, **kwargs: object) -> None:
        heard.append(("removed", membership.pk, membership.user_id))

    member_added.connect(added)
    member_removed.connect(removed)
    try:
        new = actions.add_member(user=outsider, by=owner)
        actions.leave_workspace(by=new)
    finally:
        member_added.disconnect(added)
        member_removed.disconnect(removed)

    assert heard == [
        ("added", new.pk, outsider.pk),
        ("removed", new.pk, outsider.pk),
    ]
