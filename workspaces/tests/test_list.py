"""Reading one workspace and the list of one's own."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from conftest import AsUser
from workspaces.actions import create_workspace
from workspaces.models import Membership, Workspace
from workspaces.tests.answers import refused


def names(body: dict) -> list[str]:
    return [row["name"] for row in body["results"]]


@pytest.fixture
def three(outsider: User) -> list[Workspace]:
    """Of the outsider, joined an hour after each other: Disabled, Suspended, Open."""
    hour = timedelta(hours=1)
    found = []
    for age, name in enumerate(["Open", "Suspended", "Disabled"]):
        mine = create_workspace(name=name, by=outsider)
        mine.joined_at = timezone.now() - age * hour
        mine.save()
        found.append(mine.workspace)
    found[1].suspended_at = found[2].disabled_at = timezone.now()
    found[1].save()
    found[2].save()
    return found


def test_member_reads_workspace_and_own_role(
    as_user: AsUser, member: Membership
) -> None:
    body = as_user(member.user).get(f"/workspaces/{member.workspace_id}").json()

    assert body["id"] == str(member.workspace_id)
    assert (body["role"], body["is_owner"]) == ("member", False)


def test_upper_case_id_is_the_same_id(as_user: AsUser, member: Membership) -> None:
    path = f"/workspaces/{str(member.workspace_id).upper()}"

    assert as_user(member.user).get(path).json()["id"] == str(member.workspace_id)


def test_reading_one_costs_two_statements(
    as_user: AsUser,
    owner: Membership,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = as_user(owner.user)
    with django_assert_num_queries(2):
        client.get(f"/workspaces/{owner.workspace_id}")


def test_list_shows_own_workspaces_latest_joined_first(
    as_user: AsUser, three: list[Workspace], workspace: Workspace, outsider: User
) -> None:
    body = as_user(outsider).get("/workspaces").json()

    assert names(body) == ["Open", "Suspended", "Disabled"]
    assert (body["next"], body["previous"]) == (None, None)


def test_list_costs_two_statements_however_many_rows(
    as_user: AsUser, outsider: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_user(outsider)
    for n in range(5):
        create_workspace(name=f"W{n}", by=outsider)
        with django_assert_num_queries(2):
            body = client.get("/workspaces?page_size=3").json()
    assert len(body["results"]) == 3


def test_pages_hold_every_workspace_once(as_user: AsUser, outsider: User) -> None:
    now = timezone.now()
    for n in range(7):
        mine = create_workspace(name=f"W{n}", by=outsider)
        mine.joined_at = now  # the hardest case: nothing but the key tells them apart
        mine.save()
    client = as_user(outsider)
    seen, path = [], "/workspaces?page_size=2"
    while path:
        body = client.get(path).json()
        seen += names(body)
        path = body["next"]

    assert sorted(seen) == [f"W{n}" for n in range(7)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("active", "Open"), ("disabled", "Disabled"), ("suspended", "Suspended")],
)
def test_list_filters_by_state(
    as_user: AsUser, three: list[Workspace], outsider: User, state: str, expected: str
) -> None:
    body = as_user(outsider).get(f"/workspaces?state={state}").json()

    assert names(body) == [expected]


@pytest.mark.parametrize("junk", ["closed", "%ED%A0%80", "a" * 5000, "1'--"])
def test_junk_in_the_filter_is_a_bad_request(
    as_user: AsUser, outsider: User, junk: str
) -> None:
    response = as_user(outsider).get(f"/workspaces?state={junk}")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["attr"] == "state"


@pytest.mark.parametrize("junk", ["x", "cD1qdW5r", "cD05OTk5OTk5OTk5OTk5OTk5"])
def test_junk_cursor_is_a_bad_request(
    as_user: AsUser, outsider: User, junk: str
) -> None:
    create_workspace(name="W", by=outsider)
    response = as_user(outsider).get(f"/workspaces?cursor={junk}")

    assert refused(response, HTTPStatus.BAD_REQUEST, "invalid_cursor")


@pytest.mark.parametrize("size", ["-1", "0", "a"])
def test_junk_page_size_is_a_bad_request(
    as_user: AsUser, outsider: User, size: str
) -> None:
    response = as_user(outsider).get(f"/workspaces?page_size={size}")

    assert refused(response, HTTPStatus.BAD_REQUEST, "invalid_page_size")
