"""Support at work in the admin."""

from http import HTTPStatus

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from conftest import AsUser, MakeUser
from workspaces.actions import create_workspace
from workspaces.models import Membership, Workspace

LIST = "/admin/workspaces/workspace/"


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def act(desk: Client, workspace: Workspace, action: str, reason: str = "") -> str:
    """The message that staff sees."""
    response = desk.post(
        LIST,
        {"action": action, "_selected_action": [str(workspace.pk)], "reason": reason},
        follow=True,
    )
    return " ".join(str(message) for message in response.context["messages"])


@pytest.mark.parametrize(
    "query", ["?q=acme", "?q=owner@example.com", "?state=open", "?q=zebra", "?state=x"]
)
def test_staff_finds_a_workspace(
    desk: Client, workspace: Workspace, query: str
) -> None:
    response = desk.get(LIST + query)

    assert response.status_code == HTTPStatus.OK
    assert ("acme" in response.content.decode()) == (query != "?q=zebra")


def test_list_costs_the_same_for_any_number_of_rows(
    desk: Client, make_user: MakeUser, django_assert_max_num_queries: object
) -> None:
    for n in range(20):
        create_workspace(name=f"W{n}", by=make_user(f"u{n}"))
    with django_assert_max_num_queries(8):
        desk.get(LIST)


def test_suspending_closes_at_once_and_is_on_record(
    desk: Client, as_user: AsUser, owner: Membership, staff: User
) -> None:
    client = as_user(owner.user)
    members = f"/workspaces/{owner.workspace_id}/members"

    assert "suspended" in act(desk, owner.workspace, "suspend", "Fraud, ticket 12.")
    assert client.get(members).status_code == HTTPStatus.FORBIDDEN
    entry = LogEntry.objects.get(object_id=str(owner.workspace_id))
    assert entry.user == staff
    assert "Fraud, ticket 12." in entry.get_change_message()

    act(desk, owner.workspace, "lift_suspension")
    assert client.get(members).status_code == HTTPStatus.OK
    assert LogEntry.objects.count() == 2


def test_disabling_shows_the_reason_to_members(
    desk: Client, as_user: AsUser, owner: Membership, staff: User
) -> None:
    act(desk, owner.workspace, "disable", "On your request.")

    response = as_user(owner.user).get(f"/workspaces/{owner.workspace_id}/members")
    assert response.json()["disabled_reason"] == "On your request."
    assert Workspace.objects.get().disabled_by == staff

    act(desk, owner.workspace, "disable", "Another.")
    assert Workspace.objects.get().disabled_reason == "On your request."

    act(desk, owner.workspace, "enable")
    assert not Workspace.objects.get().is_disabled
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("action", ["suspend", "disable"])
def test_closing_without_a_reason_does_nothing(
    desk: Client, workspace: Workspace, action: str
) -> None:
    assert "give a reason" in act(desk, workspace, action, "  ")
    workspace.refresh_from_db()
    assert not workspace.is_disabled
    assert not workspace.is_suspended
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("key", ["zz", "a\0", ""])
@pytest.mark.parametrize("action", ["suspend", "delete_selected"])
def test_a_malformed_selection_is_refused(
    desk: Client, workspace: Workspace, action: str, key: str
) -> None:
    data = {
        "action": action,
        "_selected_action": [str(workspace.pk), key],
        "reason": "Fraud.",
        "post": "yes",
    }
    response = desk.post(LIST, data, follow=True)

    assert response.redirect_chain == [(LIST, HTTPStatus.FOUND)]
    assert "the selection is malformed" in response.content.decode()
    assert not Workspace.objects.get().is_suspended


def test_staff_without_the_permission_cannot_close(
    client: Client, workspace: Workspace, make_user: MakeUser
) -> None:
    client.force_login(make_user("clerk", is_staff=True))
    response = client.post(
        LIST,
        {"action": "suspend", "_selected_action": [workspace.pk], "reason": "x"},
    )

    assert response.status_code == HTTPStatus.FORBIDDEN
    workspace.refresh_from_db()
    assert not workspace.is_suspended


def test_page_shows_members_and_changes_the_name_alone(
    desk: Client, owner: Membership, member: Membership, outsider: User
) -> None:
    page = f"{LIST}{owner.workspace_id}/change/"
    html = desk.get(page).content.decode()
    assert "member@example.com" in html

    response = desk.post(
        page,
        {
            "name": "Renamed",
            "slug": "acme",
            "owner": str(outsider.pk),
            "suspended_at_0": "2026-01-01",
            "suspended_at_1": "00:00",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": str(member.pk),
            "memberships-0-role": "admin",
            "memberships-0-DELETE": "on",
        },
    )

    assert response.status_code == HTTPStatus.FOUND
    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.owner) == ("Renamed", owner.user)
    member.refresh_from_db()
    assert member.role == "member"
    assert not workspace.is_suspended


def test_new_workspace_has_its_owner_as_member(desk: Client, outsider: User) -> None:
    response = desk.post(
        f"{LIST}add/", {"name": "New", "slug": "new", "owner": str(outsider.pk)}
    )

    assert response.status_code == HTTPStatus.FOUND
    membership = Membership.objects.get()
    assert (membership.user, membership.role) == (outsider, "admin")
    assert membership.is_owner


def test_taken_slug_is_said_in_the_form(
    desk: Client, workspace: Workspace, outsider: User
) -> None:
    response = desk.post(
        f"{LIST}add/", {"name": "New", "slug": "acme", "owner": str(outsider.pk)}
    )

    assert response.status_code == HTTPStatus.OK
    assert response.context["errors"]
    assert Workspace.objects.count() == 1


def test_staff_deletes_from_the_page_and_from_the_list(
    desk: Client, workspace: Workspace, outsider: User
) -> None:
    other = create_workspace(name="Other", by=outsider).workspace
    desk.post(f"{LIST}{workspace.pk}/delete/", {"post": "yes"})
    assert Workspace.objects.get() == other

    data = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    desk.post(LIST, data)
    assert not Workspace.objects.exists()


def test_memberships_are_titled_by_people_and_places(
    desk: Client, workspace: Workspace
) -> None:
    told = desk.get(f"{LIST}{workspace.pk}/change/").content.decode()

    assert f"{workspace.owner.email} in {workspace.name}" in told


def test_members_cost_no_query_each(
    desk: Client,
    workspace: Workspace,
    make_user: MakeUser,
    django_assert_num_queries: object,
) -> None:
    page = f"{LIST}{workspace.pk}/change/"
    with CaptureQueriesContext(connection) as alone:
        desk.get(page)
    for n in range(5):
        workspace.memberships.create(user=make_user(f"m{n}"), role="member")

    with django_assert_num_queries(len(alone)):
        desk.get(page)
