"""Which subscription counts, and until when: rows as dj-stripe stores them, in both shapes."""

from datetime import timedelta

import pytest
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from djstripe.models import Customer, Product, Subscription

from accounts.models import User
from billing.entitlements import entitlement, plan_key, plan_keys, subscription_of

NOW = timezone.now()


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def subscription(ada):
    """`subscription("active", ends=3)`: a row of Ada's; days from now."""
    customer = Customer.objects.create(id="cus_1", livemode=False, subscriber=ada)
    Product.objects.create(
        id="prod_pro", name="Pro", livemode=False, metadata={"plan": "pro"}
    )
    Product.objects.create(id="prod_bare", name="Bare", livemode=False)

    def make(
        status,
        *,
        ends=10.0,
        starts=-20.0,
        product="prod_pro",
        old_shape=False,
        livemode=False,
        **more,
    ):
        def day(n):
            return int((NOW + timedelta(days=n)).timestamp())

        period = {"current_period_start": day(starts), "current_period_end": day(ends)}
        item = {
            "id": "si_1",
            "price": {
                "id": "price_1",
                "product": product,
                "unit_amount": 900,
                "currency": "usd",
                "recurring": {"interval": "month"},
            },
            **({} if old_shape else period),
        }
        return Subscription.objects.create(
            id=f"sub_{Subscription.objects.count()}",
            customer=customer,
            livemode=livemode,
            stripe_data={
                "status": status,
                "cancel_at_period_end": False,
                "cancel_at": None,
                "trial_end": None,
                "items": {"data": [item]},
                **(period if old_shape else {}),
                **more,
            },
        )

    return make


@pytest.mark.parametrize("old_shape", [False, True])
@pytest.mark.parametrize(
    ("status", "ends", "starts", "has_access"),
    [
        ("active", 10, -20, True),
        ("active", -1, -31, True),  # renewed, but the news is late
        ("active", -4, -34, False),
        ("trialing", 1, -13, True),
        ("trialing", -4, -18, False),
        ("past_due", 29, -1, True),
        ("past_due", 26, -4, False),
        ("unpaid", 29, -1, False),
        ("paused", 29, -1, False),
    ],
)
def test_access(subscription, ada, status, ends, starts, has_access, old_shape):
    subscription(status, ends=ends, starts=starts, old_shape=old_shape)

    assert subscription_of(ada).has_access is has_access
    assert (entitlement(ada) is not None) is has_access
    assert plan_key(ada) == ("pro" if has_access else None)


@pytest.mark.parametrize("status", ["canceled", "incomplete", "incomplete_expired"])
def test_ended_or_never_begun_is_none(subscription, ada, status):
    subscription(status)

    assert subscription_of(ada) is None


def seconds(days: float) -> int:
    """Of the moment so far from now."""
    return int((NOW + timedelta(days=days)).timestamp())


@pytest.mark.parametrize(
    "how", [{"cancel_at_period_end": True}, {"cancel_at": seconds(0.1)}]
)
def test_cancelled_ends_on_time(subscription, ada, how):
    row = subscription("active", ends=0.1, **how)
    assert entitlement(ada).is_ending

    items = row.stripe_data["items"]["data"]
    items[0]["current_period_end"] = seconds(-0.001)
    if "cancel_at" in how:
        row.stripe_data["cancel_at"] = seconds(-0.001)
    row.save()
    assert entitlement(ada) is None


def test_a_date_within_the_period_ends_it(subscription, ada):
    row = subscription("active", ends=10, cancel_at=seconds(5))
    assert entitlement(ada).is_ending

    row.stripe_data["cancel_at"] = seconds(-0.001)
    row.save()
    assert entitlement(ada) is None


def test_a_date_after_the_period_lets_it_be_renewed(subscription, ada):
    """So its renewal may be late, as that of any other."""
    subscription("active", ends=-1, cancel_at=seconds(300))

    assert not entitlement(ada).is_ending


def test_best_of_several_counts(subscription, ada):
    subscription("unpaid", product="prod_bare")
    subscription("past_due", starts=-1, ends=29, product="prod_bare")
    subscription("active", ends=5, product="prod_bare")
    best = subscription("active", ends=9)

    assert subscription_of(ada).subscription_id == best.id
    assert list(plan_keys(ada)) == ["pro", "prod_bare", "prod_bare"]


def test_product_without_a_key_is_known_by_its_id(subscription, ada):
    subscription("active", product="prod_bare")

    assert plan_key(ada) == "prod_bare"
    assert entitlement(ada).plan_name == "Bare"


def test_other_mode_and_other_users_do_not_count(subscription, ada, make_user):
    subscription("active", livemode=True)
    assert subscription_of(ada) is None

    subscription("active")
    assert subscription_of(make_user("bob")) is None


def test_one_query(subscription, ada, django_assert_num_queries):
    subscription("active")
    subscription("past_due")

    with django_assert_num_queries(1):
        assert entitlement(ada).plan == "pro"
    with django_assert_num_queries(1):
        assert plan_key(ada) == "pro"


def test_plan_as_part_of_another_query(subscription, ada, django_assert_num_queries):

    subscription("active")

    with django_assert_num_queries(1):
        plans = User.objects.annotate(
            plan=Subquery(plan_keys(OuterRef("pk"))[:1])
        ).values_list("plan", flat=True)
        assert list(plans) == ["pro"]
