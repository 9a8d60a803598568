"""What keeps an account from being deleted: a subscription that goes on costing."""

from accounts.deletion import Blocker
from accounts.models import User
from billing.entitlements import ranked


def live_subscription(user: User) -> list[Blocker]:
    """One that is renewed would go on costing; one that ends anyway ends without us."""
    renewed = ranked(user).filter(is_ending=False)
    return [blocker(row.id, row.plan_name) for row in renewed]


def blocker(subscription_id: str, plan_name: str) -> Blocker:
    return Blocker(
        code="live_subscription",
        detail=f"Your subscription of {plan_name or 'a plan'} is renewed. "
        "Cancel it first.",
        id=subscription_id,
    )
