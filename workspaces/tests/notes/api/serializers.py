"""The JSON of notes and notebooks."""

from workspaces.api.base import WorkspaceModelSerializer
from workspaces.tests.notes.models import Note, Notebook


class NotebookSerializer(WorkspaceModelSerializer):
    class Meta:
        model = Notebook
        fields = ["id", "title", "created_at"]


class NoteSerializer(WorkspaceModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "notebook", "text", "created_at"]
