"""Permissions that ask for a plan: 402 `plan_required` names those that would do."""

from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.gates import require_plan


class HasPlan(BasePermission):
    """Any plan, or one of those in `HasPlan.named("pro", "team")`. One query.

    Stands in a list after IsAuthenticated.
    """

    plans: tuple[str, ...] = ()

    @classmethod
    def named(cls, *plans: str) -> type["HasPlan"]:
        return type(f"{cls.__name__}Named", (cls,), {"plans": plans})

    def payer(self, request: Request, view: APIView) -> UUID:
        return request.user.pk

    def has_permission(self, request: Request, view: APIView) -> bool:
        require_plan(self.payer(request, view), *self.plans)
        return True


class WorkspaceHasPlan(HasPlan):
    """The same for a WorkspaceScopedViewSet: the plan of a workspace is its owner's."""

    def payer(self, request: Request, view: APIView) -> UUID:
        return view.me.workspace.owner_id
