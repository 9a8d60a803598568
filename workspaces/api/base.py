"""The base of every viewset under `/workspaces/{workspace_id}/...`.

It takes the workspace from the path, finds the caller's membership (one query), answers 404
to outsiders and 403 for a closed workspace, and keeps reads and writes inside.
The guide is docs/guides/workspace_scoped_resource.md.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.mixins import (
    CreateModelMixin,
    DestroyModelMixin,
    ListModelMixin,
    RetrieveModelMixin,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from saas.errors import DomainError
from workspaces.access import membership_of
from workspaces.errors import (
    ManagersOnly,
    OwnerOnly,
    WorkspaceDisabled,
    WorkspaceSuspended,
)
from workspaces.models import Membership, Workspace, WorkspaceOwnedQuerySet


class WorkspaceScopedViewSet(GenericViewSet):
    """A viewset inside one workspace; `self.me` is the caller's membership of it.

    Its `queryset` is of a `WorkspaceOwned` model. Four sets name actions: those for the
    owner alone, those for the owner and admins, and the few that a closed workspace still
    allows.
    """

    workspace_url_kwarg = "workspace_id"
    lookup_url_kwarg = "id"
    owner_only: Collection[str] = frozenset()
    managers_only: Collection[str] = frozenset()
    open_when_disabled: Collection[str] = frozenset()
    open_when_suspended: Collection[str] = frozenset()

    @cached_property
    def me(self) -> Membership:
        """Permissions may ask for it too: whoever is first makes the query."""
        if not self.request.user.is_authenticated:
            self.permission_denied(self.request)
        workspace_id = self.kwargs[self.workspace_url_kwarg]
        return membership_of(self.request.user, workspace_id, may_be_closed=True)

    @property
    def workspace(self) -> Workspace:
        return self.me.workspace

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.enter()

    def enter(self) -> None:
        """Refuse outsiders, everyone when the workspace is closed, and who lacks the role.

        Raises:
            WorkspaceNotFound, WorkspaceSuspended, WorkspaceDisabled, OwnerOnly,
            ManagersOnly.
        """
        if self.action not in self.open_when_suspended:
            self.workspace.refuse_if_suspended()
        if self.action not in self.open_when_disabled:
            self.workspace.refuse_if_disabled()
        if self.action in self.owner_only and not self.me.is_owner:
            raise OwnerOnly
        if self.action in self.managers_only and not self.me.can_manage:
            raise ManagersOnly

    @property
    def refusals(self) -> list[type[DomainError]]:
        """For OpenAPI: what `enter` may answer to this action."""
        by_rule = {
            OwnerOnly: self.action in self.owner_only,
            ManagersOnly: self.action in self.managers_only,
            WorkspaceDisabled: self.action not in self.open_when_disabled,
            WorkspaceSuspended: self.action not in self.open_when_suspended,
        }
        return [refusal for refusal, applies in by_rule.items() if applies]

    def get_queryset(self) -> QuerySet[Any]:
        queryset: WorkspaceOwnedQuerySet = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):  # OpenAPI asks without a request
            return queryset.none()
        return queryset.in_workspace(self.workspace)


class PartialUpdateMixin:
    """PATCH alone: a PUT that forgets a field would empty it."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(
            self.get_object(), data=request.data, partial=True
        )
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        return Response(serializer.data)

    def perform_update(self, serializer: serializers.BaseSerializer) -> None:
        serializer.save()


class WorkspaceModelViewSet(
    CreateModelMixin,
    RetrieveModelMixin,
    PartialUpdateMixin,
    DestroyModelMixin,
    ListModelMixin,
    WorkspaceScopedViewSet,
):
    """Create, list, retrieve, partial_update and destroy."""


class WorkspaceRelatedField(serializers.PrimaryKeyRelatedField):
    """A reference to a row of the same workspace; a row of another one does not exist."""

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if isinstance(queryset, WorkspaceOwnedQuerySet):
            return queryset.in_workspace(self.context["view"].workspace)
        return queryset


class WorkspaceModelSerializer(serializers.ModelSerializer):
    """The serializer of a workspace's rows, for use in a WorkspaceScopedViewSet.

    What it saves is in the workspace of the path, whatever the client sent; its
    references stay inside.
    """

    serializer_related_field = WorkspaceRelatedField

    def get_extra_kwargs(self) -> dict[str, Any]:
        return super().get_extra_kwargs() | {"workspace": {"read_only": True}}

    def save(self, **kwargs: Any) -> Any:
        # Here and not in the viewset, where DRF's mixins come first and would hide it.
        return super().save(**kwargs, workspace=self.context["view"].workspace)
