"""`manage.py check` finds data of a workspace that is served outside of it.

A viewset that is meant to stand outside says why: `not_workspace_scoped = "the reason"`.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from workspaces.api.base import WorkspaceModelSerializer, WorkspaceScopedViewSet
from workspaces.models import Workspace, WorkspaceOwned

GUIDE = "See docs/guides/workspace_scoped_resource.md."
SETTINGS = ("owner_only", "managers_only", "open_when_disabled", "open_when_suspended")


def check_models(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{model.__name__}.objects has no in_workspace().",
            hint=f"Let its queryset extend WorkspaceOwnedQuerySet. {GUIDE}",
            obj=model,
            id="workspaces.E001",
        )
        for model in apps.get_models()
        if issubclass(model, WorkspaceOwned)
        and not hasattr(model._default_manager, "in_workspace")
    ]


def check_routes(**kwargs: Any) -> list[CheckMessage]:
    return unscoped(get_resolver())


def unscoped(resolver: URLResolver) -> list[CheckMessage]:
    """One error for each route that serves a workspace's data from outside the base."""
    found: list[CheckMessage] = []
    for pattern, arguments in _routes(resolver):
        view = getattr(pattern.callback, "cls", pattern.callback)
        if _is_scoped(view):
            found += _misspelled(view) + _loose(view)
            continue
        if getattr(view, "not_workspace_scoped", None):
            continue
        name = f"{view.__module__}.{view.__qualname__}"
        if "workspace_id" in arguments:
            problem = "takes a workspace_id from its path"
        elif belongs_to_workspace(_model_of(view)):
            problem = f"serves {_model_of(view).__name__}, which belongs to a workspace"
        else:
            continue
        found.append(
            Error(
                f"{name} {problem}, but is no WorkspaceScopedViewSet.",
                hint=f"Or give it not_workspace_scoped = 'the reason'. {GUIDE}",
                id="workspaces.E002",
            )
        )
    return found


def belongs_to_workspace(model: type[models.Model] | None) -> bool:
    """It is Workspace, or points to it, directly or over other models."""
    todo, seen = [model], set()
    while todo:
        current = todo.pop()
        if current is None or current in seen:
            continue
        if current is Workspace:
            return True
        seen.add(current)
        todo += [
            field.related_model
            for field in current._meta.get_fields()
            if field.concrete and (field.many_to_one or field.one_to_one)
        ]
    return False


def _misspelled(view: type[WorkspaceScopedViewSet]) -> list[CheckMessage]:
    """A wrong name in `owner_only` or `managers_only` would let everyone in."""
    return [
        Error(
            f"{view.__module__}.{view.__qualname__} names {name!r} in {setting}, "
            "but has no such action.",
            id="workspaces.E003",
        )
        for setting in SETTINGS
        for name in sorted(getattr(view, setting))
        if not hasattr(view, name)
    ]


def _loose(view: type[WorkspaceScopedViewSet]) -> list[CheckMessage]:
    """A plain serializer lets a client choose the workspace and refer to foreign rows."""
    serializer = view.serializer_class
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    if not belongs_to_workspace(model) or issubclass(
        serializer, WorkspaceModelSerializer
    ):
        return []
    name = f"{serializer.__module__}.{serializer.__qualname__}"
    return [
        Error(
            f"{name} serves {model.__name__}, but is no WorkspaceModelSerializer.",
            hint=GUIDE,
            id="workspaces.E004",
        )
    ]


def _is_scoped(view: Any) -> bool:
    return isinstance(view, type) and issubclass(view, WorkspaceScopedViewSet)


def _model_of(view: Any) -> type[models.Model] | None:
    queryset = getattr(view, "queryset", None)
    if queryset is not None:
        return queryset.model
    meta = getattr(getattr(view, "serializer_class", None), "Meta", None)
    return getattr(meta, "model", None)


def _routes(
    resolver: URLResolver, arguments: frozenset[str] = frozenset()
) -> Iterator[tuple[URLPattern, frozenset[str]]]:
    for pattern in resolver.url_patterns:
        here = arguments | frozenset(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, here)
        else:
            yield pattern, here
