"""Plans that are paid by the seat: their quantity follows the members of the payer's workspaces.

A product whose metadata says `seats: members` is sold so. Whatever may change the number
only asks for a look (`follow`); the look (`adjust`) counts anew and tells Stripe the number,
so asked twice, late or in any order it comes to the same. `reconcile_billing` looks too.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.dispatch import receiver
from django.utils import timezone
from django_tasks import task
from djstripe.models import Product, Subscription

from accounts.models import User
from billing import stripe
from billing.entitlements import (
    ITEM,
    STATUSES,
    SubscriptionState,
    ranked,
    subscription_of,
)
from billing.errors import BillingUnavailable
from billing.locks import exclusive
from billing.mirror import refresh_subscription
from billing.plans import PER_MEMBER, SEATS
from workspaces import signals
from workspaces.models import Membership, Workspace

log = logging.getLogger(__name__)

# Ten people who join together are one change at Stripe, and one line on the invoice.
DEBOUNCE = timedelta(seconds=10)
# Should a look that was asked for get lost, the next one may be asked for after this.
FORGET_AFTER = timedelta(minutes=2)
# Waits before each further attempt; after the last one it is for `reconcile_billing`.
RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15)]


def count(user: Any) -> int:
    """How many people use the open workspaces of `user`, each once, with the owner; one query."""
    members = Membership.objects.filter(workspace__in=_open_of(user))
    # The owner pays for one place even without a workspace.
    return 1 + members.exclude(user=user).values("user").distinct().count()


def _open_of(user: Any) -> QuerySet[Workspace]:
    return Workspace.objects.open().filter(owner=user)


def seat_products() -> QuerySet[Product]:
    return Product.objects.filter(**{f"metadata__{SEATS}": PER_MEMBER})


def paid_by_seat(user: Any) -> QuerySet[Subscription]:
    """The subscriptions of `user` whose quantity is the number of members."""
    return ranked(user).filter(product_key__in=seat_products().values("id"))


def is_paid_by_seat(state: SubscriptionState) -> bool:
    return seat_products().filter(id=state.product_id).exists()


def payers() -> QuerySet[User]:
    """Everybody with a subscription that has not ended and is paid by the seat."""
    live = Subscription.objects.filter(
        livemode=settings.STRIPE_LIVE_MODE, stripe_data__status__in=STATUSES
    ).annotate(product_key=KT(f"{ITEM}__price__product"))
    by_seat = live.filter(product_key__in=seat_products().values("id"))
    return User.objects.filter(pk__in=by_seat.values("customer__subscriber"))


def lock_name(user: User) -> str:
    """Whoever changes price or quantity holds this lock: both read them first."""
    return f"subscription:{user.pk}"


def missing(user: User) -> int:
    """How many seats Stripe should be told of besides; below 0 too many. 0: nothing to do."""
    state = subscription_of(user)
    if state is None or not is_paid_by_seat(state):
        return 0
    return count(user) - (state.quantity or 0)


def adjust(user: User) -> bool:
    """Tell Stripe how many seats `user` pays for. False when it knows.

    Raises:
        BillingRefused, BillingUnavailable
    """
    with exclusive(lock_name(user)):
        state = subscription_of(user)
        if state is None or not is_paid_by_seat(state):
            return False
        # Counted under the lock: of two looks at once, the later one has counted later.
        quantity = count(user)
        if quantity == state.quantity:
            return False
        stripe.update_subscription(
            state.subscription_id,
            {
                "items": [{"id": state.item_id, "quantity": quantity}],
                "proration_behavior": "create_prorations",
            },
        )
        refresh_subscription(state.subscription_id, customer_id=state.customer_id)
    return True


# --- Asking for a look ------------------------------------------------------------------


def follow(user_id: UUID) -> None:
    """Have somebody look soon, if `user_id` pays by the seat. Call it after the commit."""
    if not paid_by_seat(user_id).exists():
        return
    # Nobody needs to ask again until that look has begun to count.
    if cache.add(_asked(user_id), 1, timeout=FORGET_AFTER.total_seconds()):
        _enqueue(str(user_id), DEBOUNCE)


def _asked(user_id: UUID | str) -> str:
    return f"seats:{user_id}"


def _enqueue(user_id: str, after: timedelta, attempt: int = 0) -> None:
    can_wait = look.get_backend().supports_defer
    later = look.using(run_after=timezone.now() + after) if can_wait else look
    later.enqueue(user_id, attempt)


@task()
def look(user_id: str, attempt: int = 0) -> None:
    """Bring the seats of a user up to date, and on an outage try again later.

    Raises:
        BillingRefused: kept in the results of tasks.
        BillingUnavailable: so is the last attempt; `reconcile_billing` repeats it.
    """
    # Before counting: who joins from here on asks for another look.
    cache.delete(_asked(user_id))
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    try:
        adjust(user)
    except BillingUnavailable:
        if attempt >= len(RETRY_AFTER) or not look.get_backend().supports_defer:
            raise
        log.warning("seats_delayed", extra={"user": user_id, "attempt": attempt})
        _enqueue(user_id, RETRY_AFTER[attempt], attempt + 1)


# --- What may change the number ---------------------------------------------------------


def follow_later(user_id: UUID) -> None:
    # robust: the change itself stands, and reconciliation looks as well.
    # No partial: a failure is logged by the name of the function.
    transaction.on_commit(lambda: follow(user_id), robust=True)


@receiver([signals.member_added, signals.member_removed])
def on_member(sender: object, membership: Membership, **kwargs: object) -> None:
    follow_later(membership.workspace.owner_id)


@receiver(
    [
        signals.workspace_deleted,
        signals.workspace_closed,
        signals.workspace_opened,
    ]
)
def on_workspace(sender: object, workspace: Workspace, **kwargs: object) -> None:
    follow_later(workspace.owner_id)


@receiver(signals.workspace_transferred)
def on_transfer(
    sender: object, workspace: Workspace, former_owner: User, **kwargs: object
) -> None:
    follow_later(former_owner.pk)
    follow_later(workspace.owner_id)
