"""The app of workspaces."""

from django.apps import AppConfig
from django.core import checks


class WorkspacesConfig(AppConfig):
    name = "workspaces"

    def ready(self) -> None:
        from workspaces import guards  # noqa: F401 - connects its receiver
        from workspaces.api.checks import check_models, check_routes

        checks.register(check_models, checks.Tags.models)
        checks.register(check_routes, checks.Tags.urls)
