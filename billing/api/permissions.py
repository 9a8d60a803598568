"""Permissions that ask for a plan: 402 `plan_required` names those that would do."""

from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.entitlements import plan_key
from saas.errors import PlanRequired


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
        plan = plan_key(self.payer(request, view))
        if plan is None or (self.plans and plan not in self.plans):
            raise PlanRequired(plans=list(self.plans))
        return True


class WorkspaceHasPlan(HasPlan):
    """The same for a WorkspaceScopedViewSet: the plan of a workspace is its owner's."""

    def payer(self, request: Request, view: APIView) -> UUID:
        return view.me.workspace.owner_id
