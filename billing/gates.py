"""What only a plan allows. The refusal, 402 `plan_required`, names the plans that would do.

For viewsets there are permissions (`billing/api/permissions.py`), for pages and functions
`plan_required`, for everything else `require_plan`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from billing.entitlements import plan_key
from billing.plans import plan_key as key_of_plan
from billing.plans import plans_for_sale
from saas.errors import NotAuthenticated, PlanRequired

View = Callable[..., HttpResponse]


def require_plan(user: Any, *plans: str) -> None:
    """Any plan, or one of `plans` by their keys ("pro"). One query, two more to refuse.

    Raises:
        PlanRequired: with `plans`, the keys of those that would do and are for sale now, or
            were named here.
    """
    plan = plan_key(user)
    if plan is None or (plans and plan not in plans):
        raise _refusal(plans)


def _refusal(plans: tuple[str, ...]) -> PlanRequired:
    names = {key_of_plan(product): product.name for product in plans_for_sale()}
    wanted = list(plans or names)
    if not wanted:
        return PlanRequired(plans=[])
    told = " or ".join(names.get(key, key) for key in wanted)
    return PlanRequired(f"This needs a plan: {told}.", plans=wanted)


def plan_required(*plans: str) -> Callable[[View], View]:
    """Let a view answer only who has any plan, or one of `plans`. Stands below a login.

    @login_required
    @plan_required("pro", "team")
    def report(request): ...
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                raise NotAuthenticated
            require_plan(request.user.pk, *plans)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
