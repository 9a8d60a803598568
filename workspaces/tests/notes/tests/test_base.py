"""What the base promises to every viewset on top of it."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from conftest import AsUser
from workspaces import actions
from workspaces.models import Membership, Workspace
from workspaces.tests.answers import code, refused
from workspaces.tests.notes.models import Note, Notebook


def notes(workspace: Workspace, note: Note | None = None) -> str:
    path = f"/workspaces/{workspace.pk}/notes"
    return f"{path}/{note.pk}" if note else path


@pytest.fixture
def note(workspace: Workspace) -> Note:
    notebook = Notebook.objects.create(workspace=workspace, title="Ideas")
    return Note.objects.create(workspace=workspace, notebook=notebook, text="Fly")


@pytest.fixture
def foreign(outsider: User) -> Notebook:
    """A notebook of another workspace, that of the outsider."""
    other = actions.create_workspace(name="Other", by=outsider)
    return Notebook.objects.create(workspace=other.workspace, title="Secret")


def test_new_row_lands_in_the_workspace_of_the_path(
    as_user: AsUser, member: Membership, note: Note, foreign: Notebook
) -> None:
    body = {
        "notebook": str(note.notebook_id),
        "text": "Swim",
        "workspace": str(foreign.workspace_id),
        "workspace_id": str(foreign.workspace_id),
    }
    response = as_user(member.user).post(notes(member.workspace), body)

    assert response.status_code == HTTPStatus.CREATED
    assert Note.objects.get(text="Swim").workspace == member.workspace


def test_workspace_is_read_only_even_where_a_serializer_shows_it(
    as_user: AsUser, member: Membership, note: Note, foreign: Notebook
) -> None:
    body = {"text": "Swim", "workspace": str(foreign.workspace_id)}
    path = f"/workspaces/{member.workspace_id}/shown/{note.pk}"
    response = as_user(member.user).patch(path, body)

    assert response.json()["workspace"] == str(member.workspace_id)
    note.refresh_from_db()
    assert (note.text, note.workspace) == ("Swim", member.workspace)


def test_row_never_moves_to_another_workspace(
    as_user: AsUser, member: Membership, note: Note, foreign: Notebook
) -> None:
    body = {"text": "Swim", "workspace": str(foreign.workspace_id)}
    response = as_user(member.user).patch(notes(member.workspace, note), body)

    assert response.status_code == HTTPStatus.OK
    note.refresh_from_db()
    assert (note.text, note.workspace) == ("Swim", member.workspace)


@pytest.mark.parametrize("method", ["post", "patch"])
def test_row_of_another_workspace_cannot_be_referred_to(
    as_user: AsUser, member: Membership, note: Note, foreign: Notebook, method: str
) -> None:
    path = notes(member.workspace, None if method == "post" else note)
    body = {"notebook": str(foreign.pk), "text": "Peek"}
    response = getattr(as_user(member.user), method)(path, body)

    assert refused(response, HTTPStatus.BAD_REQUEST, "does_not_exist")
    assert not foreign.notes.exists()


def test_row_is_not_found_through_another_workspace(
    as_user: AsUser, outsider: User, note: Note, foreign: Notebook
) -> None:
    client = as_user(outsider)
    for method in ["get", "patch", "delete"]:
        response = getattr(client, method)(notes(foreign.workspace, note))
        assert refused(response, HTTPStatus.NOT_FOUND, "not_found")
    assert client.get(notes(foreign.workspace)).json()["results"] == []
    assert Note.objects.get() == note


def test_outsider_and_nobody_stay_out(
    as_user: AsUser, outsider: User, anonymous: APIClient, note: Note
) -> None:
    for path in [notes(note.workspace), notes(note.workspace, note)]:
        for method in ["get", "post", "patch", "put", "delete", "options", "head"]:
            response = getattr(as_user(outsider), method)(path)
            assert response.status_code == HTTPStatus.NOT_FOUND
            response = getattr(anonymous, method)(path)
            assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert Note.objects.get() == note


def test_disabled_workspace_allows_the_named_actions_alone(
    as_user: AsUser, owner: Membership, note: Note
) -> None:
    actions.disable_workspace(owner.workspace, by=owner, reason="Holidays.")
    client = as_user(owner.user)

    assert client.get(notes(note.workspace)).status_code == HTTPStatus.OK
    assert client.get(notes(note.workspace, note)).status_code == HTTPStatus.OK
    assert code(client.post(notes(note.workspace))) == "workspace_disabled"
    assert code(client.patch(notes(note.workspace, note))) == "workspace_disabled"
    assert code(client.delete(notes(note.workspace, note))) == "workspace_disabled"
    notebooks = f"/workspaces/{note.workspace_id}/notebooks"
    assert code(client.get(notebooks)) == "workspace_disabled"


def test_suspended_workspace_allows_nothing_that_is_not_named(
    as_user: AsUser, owner: Membership, note: Note, staff: User
) -> None:
    actions.suspend_workspace(owner.workspace, by=staff)

    response = as_user(owner.user).get(notes(note.workspace))
    assert refused(response, HTTPStatus.FORBIDDEN, "workspace_suspended")


def test_actions_for_managers_refuse_members(
    as_user: AsUser, member: Membership, admin: Membership, note: Note
) -> None:
    path = f"/workspaces/{note.workspace_id}/notebooks/{note.notebook_id}"

    assert as_user(member.user).get(path).status_code == HTTPStatus.OK
    response = as_user(member.user).delete(path)
    assert refused(response, HTTPStatus.FORBIDDEN, "permission_denied")
    assert Notebook.objects.exists()
    assert as_user(admin.user).delete(path).status_code == HTTPStatus.NO_CONTENT
    assert not Notebook.objects.exists()


def test_sc_084_workspace_of_the_path_counts_only_for_its_members(
    as_user: AsUser, owner: Membership, member: Membership, note: Note
) -> None:
    client = as_user(member.user)
    client.credentials(**client._credentials, HTTP_X_WORKSPACE=str(note.workspace_id))
    assert client.get(notes(note.workspace)).status_code == HTTPStatus.OK

    actions.remove_member(member, by=owner)

    path = notes(note.workspace)
    for sent in [path, f"{path}?workspace_id={note.workspace_id}"]:
        assert client.get(sent).status_code == HTTPStatus.NOT_FOUND


def test_sc_084_lowered_role_holds_on_the_next_request(
    as_user: AsUser, owner: Membership, admin: Membership, note: Note
) -> None:
    client = as_user(admin.user)
    actions.change_role(admin, by=owner, role=Membership.Role.MEMBER)

    path = f"/workspaces/{note.workspace_id}/notebooks/{note.notebook_id}"
    assert client.delete(path).status_code == HTTPStatus.FORBIDDEN
    assert Notebook.objects.exists()


def test_deactivated_member_is_out_on_the_next_request(
    as_user: AsUser, member: Membership, note: Note
) -> None:
    client = as_user(member.user)
    member.user.is_active = False
    member.user.save()

    assert client.get(notes(note.workspace)).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    ("method", "body", "statements"),
    [
        ("get", None, ["SELECT", "SELECT", "SELECT"]),
        ("post", {"text": "Swim"}, ["SELECT", "SELECT", "SELECT", "INSERT"]),
    ],
)
def test_door_costs_one_statement(
    as_user: AsUser,
    member: Membership,
    note: Note,
    method: str,
    body: dict | None,
    statements: list[str],
) -> None:
    """The login, the door, then the row; a reference given costs its look-up."""
    client = as_user(member.user)
    if body:
        body["notebook"] = str(note.notebook_id)
    with CaptureQueriesContext(connection) as queries:
        getattr(client, method)(notes(member.workspace), body)

    assert [query["sql"].split()[0] for query in queries] == statements


@pytest.mark.parametrize("junk", ["nonsense", 1, None, [], {}, "a\x00"])
def test_junk_reference_is_a_bad_request(
    as_user: AsUser, member: Membership, note: Note, junk: object
) -> None:
    response = as_user(member.user).post(
        notes(member.workspace), {"notebook": junk, "text": "x"}
    )

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["attr"] == "notebook"
