"""Support links a customer by hand: with a right, confirmed, audited, and at Stripe too."""

from http import HTTPStatus
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from djstripe.models import Customer

from accounts.models import AuditEvent, User
from billing import actions, stripe
from billing.actions.owners import give_customer, take_customer
from billing.customers import NOBODY, OWNER_KEY, customers_of
from billing.entitlements import entitlement
from billing.linking import link_customers
from billing.models import Payment
from billing.tasks import write_owner
from billing.tests.conftest import (
    PayAsGuest,
    Prices,
    Subscribe,
    Webhook,
    session_of,
)
from conftest import MakeUser
from fakestripe import FakeStripe

PAID_WITH = "typo@example.com"


@pytest.fixture
def customer(pay_as_guest: PayAsGuest, webhook: Webhook) -> Customer:
    """Paid for the starter plan; nobody owns it."""
    pay_as_guest(PAID_WITH)
    webhook.deliver()
    return Customer.objects.get()


@pytest.fixture
def clerk(client: Client, make_user: MakeUser) -> Client:
    """Of the staff, with the right to see and to change customers."""
    user = make_user("clerk", is_staff=True)
    rights = ["view_customer", "change_customer"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


@pytest.fixture
def root(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def url(name: str, customer: Customer) -> str:
    return reverse(f"admin:djstripe_customer_{name}", args=[customer.pk])


def link(desk: Client, customer: Customer, user: User, **more: str) -> str:
    """Confirmed; gives the page that comes then."""
    data = {"owner": user.email, "confirmed": "1", **more}
    answer = desk.post(url("link", customer), data, follow=True)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def owner_of(customer: Customer) -> User | None:
    customer.refresh_from_db()
    owners = set(Payment.objects.values_list("user", flat=True))
    assert owners == {customer.subscriber_id}
    return customer.subscriber


def test_a_customer_is_linked_once_that_is_confirmed(
    clerk: Client, customer: Customer, make_user: MakeUser, fake: FakeStripe
) -> None:
    ada = make_user("ada")
    assert "Link to a user" in clerk.get(url("change", customer)).content.decode()
    assert clerk.get(url("link", customer)).status_code == HTTPStatus.OK

    asked = clerk.post(url("link", customer), {"owner": "ADA@example.com"})
    assert "Give all of it to <b>ada@example.com</b>" in asked.content.decode()
    assert "takes it away" not in asked.content.decode()
    assert "9.00 USD" in asked.content.decode()
    assert owner_of(customer) is None

    told = link(clerk, customer, ada)

    assert "Linked to ada@example.com." in told
    assert owner_of(customer) == ada
    assert entitlement(ada).plan == "starter"
    assert fake.get(customer.id)["metadata"][OWNER_KEY] == str(ada.pk)
    row = AuditEvent.objects.get(event="billing.customer_linked")
    assert (row.user_id, row.actor.email) == (ada.pk, "clerk@example.com")
    assert row.details == {"customer": customer.id, "how": "staff"}
    assert LogEntry.objects.get().get_change_message() == f"Linked to {ada.pk}."
    # And whoever proves the address that was typed is late.
    assert link_customers(make_user("typo")) == []


def test_an_owned_customer_is_moved_by_a_superuser_alone(
    clerk: Client,
    root: Client,
    make_user: MakeUser,
    subscribe: Subscribe,
    fake: FakeStripe,
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    subscribe(ada)
    customer = Customer.objects.get()

    for desk, told in (
        (clerk, "only a superuser takes it away"),
        (root, "Take it away from ada@example.com"),
    ):
        asked = desk.post(url("link", customer), {"owner": bob.email})
        assert told in asked.content.decode()
    assert "has an owner" in link(clerk, customer, bob)
    assert "Only superusers" in link(clerk, customer, bob, moving="on")
    assert "has an owner" in link(root, customer, bob)
    assert owner_of(customer) == ada
    assert not AuditEvent.objects.filter(event__startswith="billing.").exists()

    assert "Linked to bob" in link(root, customer, bob, moving="on")

    assert owner_of(customer) == bob
    assert entitlement(ada) is None
    assert entitlement(bob).plan == "starter"
    assert fake.get(customer.id)["metadata"][OWNER_KEY] == str(bob.pk)
    rows = AuditEvent.objects.filter(event__startswith="billing.").order_by("event")
    assert list(rows.values_list("event", "user_id")) == [
        ("billing.customer_linked", bob.pk),
        ("billing.customer_unlinked", ada.pk),
    ]


def test_an_unlinked_customer_comes_back_by_hand_alone(
    clerk: Client,
    root: Client,
    make_user: MakeUser,
    subscribe: Subscribe,
    webhook: Webhook,
    fake: FakeStripe,
) -> None:
    ada = make_user("ada")
    subscribe(ada)
    customer = Customer.objects.get()
    clerk.post(url("unlink", customer))
    assert owner_of(customer) == ada

    root.post(url("unlink", customer))

    assert owner_of(customer) is None
    assert entitlement(ada) is None
    assert fake.get(customer.id)["metadata"][OWNER_KEY] == NOBODY
    assert AuditEvent.objects.get(event="billing.customer_unlinked").user_id == ada.pk
    webhook.deliver()  # customer.updated, by the new metadata
    assert link_customers(ada) == []
    assert owner_of(customer) is None

    link(clerk, customer, ada)

    assert owner_of(customer) == ada


def test_the_customer_of_a_deleted_account_is_moved_only(
    clerk: Client, root: Client, customer: Customer, make_user: MakeUser
) -> None:
    gone, ada = make_user("gone"), make_user("ada")
    stripe.write_metadata(customer.id, {OWNER_KEY: str(gone.pk)})
    gone.delete()

    assert "or had one" in link(clerk, customer, ada)
    assert owner_of(customer) is None

    link(root, customer, ada, moving="on")

    assert owner_of(customer) == ada


@pytest.mark.parametrize(
    "typed", ["nobody@example.com", "", "no address", "a\0b@example.com", "x" * 999]
)
def test_an_address_of_nobody_links_nothing(
    clerk: Client, customer: Customer, typed: str
) -> None:
    answer = clerk.post(url("link", customer), {"owner": typed, "confirmed": "1"})

    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}
    assert owner_of(customer) is None


def test_an_unverified_user_is_given_nothing(
    clerk: Client, customer: Customer, make_user: MakeUser
) -> None:
    eve = make_user("eve", verified=False)

    assert "not confirmed an address" in link(clerk, customer, eve)

    assert owner_of(customer) is None
    EmailAddress.objects.filter(user=eve).update(verified=True)
    link(clerk, customer, eve)
    assert owner_of(customer) == eve


def test_stripe_down_changes_nothing(
    root: Client, customer: Customer, make_user: MakeUser, stripe_down: None
) -> None:
    told = link(root, customer, make_user("ada"))

    assert "not available right now" in told
    assert owner_of(customer) is None
    assert not LogEntry.objects.exists()


def test_linking_needs_the_right_and_a_post(
    client: Client, customer: Customer, make_user: MakeUser, root: Client
) -> None:
    reader = make_user("reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    client.force_login(reader)

    page = client.get(url("change", customer)).content.decode()
    assert "Link to a user" not in page
    data = {"owner": reader.email, "confirmed": "1"}
    calls: list[Any] = [
        client.get(url("link", customer)),
        client.post(url("link", customer), data),
        client.post(url("unlink", customer)),
    ]
    assert {answer.status_code for answer in calls} == {HTTPStatus.FORBIDDEN}
    unlinked = root.get(url("unlink", customer))
    assert unlinked.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    nowhere = reverse("admin:djstripe_customer_link", args=[10**30])
    assert root.get(nowhere).status_code == HTTPStatus.NOT_FOUND
    assert owner_of(customer) is None


def test_who_has_lost_a_customer_pays_as_another_one(
    make_user: MakeUser, staff: User, subscribe: Subscribe, prices: Prices
) -> None:
    """Stripe remembers for a day which one it made for the same words, and names it."""
    ada, bob = make_user("ada"), make_user("bob")
    subscribe(ada)
    first = Customer.objects.get().id
    take_customer(first, by=staff)

    actions.start_checkout(ada, price_id=prices.starter)

    second = customers_of(ada).get().id
    assert second != first
    assert entitlement(ada) is None
    assert Customer.objects.get(id=first).metadata[OWNER_KEY] == NOBODY
    give_customer(second, bob, by=staff, moving=True)
    actions.start_checkout(ada, price_id=prices.starter)
    assert customers_of(ada).get().id not in (first, second)


def test_nobody_pays_on_an_open_page_for_the_next_owner(
    make_user: MakeUser, staff: User, prices: Prices, fake: FakeStripe
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    page = session_of(actions.start_checkout(ada, price_id=prices.starter))

    give_customer(customers_of(ada).get().id, bob, by=staff, moving=True)

    assert fake.get(page)["status"] == "expired"


def test_a_late_word_to_stripe_brings_nobody_back(
    customer: Customer, make_user: MakeUser, staff: User, webhook: Webhook
) -> None:
    ada = make_user("ada")
    give_customer(customer.id, ada, by=staff)
    take_customer(customer.id, by=staff)

    write_owner.call(customer.id, str(ada.pk))  # from the queue, asked for before
    webhook.deliver()

    customer.refresh_from_db()
    assert customer.subscriber is None
    assert customer.metadata[OWNER_KEY] == NOBODY
