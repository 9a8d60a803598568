"""`manage.py check` finds what is served outside of the base."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import checks
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test.utils import isolate_apps
from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from workspaces.api.base import WorkspaceModelViewSet
from workspaces.api.checks import belongs_to_workspace, check_models, unscoped
from workspaces.models import Membership, Workspace, WorkspaceOwned
from workspaces.tests.notes.api.serializers import NoteSerializer
from workspaces.tests.notes.models import Note


def ids(*patterns: Any) -> list[str | None]:
    return [e.id for e in unscoped(URLResolver(RoutePattern(""), list(patterns)))]


def routed(view: type) -> Any:
    router = SimpleRouter(trailing_slash=False, use_regex_path=False)
    router.register("notes", view, basename="note")
    return path("", include(router.urls))


def test_product_has_no_finding() -> None:
    found = checks.run_checks(tags=[checks.Tags.urls, checks.Tags.models])

    assert [e for e in found if str(e.id).startswith("workspaces.")] == []


def test_plain_viewset_of_a_workspaces_data_is_found() -> None:
    class Leaky(ModelViewSet):
        queryset = Note.objects.all()

    assert set(ids(routed(Leaky))) == {"workspaces.E002"}


def test_plain_viewset_without_queryset_is_found_by_its_serializer() -> None:
    class Leaky(ModelViewSet):
        serializer_class = NoteSerializer

    assert "workspaces.E002" in ids(routed(Leaky))


def test_view_that_takes_the_workspace_itself_is_found() -> None:
    def export(request: HttpRequest, workspace_id: str) -> HttpResponse:
        return HttpResponse()

    assert ids(path("w/<workspace_id>/export", export)) == ["workspaces.E002"]
    nested = path("w/<uuid:workspace_id>/", include([path("export", export)]))
    assert ids(nested) == ["workspaces.E002"]


@pytest.mark.parametrize("setting", ["managers_only", "open_when_disabled"])
def test_misspelled_action_is_found(setting: str) -> None:
    view = type(
        "View",
        (WorkspaceModelViewSet,),
        {
            "queryset": Note.objects.all(),
            "serializer_class": NoteSerializer,
            setting: {"destory"},
        },
    )

    assert set(ids(routed(view))) == {"workspaces.E003"}


def test_plain_serializer_in_a_scoped_viewset_is_found() -> None:
    class LooseSerializer(ModelSerializer):
        class Meta:
            model = Note
            fields = ["id", "workspace", "text"]

    class View(WorkspaceModelViewSet):
        queryset = Note.objects.all()
        serializer_class = LooseSerializer

    assert set(ids(routed(View))) == {"workspaces.E004"}


def test_scoped_viewset_and_a_reason_are_fine() -> None:
    class Scoped(WorkspaceModelViewSet):
        queryset = Note.objects.all()
        serializer_class = NoteSerializer

    class Statistics(ModelViewSet):
        queryset = Note.objects.all()
        not_workspace_scoped = "Counts only, for staff."

    assert ids(routed(Scoped), routed(Statistics)) == []


@isolate_apps("workspaces")
def test_model_belongs_to_a_workspace_over_other_models() -> None:
    class Line(models.Model):
        note = models.ForeignKey(Note, models.CASCADE, related_name="+")

        class Meta:
            app_label = "workspaces"

        def __str__(self) -> str:
            return "line"

    assert belongs_to_workspace(Line)
    assert belongs_to_workspace(Membership)
    assert belongs_to_workspace(Workspace)
    assert not belongs_to_workspace(Membership._meta.get_field("user").related_model)
    assert not belongs_to_workspace(None)


def test_owned_model_without_the_queryset_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with isolate_apps("workspaces") as registry:

        class Odd(WorkspaceOwned):
            objects = models.Manager()

            class Meta:
                app_label = "workspaces"

            def __str__(self) -> str:
                return "odd"

    get_models: Callable[..., Any] = registry.get_models
    monkeypatch.setattr("workspaces.api.checks.apps.get_models", get_models)

    assert [e.id for e in check_models()] == ["workspaces.E001"]
