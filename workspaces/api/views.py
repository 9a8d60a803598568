"""Workspaces and their members over HTTP."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from saas.errors import DomainError
from saas.schema import refuses
from workspaces import actions, errors
from workspaces.api.base import WorkspaceScopedViewSet
from workspaces.api.filters import MemberFilter, WorkspaceFilter
from workspaces.api.serializers import (
    DisableSerializer,
    MemberSerializer,
    TransferSerializer,
    WorkspaceInputSerializer,
    WorkspaceSerializer,
)
from workspaces.models import Membership

# The route takes any text, so that a malformed id is a 404 like an unknown one.
about_one = partial(
    extend_schema, parameters=[OpenApiParameter("id", UUID, OpenApiParameter.PATH)]
)


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
    workspace_url_kwarg = "id"
    owner_only = {"destroy", "transfer"}
    open_when_disabled = {"retrieve", "enable", "leave", "destroy"}
    open_when_suspended = {"retrieve", "leave"}

    def enter(self) -> None:
        if self.detail:  # the list and a new one are in no workspace yet
            super().enter()

    @property
    def refusals(self) -> list[type[DomainError]]:
        return super().refusals if self.detail else []

    def get_queryset(self) -> QuerySet[Membership]:
        if self.detail or getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return self.queryset.of(self.request.user)

    @extend_schema(
        summary="Create a workspace",
        request=WorkspaceInputSerializer,
        responses={201: WorkspaceSerializer},
    )
    @refuses(errors.SlugTaken)
    def create(self, request: Request) -> Response:
        """The caller becomes its owner. 409 `slug_taken` when the given slug is in use."""
        given = WorkspaceInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        self.me = actions.create_workspace(**given.validated_data, by=request.user)
        return self.answer(HTTPStatus.CREATED)

    @about_one(summary="Read a workspace")
    def retrieve(self, request: Request, id: str) -> Response:
        """Also when it is disabled or suspended."""
        return self.answer()

    @about_one(
        summary="Rename a workspace",
        request=WorkspaceInputSerializer,
        responses=WorkspaceSerializer,
    )
    @refuses(errors.ManagersOnly, errors.SlugTaken)
    def partial_update(self, request: Request, id: str) -> Response:
        """Owner and admins. 409 `slug_taken` when the given slug is in use."""
        given = WorkspaceInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        actions.rename_workspace(self.workspace, by=self.me, **given.validated_data)
        return self.answer()

    @about_one(summary="Delete a workspace")
    def destroy(self, request: Request, id: str) -> Response:
        """Owner only; with all that belongs to it, for good. Also when it is disabled."""
        actions.delete_workspace(self.workspace, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)

    @about_one(
        summary="Disable a workspace",
        request=DisableSerializer,
        responses=WorkspaceSerializer,
    )
    @refuses(errors.ManagersOnly)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, id: str) -> Response:
        """Owner and admins. From now on every route in it answers 403 `workspace_disabled`.

        Reading it, enabling it, leaving it and deleting it stay open.
        """
        given = DisableSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        actions.disable_workspace(self.workspace, by=self.me, **given.validated_data)
        return self.answer()

    @about_one(
        summary="Enable a workspace", request=None, responses=WorkspaceSerializer
    )
    @refuses(errors.ManagersOnly)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, id: str) -> Response:
        """Owner and admins. An open one stays as it is; a suspension is for staff to lift."""
        actions.enable_workspace(self.workspace, by=self.me)
        return self.answer()

    @about_one(summary="Leave a workspace", request=None, responses={204: None})
    @refuses(errors.OwnerCannotLeave)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, id: str) -> Response:
        """Give up one's own place. 409 `owner_cannot_leave` for the owner."""
        actions.leave_workspace(by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)

    @about_one(
        summary="Hand over a workspace",
        request=TransferSerializer,
        responses=WorkspaceSerializer,
    )
    @refuses(errors.AlreadyOwner)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, id: str) -> Response:
        """Owner only. The member becomes the owner, whose plan counts; you stay an admin."""
        given = TransferSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        members = self.workspace.memberships.all()
        heir = get_object_or_404(members, pk=given.validated_data["member"])
        actions.transfer_workspace(heir, by=self.me)
        return self.answer()

    def answer(self, status: HTTPStatus = HTTPStatus.OK) -> Response:
        return Response(self.get_serializer(self.me).data, status)


@extend_schema_view(
    list=extend_schema(
        summary="Members", description="Open to every member; the latest joined first."
    )
)
class MemberViewSet(ListModelMixin, WorkspaceScopedViewSet):
    queryset = Membership.objects.select_related("user", "workspace")
    ordering = ("-joined_at", "-id")
    serializer_class = MemberSerializer
    filterset_class = MemberFilter

    @about_one(summary="Change a role")
    @refuses(errors.ManagersOnly, errors.OwnerCannotBeDemoted)
    def partial_update(self, request: Request, workspace_id: str, id: str) -> Response:
        """Owner and admins; it holds from the member's next request."""
        member = self.get_object()
        given = self.get_serializer(member, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        if "role" in given.validated_data:
            role = given.validated_data["role"]
            member = actions.change_role(member, by=self.me, role=role)
        return Response(self.get_serializer(member).data)

    @about_one(summary="Remove a member")
    @refuses(errors.ManagersOnly, errors.OwnerCannotBeRemoved)
    def destroy(self, request: Request, workspace_id: str, id: str) -> Response:
        """Owner and admins; the member is out from the next request on."""
        actions.remove_member(self.get_object(), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)
