"""What is sold: a plan is a Stripe product with its active recurring prices.

The metadata of the product, which is written in Stripe's dashboard, may say:
    plan        the key that code and flags know it by, such as "pro"
    features    shown to customers, separated by ";" (beside Stripe's marketing features)
    trial_days  how long a first subscription is free
    seats       "members": paid once for each member of the payer's workspaces
"""

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, NullIf
from djstripe.models import Price, Product

from billing.errors import UnknownPrice

SEATS, PER_MEMBER = "seats", "members"

# The key of a plan, in a query over products; `plan_key` is the same for one at hand.
PLAN_KEY = Coalesce(
    NullIf(KT("metadata__plan"), Value("")), "id", output_field=TextField()
)
TRIAL_DAYS_MAX = 730


def plans_for_sale() -> QuerySet[Product]:
    """Each with `sold_prices`, the cheapest first, and ordered by `cheapest` themselves."""
    prices = prices_for_sale().order_by("amount", "id")
    cheapest = prices.filter(product=OuterRef("id")).values("amount")[:1]
    return (
        Product.objects.annotate(cheapest=Subquery(cheapest))
        .filter(cheapest__isnull=False)
        .prefetch_related(Prefetch("prices", queryset=prices, to_attr="sold_prices"))
        .order_by("cheapest", "id")
    )


def prices_for_sale() -> QuerySet[Price]:
    """Annotated with `amount`: 0 for a price in tiers, which has no single one."""
    amount = Cast(KT("stripe_data__unit_amount"), BigIntegerField())
    return Price.objects.filter(
        active=True,
        stripe_data__type="recurring",
        product__active=True,
        livemode=settings.STRIPE_LIVE_MODE,
    ).annotate(amount=Coalesce(amount, 0))


def price_for_sale(key: str) -> Price:
    """The price with its product.

    Raises:
        UnknownPrice: it is unknown, not sold any more, or not recurring.
    """
    is_text = "\0" not in key  # PostgreSQL cannot even be asked for a NUL
    sold = prices_for_sale().select_related("product")
    found = sold.filter(id=key).first() if is_text else None
    if found is None:
        raise UnknownPrice
    return found


def plan_key(product: Product) -> str:
    return (product.metadata or {}).get("plan") or product.id


def features(product: Product) -> list[str]:
    told = (product.metadata or {}).get("features", "").split(";")
    marketed = product.stripe_data.get("marketing_features") or []
    names = [feature["name"] for feature in marketed] + told
    return [name.strip() for name in names if name.strip()]


def trial_days(product: Product) -> int:
    """Odd text in the metadata is no trial, and two years are the most that Stripe takes."""
    told = (product.metadata or {}).get("trial_days", "")
    is_number = told.isascii() and told.isdecimal() and len(told) < 4
    return min(int(told), TRIAL_DAYS_MAX) if is_number else 0


def is_per_seat(product: Product) -> bool:
    """Anything else in the metadata is one price for all."""
    return (product.metadata or {}).get(SEATS) == PER_MEMBER
