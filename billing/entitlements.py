"""What somebody pays for: read from the mirror of Stripe's subscriptions, in one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Least
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from djstripe.models import Product, Subscription

from billing.plans import PLAN_KEY
from billing.shapes import ends_with_period, first_item, moment, period

# Best first. The last two are still subscriptions, but give nothing.
STATUSES = ("active", "trialing", "past_due", "unpaid", "paused")
ITEM = "stripe_data__items__data__0"
BIGINT = BigIntegerField()


@dataclass(frozen=True)
class SubscriptionState:
    """The subscription that counts for somebody, of all their customers at Stripe.

    `plan` is the key that code and flags know a plan by: `plan` in the metadata of its
    Stripe product ("pro"), or else the id of the product. `amount` is for one of
    `quantity`, which is None for a price by usage. `has_access` says whether it
    gives the plan now: also for BILLING_PAST_DUE_GRACE after a payment failed.
    """

    subscription_id: str
    customer_id: str
    item_id: str
    product_id: str
    plan: str
    plan_name: str
    price_id: str
    amount: int | None
    quantity: int | None
    currency: str
    interval: str
    status: str
    has_access: bool
    cancel_at_period_end: bool
    cancel_at: datetime | None
    current_period_start: datetime | None
    current_period_end: datetime | None
    trial_end: datetime | None

    @property
    def is_ending(self) -> bool:
        """It will not be renewed after this period (`shapes.is_ending`)."""
        return ends_with_period(
            self.cancel_at_period_end, self.cancel_at, self.current_period_end
        )

    @property
    def ends_at(self) -> datetime | None:
        """The end of the period, or an earlier one that was set for it."""
        ends = [end for end in (self.current_period_end, self.cancel_at) if end]
        return min(ends, default=None)


def subscription_of(user: Any) -> SubscriptionState | None:
    """The subscription that counts for `user`, with or without access; one query."""
    row = ranked(user).first()
    return None if row is None else _state_of(row)


def subscriptions_of(user: Any) -> list[SubscriptionState]:
    """All of `user` that have not ended, the one that counts first; one query.

    Usually one at most. Paying as a guest beside a subscription makes a second one.
    """
    return [_state_of(row) for row in ranked(user)]


def entitlement(user: Any) -> SubscriptionState | None:
    """The subscription that gives `user` a plan now, or None; one query."""
    state = subscription_of(user)
    return state if state and state.has_access else None


def plan_key(user: Any) -> str | None:
    """The plan of `user` now ("pro"), or None; one query."""
    return plan_keys(user).first()


def plan_keys(user: Any) -> QuerySet[Subscription, str]:
    """The plans of `user`, best first: also for a Subquery, with an OuterRef as `user`."""
    return ranked(user).filter(has_access=True).values_list("plan_key", flat=True)


def ranked(user: Any) -> QuerySet[Subscription]:
    """The subscriptions of `user` that have not ended, the one that counts first.

    Annotated with `has_access`, `is_ending`, `plan_key` and `plan_name`.
    """
    product = Product.objects.filter(id=OuterRef("product_key"))
    return (
        Subscription.objects.filter(
            customer__subscriber=user,
            livemode=settings.STRIPE_LIVE_MODE,
            stripe_data__status__in=STATUSES,
        )
        .annotate(
            ends_by=Cast(KT("stripe_data__cancel_at"), BIGINT),
            starts=_seconds("current_period_start"),
            ends=_seconds("current_period_end"),
            product_key=KT(f"{ITEM}__price__product"),
        )
        .annotate(is_ending=_is_ending())
        .annotate(
            has_access=_has_access(),
            plan_name=Coalesce(
                Subquery(product.values("name")), Value(""), output_field=TextField()
            ),
            plan_key=Coalesce(Subquery(product.values(key=PLAN_KEY)), "product_key"),
            rank=_rank(),
        )
        .order_by("-has_access", "rank", F("ends").desc(nulls_last=True), "id")
    )


def _is_ending() -> Case:
    """As `shapes.is_ending`."""
    return Case(
        When(stripe_data__cancel_at_period_end=True, then=True),
        When(ends_by__lte=F("ends"), then=True),
        default=False,
        output_field=BooleanField(),
    )


def _has_access() -> Case:
    """Paid for, and a grace after that: a renewal may be late, or the news of it.

    A failed renewal begins the new period unpaid, so there the grace runs from its start.
    What is not to be renewed ends on time.
    """
    now = timezone.now()
    late = int((now - settings.BILLING_PAST_DUE_GRACE).timestamp())
    # PostgreSQL's LEAST looks away from NULL.
    end = Least("ends", "ends_by")
    return Case(
        When(stripe_data__status="past_due", starts__gt=late, then=True),
        When(stripe_data__status__in=["past_due", "unpaid", "paused"], then=False),
        When(is_ending=True, then=GreaterThan(end, int(now.timestamp()))),
        default=GreaterThan(F("ends"), late),
        output_field=BooleanField(),
    )


def _rank() -> Case:
    return Case(
        *(When(stripe_data__status=s, then=n) for n, s in enumerate(STATUSES)),
        output_field=BIGINT,
    )


def _seconds(name: str) -> Coalesce:
    """A moment of the subscription in Unix seconds, in both shapes (`shapes.period`)."""
    return Coalesce(
        Cast(KT(f"{ITEM}__{name}"), BIGINT), Cast(KT(f"stripe_data__{name}"), BIGINT)
    )


def _state_of(row: Subscription) -> SubscriptionState:
    data = row.stripe_data
    item, (start, end) = first_item(data), period(data)
    price = item["price"]
    return SubscriptionState(
        subscription_id=row.id,
        customer_id=row.customer_id,
        item_id=item["id"],
        product_id=row.product_key,
        plan=row.plan_key,
        plan_name=row.plan_name,
        price_id=price["id"],
        amount=price["unit_amount"],
        quantity=item.get("quantity"),
        currency=price["currency"],
        interval=price["recurring"]["interval"],
        status=data["status"],
        has_access=bool(row.has_access),
        cancel_at_period_end=data["cancel_at_period_end"],
        cancel_at=moment(data.get("cancel_at")),
        current_period_start=start,
        current_period_end=end,
        trial_end=moment(data.get("trial_end")),
    )
