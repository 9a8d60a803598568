"""Under a label of its own: a product may well have an app called `notes`."""

from django.apps import AppConfig


class GuideNotesConfig(AppConfig):
    name = "workspaces.tests.notes"
    label = "guide_notes"
