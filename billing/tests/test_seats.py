"""Plans by the seat: the quantity at Stripe follows the members, once for many changes."""

from http import HTTPStatus
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from djstripe.models import Customer, Product

from billing import actions, mirror, seats, stripe
from billing.actions import owners
from billing.actions.customer import customer_for
from billing.entitlements import entitlement, subscription_of
from billing.errors import PreviewExpired
from billing.tests.conftest import at_once, session_of
from billing.tests.test_checkout import begun
from workspaces import actions as places
from workspaces.models import Membership

QUEUE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def crew(prices):
    """The id of a price of 10.00 USD a month for each member."""
    metadata = {"plan": "crew", "seats": "members"}
    product = stripe.create_product({"name": "Crew", "metadata": metadata})
    mirror.refresh_product(product)
    recurring = {"recurring": {"interval": "month"}}
    price = stripe.create_price(
        {"product": product, "currency": "usd", "unit_amount": 1000, **recurring}
    )
    mirror.refresh_price(price)
    return price


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def home(ada):
    """Ada's own membership of a workspace she owns."""
    return places.create_workspace(name="Home", by=ada)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """`committed(f, ...)`: does it, and what follows its commit; looks happen at once."""

    def do(function, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return function(*args, **kwargs)

    return do


@pytest.fixture
def updates(fake):
    """The quantities that Stripe was told, in order, one for each change."""

    def told():
        changed = fake.events("customer.subscription.updated")
        before = [e["data"].get("previous_attributes", {}) for e in changed]
        return [
            event["data"]["object"]["items"]["data"][0]["quantity"]
            for event, previous in zip(changed, before, strict=True)
            if "items" in previous
        ]

    return told


def at_stripe(user):
    key = subscription_of(user).subscription_id
    return stripe.client().v1.subscriptions.retrieve(key)["items"].data[0].quantity


def test_people_are_counted_once_and_only_where_they_get_in(ada, make_user):
    bob, eve = make_user("bob"), make_user("eve")
    assert seats.count(ada) == 1
    first = places.create_workspace(name="First", by=ada)
    second = places.create_workspace(name="Second", by=ada)
    for place in (first, second):
        places.add_member(user=bob, by=place)
    places.add_member(user=eve, by=second)
    elsewhere = places.create_workspace(name="Elsewhere", by=eve)
    places.add_member(user=make_user("kim"), by=elsewhere)
    assert seats.count(ada) == 3

    places.disable_workspace(second.workspace, by=second)
    assert seats.count(ada) == 2


def test_checkout_starts_with_the_members(ada, home, make_user, fake, crew, subscribe):
    first = actions.start_checkout(ada, price_id=crew)
    places.add_member(user=make_user("bob"), by=home)

    second = actions.start_checkout(ada, price_id=crew)

    assert fake.get(session_of(first))["status"] == "expired", "it was for one"
    assert actions.start_checkout(ada, price_id=crew) == second
    subscribe(ada, crew)
    assert (entitlement(ada).quantity, at_stripe(ada)) == (2, 2)


def test_every_way_in_and_out_is_told(
    ada, home, make_user, crew, subscribe, committed, updates
):
    subscribe(ada, crew)
    bob = committed(places.add_member, user=make_user("bob"), by=home)
    committed(places.add_member, user=make_user("eve"), by=home)
    committed(places.remove_member, bob, by=home)
    committed(places.disable_workspace, home.workspace, by=home)
    committed(places.enable_workspace, home.workspace, by=home)
    committed(
        places.leave_workspace, by=Membership.objects.get(user__email="eve@example.com")
    )
    committed(places.add_member, user=make_user("kim"), by=home)
    committed(places.delete_workspace, home.workspace, by=home)

    assert updates() == [2, 3, 2, 1, 2, 1, 2, 1]
    assert (entitlement(ada).quantity, at_stripe(ada)) == (1, 1)


def test_workspace_that_is_handed_over_is_counted_for_its_new_owner(
    ada, home, make_user, crew, subscribe, committed
):
    bob = make_user("bob")
    subscribe(ada, crew)
    subscribe(bob, crew)
    heir = committed(places.add_member, user=bob, by=home)
    assert (at_stripe(ada), at_stripe(bob)) == (2, 1)

    committed(places.transfer_workspace, heir, by=home)

    assert (at_stripe(ada), at_stripe(bob)) == (1, 2)


def test_plan_that_is_not_by_the_seat_is_left_alone(
    ada, home, make_user, subscribe, committed, updates, prices
):
    subscribe(ada)

    committed(places.add_member, user=make_user("bob"), by=home)

    assert updates() == []
    assert not seats.adjust(ada)
    assert not seats.payers().exists()


def test_change_to_a_plan_by_the_seat_and_back(
    as_user, ada, home, make_user, crew, subscribe, prices
):
    places.add_member(user=make_user("bob"), by=home)
    subscribe(ada)
    api = as_user(ada)

    shown = api.post("/payment/subscription/preview", {"price": crew}).json()
    assert (shown["quantity"], shown["lines"][-1]["amount"]) == (2, 2000)
    state = api.post("/payment/subscription/change", {"price": crew}).json()
    assert (state["quantity"], state["plan"]["amount"], at_stripe(ada)) == (2, 1000, 2)
    plans = api.get("/payment/plans").json()["results"]
    assert {p["key"]: p["per_seat"] for p in plans}["crew"] is True

    state = api.post("/payment/subscription/change", {"price": prices.starter}).json()
    assert (state["quantity"], at_stripe(ada)) == (1, 1)


def test_quantity_of_a_flat_plan_that_support_agreed_is_kept(
    as_user, ada, subscribe, prices
):
    subscribe(ada)
    state = subscription_of(ada)
    item = {"id": state.item_id, "quantity": 5}
    stripe.update_subscription(state.subscription_id, {"items": [item]})
    mirror.refresh_subscription(state.subscription_id, customer_id=state.customer_id)

    as_user(ada).post("/payment/subscription/change", {"price": prices.pro})

    assert at_stripe(ada) == 5


def test_guest_pays_for_all_members_once_linked(
    make_user, fake, webhook, crew, committed, home, ada
):
    places.add_member(user=make_user("bob"), by=home)
    url = actions.start_guest_checkout(
        price_id=crew, email=ada.email, network="198.51.100.7"
    )
    fake.complete_checkout(session_of(url), email=ada.email)

    committed(webhook.deliver)

    assert at_stripe(ada) == 2


def test_members_who_came_while_the_page_was_open_are_paid_for(
    ada, home, make_user, fake, webhook, crew, committed
):
    url = actions.start_checkout(ada, price_id=crew)
    committed(places.add_member, user=make_user("bob"), by=home)
    fake.complete_checkout(session_of(url))

    committed(webhook.deliver)

    assert at_stripe(ada) == 2


def test_members_are_paid_for_once_staff_has_linked_the_payment(
    ada, home, make_user, fake, webhook, crew, committed, staff
):
    places.add_member(user=make_user("bob"), by=home)
    guest = {"email": "typo@example.com", "network": "198.51.100.7"}
    url = actions.start_guest_checkout(price_id=crew, **guest)
    fake.complete_checkout(session_of(url), email=guest["email"])
    committed(webhook.deliver)

    committed(owners.give_customer, Customer.objects.get().id, ada, by=staff)

    assert at_stripe(ada) == 2


def test_members_who_came_before_the_first_payment_are_paid_for(
    ada, home, make_user, webhook, crew, committed
):
    """A bank may ask for days; until then it was no subscription, so nobody looked."""
    begun_key = begun(customer_for(ada).id, crew)
    committed(webhook.deliver)
    committed(places.add_member, user=make_user("bob"), by=home)
    v1 = stripe.client().v1
    v1.invoices.pay(v1.subscriptions.retrieve(begun_key).latest_invoice)

    committed(webhook.deliver)

    assert at_stripe(ada) == 2


def test_a_plan_by_the_seat_that_is_chosen_at_stripe_is_for_all(
    ada, home, make_user, subscribe, webhook, crew, committed, updates
):
    places.add_member(user=make_user("bob"), by=home)
    subscribe(ada)
    state = subscription_of(ada)
    item = {"id": state.item_id, "price": crew}
    stripe.update_subscription(state.subscription_id, {"items": [item]})

    committed(webhook.deliver)
    committed(webhook.deliver)  # of our own change: there is nothing to do

    assert (at_stripe(ada), updates()) == (2, [1, 2])


def test_same_look_twice_tells_stripe_once(
    ada, home, make_user, crew, subscribe, updates
):
    subscribe(ada, crew)
    places.add_member(user=make_user("bob"), by=home)

    assert [seats.adjust(ada), seats.adjust(ada)] == [True, False]
    assert updates() == [2]


def test_reconciliation_finds_what_was_not_told(
    ada, home, make_user, crew, subscribe, webhook, updates
):
    subscribe(ada, crew)
    places.add_member(user=make_user("bob"), by=home)
    out = StringIO()

    with pytest.raises(SystemExit):
        call_command("reconcile_billing", "--dry-run", stdout=out)
    assert f"found: seats of user {ada.pk}" in out.getvalue()
    assert updates() == []

    call_command("reconcile_billing", stdout=out)
    assert f"repaired: seats of user {ada.pk}" in out.getvalue()
    assert (updates(), at_stripe(ada)) == ([2], 2)


def test_odd_words_in_the_metadata_are_a_flat_price(ada, crew, subscribe, home):
    subscribe(ada, crew)
    assert seats.paid_by_seat(ada).exists()

    Product.objects.filter(metadata__plan="crew").update(metadata={"seats": "many"})

    assert not seats.paid_by_seat(ada).exists()


@pytest.fixture
def queue(settings):
    """The real queue, whose tasks wait until `work()`; gives their number."""
    cache.clear()
    settings.TASKS = QUEUE
    return waiting


def waiting():
    return DBTaskResult.objects.filter(task_path="billing.seats.look", status="READY")


def work():
    """Do what waits, as the worker would when its time has come."""
    for row in waiting():
        row.claim("test")
        row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
        row.set_successful(None)


@pytest.mark.django_db(transaction=True)
def test_two_who_join_at_once_are_one_change_to_the_right_number(
    ada, home, make_user, crew, subscribe, updates, queue
):
    subscribe(ada, crew)
    people = [make_user("bob"), make_user("eve")]

    at_once(lambda: places.add_member(user=people.pop(), by=home), times=2)

    assert queue().count() == 1
    assert queue().get().run_after is not None
    assert updates() == []
    work()
    assert updates() == [3]
    assert (at_stripe(ada), entitlement(ada).quantity) == (3, 3)
    # From now on a change asks again.
    places.add_member(user=make_user("kim"), by=home)
    work()
    assert updates() == [3, 4]


@pytest.mark.django_db(transaction=True)
def test_looks_at_once_are_one_change(ada, home, make_user, crew, subscribe, updates):
    subscribe(ada, crew)
    with transaction.atomic():
        places.add_member(user=make_user("bob"), by=home)
        transaction.get_connection().run_on_commit.clear()

    done = at_once(lambda: seats.adjust(ada), times=4)

    assert sorted(done) == [False, False, False, True]
    assert updates() == [2]


@pytest.mark.django_db(transaction=True)
def test_outage_is_waited_out(
    ada, home, make_user, crew, subscribe, updates, queue, settings, stripe_server
):
    subscribe(ada, crew)
    places.add_member(user=make_user("bob"), by=home)
    settings.STRIPE_API_HOST = "http://127.0.0.1:9"
    first = queue().get()

    work()

    again = queue().get()
    assert again.args_kwargs["args"] == [str(ada.pk), 1]
    assert again.run_after > first.run_after
    settings.STRIPE_API_HOST = stripe_server.url
    work()
    assert (queue().count(), updates()) == (0, [2])


def test_page_says_for_how_many(client, ada, home, make_user, crew, subscribe):
    client.force_login(ada)
    told = client.get("/accounts/billing/").content.decode()
    assert "Subscribe for 10.00 USD a month per member" in told
    places.add_member(user=make_user("bob"), by=home)
    subscribe(ada, crew)

    response = client.get("/accounts/billing/")

    assert response.status_code == HTTPStatus.OK
    assert "2 &times; 10.00 USD a month" in response.content.decode()


def test_a_preview_of_seats_ends_when_somebody_joins(
    ada, home, crew, subscribe, make_user
):
    subscribe(ada)
    shown = actions.preview_change(ada, price_id=crew)
    places.add_member(user=make_user("bob"), by=home)

    with pytest.raises(PreviewExpired):
        actions.change_price(ada, price_id=crew, preview=shown.token)
