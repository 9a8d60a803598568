"""Notes and notebooks over HTTP."""

from workspaces.api.base import WorkspaceModelViewSet
from workspaces.tests.notes.api.serializers import NotebookSerializer, NoteSerializer
from workspaces.tests.notes.models import Note, Notebook


class NotebookViewSet(WorkspaceModelViewSet):
    queryset = Notebook.objects.all()
    serializer_class = NotebookSerializer
    managers_only = {"destroy"}


class NoteViewSet(WorkspaceModelViewSet):
    queryset = Note.objects.all()
    serializer_class = NoteSerializer
    open_when_disabled = {"list", "retrieve"}
