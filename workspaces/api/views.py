"""Workspaces and their members over HTTP."""

from http import HTTPStatus

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import DestroyModelMixin, ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from workspaces import actions
from workspaces.api.base import PartialUpdateMixin, WorkspaceScopedViewSet
from workspaces.api.filters import MemberFilter, WorkspaceFilter
from workspaces.api.serializers import (
    DisableSerializer,
    MemberSerializer,
    WorkspaceInputSerializer,
    WorkspaceSerializer,
)
from workspaces.models import Membership


@extend_schema_view(
    list=extend_schema(
        summary="My workspaces",
        description="Those the caller is a member of, the latest joined first.",
    )
)
class WorkspaceViewSet(ListModelMixin, WorkspaceScopedViewSet):
    """A workspace is shown as its member sees it, so the rows are memberships."""

    queryset = Membership.objects.select_related("workspace")
    ordering = ("-joined_at", "-id")
    serializer_class = WorkspaceSerializer
    filterset_class = WorkspaceFilter
    lookup_url_kwarg = workspace_url_kwarg = "id"
    open_when_disabled = {"retrieve", "enable", "leave", "destroy"}
    open_when_suspended = {"retrieve", "leave"}

    def enter(self) -> None:
        if self.detail:  # the list and a new one are in no workspace yet
            super().enter()

    def get_queryset(self) -> QuerySet[Membership]:
        if self.detail or getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return self.queryset.of(self.request.user)

    @extend_schema(
        summary="Create a workspace",
        request=WorkspaceInputSerializer,
        responses={201: WorkspaceSerializer},
    )
    def create(self, request: Request) -> Response:
        """The caller becomes its owner. 409 `slug_taken` when the given slug is in use."""
        given = WorkspaceInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        self.me = actions.create_workspace(**given.validated_data, by=request.user)
        return self.answer(HTTPStatus.CREATED)

    @extend_schema(summary="Read a workspace")
    def retrieve(self, request: Request, id: str) -> Response:
        """Also when it is disabled or suspended."""
        return self.answer()

    @extend_schema(
        summary="Rename a workspace",
        request=WorkspaceInputSerializer,
        responses=WorkspaceSerializer,
    )
    def partial_update(self, request: Request, id: str) -> Response:
        """Owner and admins. 409 `slug_taken` when the given slug is in use."""
        given = WorkspaceInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        actions.rename_workspace(self.me.workspace, by=self.me, **given.validated_data)
        return self.answer()

    @extend_schema(summary="Delete a workspace")
    def destroy(self, request: Request, id: str) -> Response:
        """Owner only; with all that belongs to it, for good. Also when it is disabled."""
        actions.delete_workspace(self.me.workspace, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        summary="Disable a workspace",
        request=DisableSerializer,
        responses=WorkspaceSerializer,
    )
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, id: str) -> Response:
        """Owner and admins. From now on every route in it answers 403 `workspace_disabled`.

        Reading it, enabling it, leaving it and deleting it stay open.
        """
        given = DisableSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        actions.disable_workspace(self.me.workspace, by=self.me, **given.validated_data)
        return self.answer()

    @extend_schema(
        summary="Enable a workspace", request=None, responses=WorkspaceSerializer
    )
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, id: str) -> Response:
        """Owner and admins. An open one stays as it is; a suspension is for staff to lift."""
        actions.enable_workspace(self.me.workspace, by=self.me)
        return self.answer()

    @extend_schema(summary="Leave a workspace", request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, id: str) -> Response:
        """Give up one's own place. 409 `owner_cannot_leave` for the owner."""
        actions.leave_workspace(by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)

    def answer(self, status: HTTPStatus = HTTPStatus.OK) -> Response:
        return Response(self.get_serializer(self.me).data, status)


@extend_schema_view(
    list=extend_schema(
        summary="Members", description="Open to every member; the latest joined first."
    ),
    partial_update=extend_schema(
        summary="Change a role",
        description="Owner and admins. 409 `owner_cannot_be_demoted` for the owner.",
    ),
    destroy=extend_schema(
        summary="Remove a member",
        description="Owner and admins. 409 `owner_cannot_be_removed` for the owner.",
    ),
)
class MemberViewSet(
    ListModelMixin, PartialUpdateMixin, DestroyModelMixin, WorkspaceScopedViewSet
):
    queryset = Membership.objects.select_related("user", "workspace")
    ordering = ("-joined_at", "-id")
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    lookup_url_kwarg = "id"

    def perform_update(self, serializer: MemberSerializer) -> None:
        if "role" in serializer.validated_data:
            serializer.instance = actions.change_role(
                serializer.instance, by=self.me, **serializer.validated_data
            )

    def perform_destroy(self, membership: Membership) -> None:
        actions.remove_member(membership, by=self.me)
