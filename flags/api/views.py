"""The routes of flags: rows for staff, decisions for everybody."""

from http import HTTPStatus

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, mixins

from flags import actions
from flags.api.asking import subjects_of
from flags.api.filters import FeatureFlagFilter
from flags.api.permissions import FlagStaff
from flags.api.serializers import (
    DecisionSerializer,
    FeatureFlagSerializer,
    RowQuery,
    SubjectQuery,
)
from flags.errors import FlagLocked
from flags.evaluation import Snapshot
from flags.models import FeatureFlag
from saas.schema import refuses


class FeatureFlagViewSet(mixins.ListModelMixin, GenericViewSet):
    """All rows for staff with the permissions; one decision for everybody."""

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
    @refuses(FlagLocked)
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
        user, workspace = subjects_of(
            request,
            query.validated_data.get("user_id"),
            query.validated_data.get("workspace_id"),
        )
        snapshot = Snapshot.of(user, workspace, feature_name)
        decision = snapshot.decide(feature_name, user, workspace)
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
