"""What a change of plan would cost: asked of Stripe beforehand, changed by nothing.

Stripe prorates by the second, so what is shown is only what is charged if the change names
the same moment. A client that could choose the moment would choose the cheapest, so it gets
a sealed token instead, and the change takes only that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils import timezone
from djstripe.models import Price

from accounts.models import User
from billing import plans, seats, stripe
from billing.entitlements import SubscriptionState
from billing.errors import InvalidPreview, PreviewExpired
from billing.shapes import Data, discount_of, is_proration, moment, proration_moment

LIFETIME = timedelta(minutes=15)
SALT = "billing.previews"


@dataclass(frozen=True)
class PreviewLine:
    """`amount` in the smallest unit; negative is a credit."""

    description: str
    amount: int
    quantity: int | None
    is_proration: bool
    period_start: datetime | None
    period_end: datetime | None


@dataclass(frozen=True)
class Preview:
    """The invoice that settles a change: one that is due at once, or else the next one.

    Amounts are integers in the smallest unit of the currency. A `total` below 0 is kept as
    credit; `amount_due` is what is left after credit.
    """

    price_id: str
    plan_name: str
    quantity: int
    currency: str
    subtotal: int
    discount: int
    tax: int
    total: int
    amount_due: int
    is_due_now: bool
    due_at: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    lines: list[PreviewLine]
    token: str
    expires_at: datetime

    @property
    def credit(self) -> int:
        """What earlier credit takes off the total; below 0 it is debt, which adds to it."""
        return max(self.total, 0) - self.amount_due

    @property
    def credit_line(self) -> int:
        """As a line of the bill shows it."""
        return -self.credit


@dataclass(frozen=True)
class Agreed:
    """What a preview has shown: the change is made just so. `proration_date` in seconds."""

    quantity: int
    proration_date: int | None


def goes_on(state: SubscriptionState) -> bool:
    return state.status in ("active", "trialing") and not state.is_ending


def ways_from(state: SubscriptionState) -> list[Price]:
    """The prices that a subscription can go on at, the cheapest first.

    One that ends or is not paid has to go on as it is before it can go on otherwise.
    Stripe never changes the currency.
    """
    if not goes_on(state):
        return []
    sold = (
        plans.prices_for_sale()
        .filter(currency=state.currency)
        .exclude(id=state.price_id)
    )
    found = list(sold.select_related("product").order_by("amount", "id"))
    for price in found:
        price.is_per_seat = plans.is_per_seat(price.product)
    return found


def items_for(state: SubscriptionState, price: Price, quantity: int) -> list[Data]:
    return [{"id": state.item_id, "price": price.id, "quantity": quantity}]


def quantity_for(user: User, state: SubscriptionState, price: Price) -> int:
    """Of the new price: the members, or one. A flat plan keeps what support has agreed."""
    if plans.is_per_seat(price.product):
        return seats.count(user)
    if seats.is_paid_by_seat(state):
        return 1
    return state.quantity or 1


def preview(user: User, state: SubscriptionState, price: Price) -> Preview:
    """What going on at `price` from now would cost.

    Raises:
        BillingRefused, BillingUnavailable
    """
    quantity = quantity_for(user, state, price)
    invoice = stripe.preview_invoice(
        {
            "subscription": state.subscription_id,
            "subscription_details": {
                "items": items_for(state, price, quantity),
                "proration_behavior": "create_prorations",
            },
        }
    )
    return _read(invoice or _nothing(state), user, state, price, quantity)


def agreed(token: str, user: User, state: SubscriptionState, price_id: str) -> Agreed:
    """What the preview with `token` has shown to `user`.

    Raises:
        InvalidPreview: not made by us, or for somebody else, or another price.
        PreviewExpired: too old, or the subscription is not the same any more.
    """
    try:
        told = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.SignatureExpired as e:
        raise PreviewExpired from e
    except signing.BadSignature as e:
        raise InvalidPreview from e
    if (told["user"], told["price"]) != (str(user.pk), price_id):
        raise InvalidPreview
    price = plans.price_for_sale(price_id)
    is_as_shown = told["before"] == _before(state)
    if not is_as_shown or told["quantity"] != quantity_for(user, state, price):
        raise PreviewExpired
    return Agreed(told["quantity"], told["at"])


def _before(state: SubscriptionState) -> list[Any]:
    """What the proration starts from."""
    start = state.current_period_start
    return [
        state.subscription_id,
        state.price_id,
        state.quantity,
        start and int(start.timestamp()),
    ]


def _read(
    invoice: Data, user: User, state: SubscriptionState, price: Price, quantity: int
) -> Preview:
    data = invoice["lines"]["data"]
    whole = next((line for line in data if not is_proration(line)), None)
    # One of the period after this one comes with the next invoice; any other is due now.
    starts = whole and moment(whole["period"]["start"])
    ends = state.current_period_end
    is_due_now = starts is not None and ends is not None and starts < ends
    told = {
        "user": str(user.pk),
        "price": price.id,
        "before": _before(state),
        "quantity": quantity,
        "at": proration_moment(invoice),
    }
    return Preview(
        price_id=price.id,
        plan_name=price.product.name,
        quantity=quantity,
        currency=invoice["currency"],
        subtotal=invoice["subtotal"],
        discount=discount_of(invoice),
        tax=sum(tax["amount"] for tax in invoice.get("total_taxes") or []),
        total=invoice["total"],
        amount_due=invoice["amount_due"],
        is_due_now=is_due_now,
        due_at=None if is_due_now else ends,
        period_start=starts,
        period_end=whole and moment(whole["period"]["end"]),
        lines=[_line(line) for line in data],
        token=signing.dumps(told, salt=SALT),
        expires_at=timezone.now() + LIFETIME,
    )


def _line(line: Data) -> PreviewLine:
    return PreviewLine(
        description=line["description"] or "",
        amount=line["amount"],
        quantity=line.get("quantity"),
        is_proration=is_proration(line),
        period_start=moment(line["period"]["start"]),
        period_end=moment(line["period"]["end"]),
    )


def _nothing(state: SubscriptionState) -> Data:
    """Stripe has no next invoice: it ends before, and nothing is to be settled."""
    amounts = dict.fromkeys(("subtotal", "total", "amount_due"), 0)
    return {"currency": state.currency, "lines": {"data": []}, **amounts}
