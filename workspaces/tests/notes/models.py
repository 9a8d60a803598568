"""Notes in notebooks, both of a workspace."""

import uuid

from django.db import models
from django.utils import timezone

from workspaces.models import WorkspaceOwned


class Notebook(WorkspaceOwned):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.title


class Note(WorkspaceOwned):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notebook = models.ForeignKey(
        Notebook, on_delete=models.CASCADE, related_name="notes"
    )
    text = models.CharField(max_length=1000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.text
