"""SC 79 for workspaces: what keeps an account, and what goes with it."""

from http import HTTPStatus

import pytest
from rest_framework.test import APIClient

from accounts.deletion import blockers, delete_account
from accounts.errors import AccountInUse
from accounts.export import everything_about
from accounts.models import User
from conftest import AsUser
from workspaces import actions
from workspaces.models import Membership, Workspace


def test_sc_079_who_owns_a_workspace_with_others_is_refused(
    owner: Membership, member: Membership
) -> None:
    alone = actions.create_workspace(name="Alone", by=owner.user).workspace

    with pytest.raises(AccountInUse) as refusal:
        delete_account(owner.user, by=owner.user)

    blocker, *others = refusal.value.data["blockers"]
    assert others == []
    assert blocker["code"] == "owns_workspace"
    assert blocker["id"] == str(owner.workspace_id)
    assert owner.workspace.name in blocker["detail"]
    assert Workspace.objects.filter(pk__in=[alone.pk, owner.workspace_id]).count() == 2
    assert Membership.objects.filter(user=owner.user).count() == 2


def test_sc_079_a_workspace_of_one_goes_with_its_owner(
    owner: Membership, outsider: User
) -> None:
    theirs = actions.create_workspace(name="Theirs", by=outsider).workspace

    delete_account(owner.user, by=owner.user)

    assert list(Workspace.objects.all()) == [theirs]
    assert not User.objects.filter(pk=owner.user_id).exists()


def test_sc_079_a_suspended_or_disabled_workspace_is_no_way_around(
    owner: Membership, member: Membership
) -> None:
    actions.disable_workspace(owner.workspace, by=owner)

    assert [b.code for b in blockers(owner.user, by=owner.user)] == ["owns_workspace"]


def test_sc_079_a_member_leaves_every_workspace(
    owner: Membership, member: Membership, as_user: AsUser
) -> None:
    client: APIClient = as_user(owner.user)

    delete_account(member.user, by=member.user)

    assert list(owner.workspace.memberships.all()) == [owner]
    answer = client.get(f"/workspaces/{owner.workspace_id}/members")
    assert answer.status_code == HTTPStatus.OK
    assert len(answer.json()["results"]) == 1


def test_the_export_names_memberships_and_what_is_owned(
    owner: Membership, member: Membership
) -> None:
    of_owner = everything_about(owner.user)["parts"]["workspaces"]
    of_member = everything_about(member.user)["parts"]["workspaces"]

    assert [w["id"] for w in of_owner["owned"]] == [str(owner.workspace_id)]
    assert of_member["owned"] == []
    assert [m["role"] for m in of_member["memberships"]] == ["member"]
    assert of_member["memberships"][0]["workspace__name"] == owner.workspace.name
    assert owner.user.email not in str(of_member)
