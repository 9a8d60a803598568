"""A note belongs to its workspace, whoever asks."""

from http import HTTPStatus

from accounts.models import User
from conftest import AsUser
from workspaces.models import Membership
from workspaces.tests.notes.models import Note, Notebook


def test_note_is_read_by_members_only(
    as_user: AsUser, member: Membership, outsider: User
) -> None:
    notebook = Notebook.objects.create(workspace=member.workspace, title="Ideas")
    path = f"/workspaces/{member.workspace_id}/notes"
    new = {"notebook": str(notebook.pk), "text": "Fly"}

    created = as_user(member.user).post(path, new)

    assert created.status_code == HTTPStatus.CREATED
    assert Note.objects.get().workspace == member.workspace
    detail = f"{path}/{created.json()['id']}"
    assert as_user(member.user).get(detail).json()["text"] == "Fly"
    for method in ["get", "patch", "delete"]:
        response = getattr(as_user(outsider), method)(detail)
        assert response.status_code == HTTPStatus.NOT_FOUND
    assert Note.objects.count() == 1
