"""What the tests of flags share."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from djstripe.models import Customer, Product, Subscription

from accounts.models import User
from flags.models import FeatureFlag

MakeFlag = Callable[..., FeatureFlag]
Subscribe = Callable[[User], Subscription]
PLAN = "pro"


@pytest.fixture
def pro(db: None) -> Product:
    """The plan with the key PLAN, as the mirror of Stripe has it."""
    metadata = {"plan": PLAN}
    return Product.objects.create(
        id="prod_1", name="Pro", livemode=False, metadata=metadata
    )


@pytest.fixture
def subscribe(pro: Product) -> Subscribe:
    """`subscribe(ada)`: she pays for the plan `pro`, and does for another month."""

    def make(user: User) -> Subscription:
        customer = Customer.objects.create(
            id=f"cus_{user.pk}", livemode=False, subscriber=user
        )
        end = int((timezone.now() + timedelta(days=30)).timestamp())
        item = {"id": "si_1", "price": {"product": pro.id}, "current_period_end": end}
        data = {
            "status": "active",
            "cancel_at_period_end": False,
            "items": {"data": [item]},
        }
        return Subscription.objects.create(
            id=f"sub_{user.pk}", livemode=False, customer=customer, stripe_data=data
        )

    return make


@pytest.fixture
def flag(db: None) -> MakeFlag:
    """`flag("x", True)`, `flag("x", False, workspace)`, `flag("x", True, plan="prod_1")`."""

    def make(
        name: str, is_enabled: bool, subject: Any = None, *, plan: str = "", **more: Any
    ) -> FeatureFlag:
        scope, scope_id = "global", None
        if subject is not None:
            scope, scope_id = subject._meta.model_name, str(subject.pk)
        if plan:
            scope, scope_id = "plan", plan
        return FeatureFlag.objects.create(
            feature_name=name,
            is_enabled=is_enabled,
            scope=scope,
            scope_id=scope_id,
            **more,
        )

    return make
