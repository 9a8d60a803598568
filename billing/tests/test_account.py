"""SC 79 for billing: what keeps an account, and who inherits what it paid for: nobody."""

from http import HTTPStatus

import pytest
from djstripe.models import Customer

from accounts.deletion import delete_account
from accounts.errors import AccountInUse, SessionExpired
from accounts.export import everything_about
from accounts.models import User
from accounts.tests.conftest import Api, bearer, code_of, login
from accounts.tests.pages import reauthenticated
from billing import actions, stripe
from billing.actions.customer import customer_for
from billing.customers import OWNER_KEY
from billing.deletion import name_customers
from billing.entitlements import entitlement
from billing.errors import BillingUnavailable
from billing.linking import link_customers
from billing.models import Payment
from billing.tests.conftest import (
    Prices,
    Subscribe,
    Webhook,
    at_once,
    session_of,
)
from billing.tests.test_checkout import begun
from conftest import PASSWORD, MakeUser
from fakestripe import FakeStripe
from fakestripe.wire.errors import StripeError


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
    forget_owner(customer)
    actions.cancel_subscription(ada)

    delete_account(ada, by=ada)

    # At once: no task that may get lost has to follow.
    assert fake.get(customer.id)["metadata"][OWNER_KEY] == key
    assert Customer.objects.get().metadata[OWNER_KEY] == key
    bob = make_user("ada")
    assert link_customers(bob) == []
    stripe.client().v1.customers.update(customer.id, {"name": "Somebody"})
    webhook.deliver()
    assert link_customers(bob) == []
    assert entitlement(bob) is None
    assert not Payment.objects.of(bob).exists()


def forget_owner(customer: Customer) -> None:
    """As if Stripe had been down when it was linked: nobody is named anywhere."""
    stripe.write_metadata(customer.id, {OWNER_KEY: ""})
    Customer.objects.filter(id=customer.id).update(metadata={})


def test_an_account_whose_customer_cannot_be_named_stays(
    ada: User, request: pytest.FixtureRequest
) -> None:
    """Nobody could tell afterwards whose it was."""
    request.getfixturevalue("stripe_down")

    with pytest.raises(BillingUnavailable):
        name_customers(ada)


def test_a_customer_that_stripe_has_deleted_keeps_no_account(
    ada: User, webhook: Webhook
) -> None:
    actions.cancel_subscription(ada)
    stripe.client().v1.customers.delete(Customer.objects.get().id)
    webhook.lose()

    delete_account(ada, by=ada)

    assert not User.objects.filter(pk=ada.pk).exists()


def test_the_export_names_what_was_paid(ada: User, make_user: MakeUser) -> None:
    found = everything_about(ada)["parts"]["billing"]

    assert [c["email"] for c in found["customers"]] == [ada.email]
    assert [s["plan"] for s in found["subscriptions"]] == ["starter"]
    assert [p["amount"] for p in found["payments"]] == [900]
    of_bob = everything_about(make_user("bob"))["parts"]["billing"]
    assert of_bob == {"customers": [], "subscriptions": [], "payments": []}


@pytest.fixture
def open_page(make_user: MakeUser, prices: Prices) -> tuple[User, str]:
    """Bob was on the way to pay; the id of his checkout session."""
    bob = make_user("bob")
    return bob, session_of(actions.start_checkout(bob, price_id=prices.starter))


def test_nobody_can_pay_for_a_deleted_account(
    open_page: tuple[User, str], fake: FakeStripe
) -> None:
    bob, session_id = open_page

    delete_account(bob, by=bob)

    assert fake.get(session_id)["status"] == "expired"
    with pytest.raises(StripeError, match="expired"):
        fake.complete_checkout(session_id)


def test_an_account_on_the_way_to_pay_stays_while_stripe_is_down(
    open_page: tuple[User, str], make_user: MakeUser, request: pytest.FixtureRequest
) -> None:
    """On API and page; who never began to pay is deleted without asking Stripe."""
    bob, _ = open_page
    api, browser = Api(), reauthenticated(bob)
    bearer(api, login(api, bob.email).json()["access"])
    api.post("/auth/reauthenticate", {"password": PASSWORD})
    api.raise_request_exception = browser.raise_request_exception = False
    eve = make_user("eve")
    request.getfixturevalue("stripe_down")

    refused = api.delete("/auth/me")
    page = browser.post("/accounts/delete/")

    assert (refused.status_code, code_of(refused)) == (503, "billing_unavailable")
    assert page.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "not available right now" in page.content.decode()
    assert User.objects.filter(pk=bob.pk).exists()
    delete_account(eve, by=eve)
    assert not User.objects.filter(pk=eve.pk).exists()


def test_a_payment_whose_news_is_on_its_way_keeps_the_account(
    open_page: tuple[User, str], fake: FakeStripe
) -> None:
    bob, session_id = open_page
    fake.complete_checkout(session_id)

    with pytest.raises(AccountInUse) as refusal:
        delete_account(bob, by=bob)

    assert refusal.value.data["blockers"][0]["code"] == "live_subscription"
    assert User.objects.filter(pk=bob.pk).exists()


def test_sc_079_one_that_is_renewed_for_a_year_still_keeps_the_account(
    ada: User, fake: FakeStripe, webhook: Webhook
) -> None:
    """Staff has set a date for its end, but it is renewed until then."""
    key = entitlement(ada).subscription_id
    late = {"cancel_at": fake.now() + 365 * 24 * 3600}
    stripe.client().v1.subscriptions.update(key, late)
    webhook.deliver()

    with pytest.raises(AccountInUse):
        delete_account(ada, by=ada)


def test_nobody_can_pay_the_first_invoice_of_a_deleted_account(
    make_user: MakeUser, prices: Prices, fake: FakeStripe
) -> None:
    bob = make_user("bob")
    begun_key = begun(customer_for(bob).id, prices.starter)
    invoice = fake.get(begun_key)["latest_invoice"]

    delete_account(bob, by=bob)

    assert fake.get(invoice)["status"] == "void"


@pytest.mark.django_db(transaction=True)
def test_a_checkout_begun_during_the_deletion_opens_no_page(
    open_page: tuple[User, str], prices: Prices
) -> None:
    """Whichever comes first: nothing is open afterwards, and nothing crashes."""
    bob, _ = open_page

    def begin() -> str:
        try:
            actions.start_checkout(bob, price_id=prices.pro)
        except SessionExpired:
            return "deleted"
        return "begun"

    work = [begin, lambda: delete_account(bob, by=bob), begin]
    results = at_once(lambda: work.pop()(), len(work))

    assert set(results) <= {None, "begun", "deleted"}
    assert not User.objects.filter(pk=bob.pk).exists()
    for customer in Customer.objects.all():
        assert stripe.open_checkouts(customer.id) == []
