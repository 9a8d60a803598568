"""Handing a workspace over: the owner alone, to a member alone, at once."""

import uuid
from http import HTTPStatus

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from conftest import AsUser
from workspaces import actions
from workspaces.errors import OwnerOnly, WorkspaceNotFound
from workspaces.models import Membership, Workspace
from workspaces.tests.answers import refused


def url(membership: Membership) -> str:
    return f"/workspaces/{membership.workspace_id}/transfer"


def to(membership: Membership) -> dict[str, str]:
    return {"member": str(membership.pk)}


def test_the_member_owns_it_and_the_owner_of_before_stays_an_admin(
    as_user: AsUser, owner: Membership, member: Membership
) -> None:
    client = as_user(owner.user)

    response = client.post(url(owner), to(member))

    assert response.status_code == HTTPStatus.OK
    body = response.json()
    assert (body["id"], body["is_owner"], body["role"]) == (
        str(owner.workspace_id),
        False,
        "admin",
    )
    assert Workspace.objects.get().owner == member.user
    member.refresh_from_db()
    assert member.role == "admin"
    again = client.post(url(owner), to(member))
    assert refused(again, HTTPStatus.FORBIDDEN, "permission_denied")
    left = client.post(f"/workspaces/{owner.workspace_id}/leave")
    assert left.status_code == HTTPStatus.NO_CONTENT
    deleted = as_user(member.user).delete(f"/workspaces/{owner.workspace_id}")
    assert deleted.status_code == HTTPStatus.NO_CONTENT


def test_nobody_else_hands_it_over(
    as_user: AsUser,
    owner: Membership,
    admin: Membership,
    member: Membership,
    outsider: User,
    anonymous: APIClient,
) -> None:
    for who in (admin, member):
        response = as_user(who.user).post(url(owner), to(who))
        assert refused(response, HTTPStatus.FORBIDDEN, "permission_denied")
    response = as_user(outsider).post(url(owner), to(member))
    assert refused(response, HTTPStatus.NOT_FOUND, "not_found")
    response = anonymous.post(url(owner), to(member))
    assert refused(response, HTTPStatus.UNAUTHORIZED, "not_authenticated")
    assert Workspace.objects.get().owner == owner.user


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"member": None}, "null"),
        ({"member": "zz"}, "invalid"),
        ({"member": "a\0"}, "null_characters_not_allowed"),
        ({"member": ["x"]}, "invalid"),
    ],
)
def test_what_is_no_member_is_a_bad_request(
    as_user: AsUser, owner: Membership, body: dict[str, object], code: str
) -> None:
    response = as_user(owner.user).post(url(owner), body)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    [error] = response.json()["errors"]
    assert (error["code"], error["attr"]) == (code, "member")


def test_an_unknown_member_and_one_of_another_workspace_are_not_found(
    as_user: AsUser, owner: Membership, outsider: User
) -> None:
    theirs = actions.create_workspace(name="Theirs", by=outsider)

    for key in (uuid.uuid4(), theirs.pk):
        response = as_user(owner.user).post(url(owner), {"member": str(key)})
        assert refused(response, HTTPStatus.NOT_FOUND, "not_found")
    with pytest.raises(WorkspaceNotFound):
        actions.transfer_workspace(theirs, by=owner)
    assert Workspace.objects.get(pk=owner.workspace_id).owner == owner.user


def test_the_owner_has_it_already(as_user: AsUser, owner: Membership) -> None:
    response = as_user(owner.user).post(url(owner), to(owner))

    assert refused(response, HTTPStatus.CONFLICT, "already_the_owner")


def test_a_disabled_workspace_is_not_handed_over(
    as_user: AsUser, owner: Membership, member: Membership
) -> None:
    actions.disable_workspace(owner.workspace, by=owner)

    response = as_user(owner.user).post(url(owner), to(member))

    assert refused(response, HTTPStatus.FORBIDDEN, "workspace_disabled")
    assert Workspace.objects.get().owner == owner.user


def test_an_owner_of_before_can_neither_hand_over_nor_delete(
    owner: Membership, admin: Membership, member: Membership
) -> None:
    loaded = Membership.objects.select_related("workspace").get(pk=owner.pk)
    actions.transfer_workspace(admin, by=owner)

    with pytest.raises(OwnerOnly):
        actions.transfer_workspace(member, by=loaded)
    loaded = Membership.objects.select_related("workspace").get(pk=owner.pk)
    loaded.workspace.owner_id = owner.user_id  # as it was when it was loaded
    with pytest.raises(OwnerOnly):
        actions.delete_workspace(loaded.workspace, by=loaded)

    assert Workspace.objects.get().owner == admin.user
