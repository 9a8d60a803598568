"""The routes of flags: rows for staff, decisions for everybody."""

from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, mixins

from accounts.models import User
from flags import actions
from flags.api.filters import FeatureFlagFilter
from flags.api.permissions import FlagStaff
from flags.api.serializers import (
    DecisionSerializer,
    FeatureFlagSerializer,
    RowQuery,
    SubjectQuery,
)
from flags.evaluation import Decision, Snapshot
from flags.models import FeatureFlag
from saas.errors import NotAllowed
from workspaces.access import membership_of
from workspaces.models import Workspace


class FeatureFlagViewSet(mixins.ListModelMixin, GenericViewSet):
    queryset = FeatureFlag.objects.all()
    serializer_class = FeatureFlagSerializer
    filterset_class = FeatureFlagFilter
    lookup_field = "feature_name"
    lookup_value_regex = "[^/]+"

    def get_permissions(self) -> list[BasePermission]:
        if self.action == "retrieve":
            return [IsAuthenticated()]
        return [IsAuthenticated(), FlagStaff()]

    @extend_schema(
        responses={
            HTTPStatus.OK: OpenApiResponse(FeatureFlagSerializer, "Changed."),
            HTTPStatus.CREATED: OpenApiResponse(FeatureFlagSerializer, "Created."),
        }
    )
    def create(self, request: Request) -> Response:
        """Create the row of (feature_name, scope, scope_id), or change the one there is.

        Fields that are not sent keep their value.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        flag, created = actions.set_flag(**serializer.validated_data, by=request.user)
        return Response(
            self.get_serializer(flag).data,
            status=HTTPStatus.CREATED if created else HTTPStatus.OK,
        )

    @extend_schema(
        parameters=[SubjectQuery], responses=DecisionSerializer, filters=False
    )
    def retrieve(self, request: Request, feature_name: str) -> Response:
        """Whether a feature is on for you, and why. An unknown one is off."""
        query = SubjectQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        decision = _decide(request, feature_name, **query.validated_data)
        return Response(DecisionSerializer(decision).data)

    @extend_schema(
        parameters=[RowQuery], responses={HTTPStatus.NO_CONTENT: None}, filters=False
    )
    def destroy(self, request: Request, feature_name: str) -> Response:
        """Delete one row of a feature, or, without parameters, all of them."""
        query = RowQuery(data=request.query_params.dict(), context={"request": request})
        query.is_valid(raise_exception=True)
        rows = FeatureFlag.objects.of(feature_name).filter(**query.validated_data)
        actions.delete_flags(rows, by=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


def _decide(
    request: Request, feature_name: str, user_id: Any = None, workspace_id: Any = None
) -> Decision:
    """For the caller, in a workspace of theirs; for anybody, where staff ask.

    Raises:
        NotAllowed: only staff who may view flags ask for somebody else.
        WorkspaceNotFound, WorkspaceDisabled, WorkspaceSuspended: it is not theirs, or closed.
    """
    if _is_flag_staff(request) and (user_id or workspace_id):
        user = get_object_or_404(User, pk=user_id) if user_id else request.user
        workspace = (
            get_object_or_404(
                Workspace.objects.select_related("owner"), pk=workspace_id
            )
            if workspace_id
            else None
        )
        snapshot = Snapshot.of(user, workspace, feature_name)
        return snapshot.decide(feature_name, user, workspace)
    if user_id not in {None, request.user.pk}:
        raise NotAllowed("Only staff may ask for another user.")
    workspace = (
        membership_of(request.user, workspace_id).workspace if workspace_id else None
    )
    return request.flags.decide(feature_name, workspace=workspace)


def _is_flag_staff(request: Request) -> bool:
    user = request.user
    return user.is_staff and user.has_perm("flags.view_featureflag")
