"""SC 79 for billing: what keeps an account, and who inherits what it paid for: nobody."""

import pytest
from djstripe.models import Customer

from accounts.deletion import delete_account
from accounts.errors import AccountInUse
from accounts.export import everything_about
from accounts.models import User
from billing import actions, stripe
from billing.customers import OWNER_KEY
from billing.entitlements import entitlement
from billing.linking import link_customers
from billing.models import Payment
from billing.tests.conftest import Subscribe, Webhook
from conftest import MakeUser
from fakestripe import FakeStripe


@pytest.fixture
def ada(make_user: MakeUser, subscribe: Subscribe) -> User:
    """Pays for the starter plan."""
    ada = make_user("ada")
    subscribe(ada)
    return ada


def test_sc_079_a_subscription_that_is_renewed_keeps_the_account(ada: User) -> None:
    with pytest.raises(AccountInUse) as refusal:
        delete_account(ada, by=ada)

    (blocker,) = refusal.value.data["blockers"]
    assert blocker["code"] == "live_subscription"
    assert blocker["id"] == entitlement(ada).subscription_id
    assert "Cancel it first" in blocker["detail"]
    assert User.objects.filter(pk=ada.pk).exists()


def test_sc_079_a_cancelled_subscription_lets_it_go(
    ada: User, make_user: MakeUser
) -> None:
    actions.cancel_subscription(ada)

    delete_account(ada, by=ada)

    assert Customer.objects.get().subscriber is None
    assert Payment.objects.get().user is None  # kept: an invoice was written


@pytest.mark.django_db(transaction=True)
def test_a_later_account_with_the_address_inherits_nothing(
    ada: User, make_user: MakeUser, fake: FakeStripe, webhook: Webhook
) -> None:
    key, customer = str(ada.pk), Customer.objects.get()
    # As if Stripe had been down since the customer was linked: nobody is named anywhere.
    stripe.write_metadata(customer.id, {OWNER_KEY: ""})
    Customer.objects.update(metadata={})
    actions.cancel_subscription(ada)

    delete_account(ada, by=ada)

    assert Customer.objects.get().metadata[OWNER_KEY] == key
    assert fake.get(customer.id)["metadata"][OWNER_KEY] == key
    bob = make_user("ada")
    assert link_customers(bob) == []
    webhook.deliver()
    assert link_customers(bob) == []
    assert entitlement(bob) is None
    assert not Payment.objects.of(bob).exists()


def test_the_export_names_what_was_paid(ada: User, make_user: MakeUser) -> None:
    found = everything_about(ada)["parts"]["billing"]

    assert [c["email"] for c in found["customers"]] == [ada.email]
    assert [s["plan"] for s in found["subscriptions"]] == ["starter"]
    assert [p["amount"] for p in found["payments"]] == [900]
    of_bob = everything_about(make_user("bob"))["parts"]["billing"]
    assert of_bob == {"customers": [], "subscriptions": [], "payments": []}
