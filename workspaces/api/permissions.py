"""Permissions of viewsets that live in a workspace."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from workspaces.api.base import WorkspaceScopedViewSet
from workspaces.errors import ManagersOnly


class ManagesWorkspace(BasePermission):
    """Lets the owner and the admins in. Stands in a list after IsAuthenticated."""

    message = ManagersOnly.message

    def has_permission(self, request: Request, view: WorkspaceScopedViewSet) -> bool:
        return view.me.can_manage
