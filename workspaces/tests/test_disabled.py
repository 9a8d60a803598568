"""Disabled means disabled, at once; suspended means that only staff can undo it."""

from http import HTTPStatus

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from conftest import AsUser
from workspaces import actions
from workspaces.errors import ManagersOnly, StaffOnly, WorkspaceNotFound
from workspaces.models import Membership, Workspace
from workspaces.tests.answers import code, refused


def url(workspace: Workspace, then: str = "") -> str:
    return f"/workspaces/{workspace.pk}{then}"


@pytest.fixture
def disabled(owner: Membership) -> Workspace:
    actions.disable_workspace(owner.workspace, by=owner, reason="Unpaid bills.")
    return owner.workspace


@pytest.fixture
def suspended(workspace: Workspace, staff: User) -> Workspace:
    actions.suspend_workspace(workspace, by=staff)
    return workspace


def test_admin_disables_with_a_reason(as_user: AsUser, admin: Membership) -> None:
    response = as_user(admin.user).post(
        url(admin.workspace, "/disable"), {"reason": "Moving out."}
    )

    assert response.status_code == HTTPStatus.OK
    body = response.json()
    assert (body["is_disabled"], body["disabled_reason"]) == (True, "Moving out.")
    workspace = Workspace.objects.get()
    assert workspace.disabled_at is not None
    assert workspace.disabled_by == admin.user


def test_disabling_needs_no_reason(as_user: AsUser, owner: Membership) -> None:
    client = as_user(owner.user)
    client.post(url(owner.workspace, "/disable"))
    response = client.get(url(owner.workspace, "/members"))

    assert refused(response, HTTPStatus.FORBIDDEN, "workspace_disabled")
    assert response.json()["disabled_reason"] == ""


def test_tokens_issued_before_are_refused_with_the_reason(
    as_user: AsUser, owner: Membership, member: Membership
) -> None:
    client = as_user(member.user)
    assert client.get(url(member.workspace, "/members")).status_code == HTTPStatus.OK

    actions.disable_workspace(owner.workspace, by=owner, reason="Unpaid bills.")
    response = client.get(url(member.workspace, "/members"))

    assert refused(response, HTTPStatus.FORBIDDEN, "workspace_disabled")
    assert response.json()["disabled_reason"] == "Unpaid bills."
    assert response.json()["errors"][0]["detail"].endswith("Reason: Unpaid bills.")


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
@pytest.mark.parametrize(
    ("method", "then"),
    [
        ("patch", ""),
        ("post", "/disable"),
        ("get", "/members"),
        ("patch", "/members/{member}"),
        ("delete", "/members/{member}"),
        ("options", ""),
        ("put", ""),
    ],
)
def test_everything_else_is_closed_to_every_role(
    as_user: AsUser,
    owner: Membership,
    admin: Membership,
    member: Membership,
    disabled: Workspace,
    method: str,
    then: str,
    role: str,
) -> None:
    client = as_user({"owner": owner, "admin": admin, "member": member}[role].user)
    response = getattr(client, method)(url(disabled, then.format(member=member.pk)))

    assert refused(response, HTTPStatus.FORBIDDEN, "workspace_disabled")
    assert disabled.memberships.count() == 3


def test_reading_it_and_finding_it_in_the_list_stay_open(
    as_user: AsUser, member: Membership, disabled: Workspace
) -> None:
    client = as_user(member.user)

    assert client.get(url(disabled)).json()["disabled_reason"] == "Unpaid bills."
    assert client.get("/workspaces").json()["results"][0]["is_disabled"] is True


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_managers_enable_it_again(
    as_user: AsUser,
    owner: Membership,
    admin: Membership,
    disabled: Workspace,
    role: str,
) -> None:
    client = as_user({"owner": owner, "admin": admin}[role].user)
    response = client.post(url(disabled, "/enable"))

    assert response.status_code == HTTPStatus.OK
    body = response.json()
    assert (body["is_disabled"], body["disabled_at"], body["disabled_reason"]) == (
        False,
        None,
        "",
    )
    assert Workspace.objects.get().disabled_by is None
    assert client.get(url(disabled, "/members")).status_code == HTTPStatus.OK


def test_enabling_an_open_workspace_changes_nothing(
    as_user: AsUser, owner: Membership
) -> None:
    response = as_user(owner.user).post(url(owner.workspace, "/enable"))

    assert response.status_code == HTTPStatus.OK
    assert response.json()["is_disabled"] is False


def test_the_first_closing_counts(
    owner: Membership, disabled: Workspace, staff: User
) -> None:
    before = Workspace.objects.values().get()

    again = actions.disable_workspace(disabled, by=staff, reason="Another.")

    assert not again
    assert Workspace.objects.values().get() == before


def test_the_first_suspension_counts(suspended: Workspace, staff: User) -> None:
    since = Workspace.objects.get().suspended_at

    assert not actions.suspend_workspace(suspended, by=staff)
    assert Workspace.objects.get().suspended_at == since


MANAGING = {
    "rename": lambda by: actions.rename_workspace(by.workspace, by=by, name="Mine"),
    "disable": lambda by: actions.disable_workspace(by.workspace, by=by),
    "enable": lambda by: actions.enable_workspace(by.workspace, by=by),
}


@pytest.mark.parametrize("act", MANAGING)
def test_an_admin_who_was_demoted_meanwhile_changes_nothing(
    owner: Membership, admin: Membership, act: str
) -> None:
    loaded = Membership.objects.select_related("workspace").get(pk=admin.pk)
    actions.change_role(admin, by=owner, role="member")
    if act == "enable":
        actions.disable_workspace(owner.workspace, by=owner)
    before = Workspace.objects.values().get()

    with pytest.raises(ManagersOnly):
        MANAGING[act](loaded)

    assert Workspace.objects.values().get() == before


@pytest.mark.parametrize("act", MANAGING)
def test_an_admin_who_was_removed_meanwhile_changes_nothing(
    owner: Membership, admin: Membership, act: str
) -> None:
    loaded = Membership.objects.select_related("workspace").get(pk=admin.pk)
    actions.remove_member(admin, by=owner)

    with pytest.raises(WorkspaceNotFound):
        MANAGING[act](loaded)


@pytest.mark.parametrize("then", ["/enable", "/disable"])
def test_member_outsider_and_nobody_can_neither_close_nor_open(
    as_user: AsUser,
    member: Membership,
    outsider: User,
    anonymous: APIClient,
    then: str,
) -> None:
    path = url(member.workspace, then)
    before = Workspace.objects.values().get()

    assert code(as_user(member.user).post(path)) == "permission_denied"
    assert as_user(outsider).post(path).status_code == HTTPStatus.NOT_FOUND
    assert anonymous.post(path).status_code == HTTPStatus.UNAUTHORIZED
    assert Workspace.objects.values().get() == before


def test_disabled_workspace_can_be_left(
    as_user: AsUser, member: Membership, disabled: Workspace
) -> None:
    response = as_user(member.user).post(url(disabled, "/leave"))

    assert response.status_code == HTTPStatus.NO_CONTENT
    assert not disabled.memberships.of(member.user).exists()


def test_owner_deletes_a_disabled_workspace(
    as_user: AsUser, owner: Membership, disabled: Workspace
) -> None:
    response = as_user(owner.user).delete(url(disabled))

    assert response.status_code == HTTPStatus.NO_CONTENT
    assert not Workspace.objects.exists()


def test_outsiders_learn_nothing_about_a_closed_workspace(
    as_user: AsUser, outsider: User, disabled: Workspace
) -> None:
    response = as_user(outsider).get(url(disabled, "/members"))

    assert refused(response, HTTPStatus.NOT_FOUND, "not_found")
    assert "disabled_reason" not in response.json()


@pytest.mark.parametrize(
    ("method", "then"),
    [
        ("patch", ""),
        ("delete", ""),
        ("post", "/enable"),
        ("post", "/disable"),
        ("get", "/members"),
        ("delete", "/members/{member}"),
    ],
)
def test_owner_cannot_work_in_or_reopen_a_suspended_workspace(
    as_user: AsUser,
    owner: Membership,
    member: Membership,
    suspended: Workspace,
    method: str,
    then: str,
) -> None:
    client = as_user(owner.user)
    response = getattr(client, method)(url(suspended, then.format(member=member.pk)))

    assert refused(response, HTTPStatus.FORBIDDEN, "workspace_suspended")
    suspended.refresh_from_db()
    assert suspended.is_suspended
    assert suspended.memberships.count() == 2


def test_suspended_workspace_can_be_read_and_left(
    as_user: AsUser, member: Membership, suspended: Workspace
) -> None:
    client = as_user(member.user)

    assert client.get(url(suspended)).json()["suspended_at"] is not None
    assert client.post(url(suspended, "/leave")).status_code == HTTPStatus.NO_CONTENT


def test_suspension_is_said_first_and_hides_nothing_when_lifted(
    as_user: AsUser, owner: Membership, disabled: Workspace, staff: User
) -> None:
    client = as_user(owner.user)
    actions.suspend_workspace(disabled, by=staff)
    assert code(client.get(url(disabled, "/members"))) == "workspace_suspended"

    actions.lift_suspension(disabled, by=staff)
    assert code(client.get(url(disabled, "/members"))) == "workspace_disabled"


def test_only_staff_with_the_permission_suspends(
    workspace: Workspace, owner: Membership, make_user: AsUser
) -> None:
    for user in [owner.user, make_user("clerk", is_staff=True)]:
        with pytest.raises(StaffOnly):
            actions.suspend_workspace(workspace, by=user)
        with pytest.raises(StaffOnly):
            actions.lift_suspension(workspace, by=user)
    workspace.refresh_from_db()
    assert not workspace.is_suspended


@pytest.mark.parametrize(
    ("reason", "error_code"),
    [
        ("a" * 501, "max_length"),
        ("a\x00", "null_characters_not_allowed"),
        ("a\nb", "control_characters"),
        (["a"], "invalid"),
    ],
)
def test_bad_reason_is_a_bad_request(
    as_user: AsUser, owner: Membership, reason: object, error_code: str
) -> None:
    response = as_user(owner.user).post(
        url(owner.workspace, "/disable"), {"reason": reason}
    )

    assert response.status_code == HTTPStatus.BAD_REQUEST
    codes = {error["code"] for error in response.json()["errors"]}
    assert error_code in codes
    assert not Workspace.objects.get().is_disabled
