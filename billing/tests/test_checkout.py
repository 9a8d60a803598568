"""Subscribing: from the plans to the page of Stripe and back."""

from http import HTTPStatus

import pytest
from djstripe.models import Customer, Price
from rest_framework.test import APIClient

from billing import actions, locks, stripe
from billing.actions.customer import customer_for
from billing.customers import customers_of
from billing.entitlements import entitlement, subscription_of
from billing.errors import AlreadySubscribed
from billing.mirror import refresh_price
from billing.models import Payment
from billing.tests.conftest import at_once, fill_in, session_of

URL = "/payment/checkout"


def test_plans_are_public_and_cheapest_first(
    anonymous, prices, django_assert_num_queries
):
    with django_assert_num_queries(2):
        plans = anonymous.get("/payment/plans").json()["results"]

    assert [plan["name"] for plan in plans] == ["Starter", "Pro"]
    assert plans[1] == {
        "id": plans[1]["id"],
        "key": "pro",
        "name": "Pro",
        "description": "For teams that grow.",
        "features": ["Unlimited workspaces", "Priority support", "Beta features"],
        "trial_days": 14,
        "per_seat": False,
        "prices": [
            {
                "id": prices.pro,
                "amount": 2900,
                "currency": "usd",
                "interval": "month",
                "interval_count": 1,
                "lookup_key": "pro_monthly",
            }
        ],
    }


def test_declined_card_then_a_good_one(as_user, make_user, fake, webhook, prices):
    ada = make_user("ada")
    api = as_user(ada)

    response = api.post(URL, {"price": prices.starter})
    assert response.status_code == HTTPStatus.CREATED
    url = response.json()["url"]
    status, html, _ = fill_in(url, "4000 0000 0000 0002")
    assert status == HTTPStatus.PAYMENT_REQUIRED
    assert "declined" in html
    webhook.deliver()
    assert api.get("/payment/subscription").json()["status"] == "none"

    status, _, location = fill_in(url, "4242 4242 4242 4242")
    assert status == HTTPStatus.SEE_OTHER
    assert location == "http://127.0.0.1:8000/accounts/billing/success/"
    webhook.deliver()

    state = api.get("/payment/subscription").json()
    assert (state["status"], state["has_access"]) == ("active", True)
    assert state["plan"]["key"] == "starter"
    assert state["plan"]["amount"] == 900
    payment = Payment.objects.get()
    assert (payment.user, payment.amount, payment.status) == (ada, 900, "paid")


def test_the_page_itself_grants_nothing(as_user, make_user, fake, prices):
    ada = make_user("ada")
    url = as_user(ada).post(URL, {"price": prices.starter}).json()["url"]
    fake.complete_checkout(session_of(url))

    assert entitlement(ada) is None


def test_anonymous_is_refused(anonymous):
    assert anonymous.post(URL, {}).status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "price", ["price_unknown", "cus_1", "../x", "prix\u00e9", " ", "x" * 255]
)
def test_price_that_is_not_sold(as_user, make_user, prices, price):
    response = as_user(make_user("ada")).post(URL, {"price": price})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    error = response.json()["errors"][0]
    assert error["code"] in {"unknown_price", "blank"}
    assert error["attr"] == "price"


@pytest.mark.parametrize("price", [None, 1, [], {}, "x" * 256, "a\0b"])
def test_price_that_cannot_be_one(as_user, make_user, price):
    response = as_user(make_user("ada")).post(URL, {"price": price})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["code"]


def test_half_a_character_is_no_price(as_user, make_user):
    body = b'{"price": "\\ud800"}'
    api = as_user(make_user("ada"))

    response = api.post(URL, body, content_type="application/json")

    assert response.status_code == HTTPStatus.BAD_REQUEST


def test_price_that_is_no_longer_sold(as_user, make_user, prices):
    price = stripe.client().v1.prices.update(prices.starter, {"active": False})
    refresh_price(price.id)

    response = as_user(make_user("ada")).post(URL, {"price": prices.starter})

    assert response.json()["errors"][0]["code"] == "unknown_price"


def test_price_paid_once_is_no_plan(as_user, make_user, prices, anonymous):
    product = Price.objects.get(id=prices.starter).product_id
    key = stripe.create_price({"product": product, "currency": "usd", "unit_amount": 5})
    refresh_price(key)

    response = as_user(make_user("ada")).post(URL, {"price": key})

    assert response.json()["errors"][0]["code"] == "unknown_price"
    assert key not in anonymous.get("/payment/plans").content.decode()


def test_sc_111_only_the_price_is_taken_from_the_caller(
    as_user, make_user, fake, prices, subscribe
):
    victim, ada = make_user("victim"), make_user("ada")
    subscribe(victim)
    foreign = Customer.objects.get(subscriber=victim).id

    url = (
        as_user(ada)
        .post(
            URL,
            {
                "price": prices.starter,
                "customer": foreign,
                "quantity": 50,
                "amount": 1,
                "trial_days": 365,
                "user": str(victim.pk),
            },
        )
        .json()["url"]
    )

    session = fake.get(session_of(url))
    assert session["customer"] != foreign
    assert session["customer"] == Customer.objects.get(subscriber=ada).id
    assert session["amount_total"] == 900
    assert session["client_reference_id"] == str(ada.pk)


def test_sc_111_only_the_price_is_taken_from_a_form(
    client, make_user, fake, prices, subscribe
):
    victim, ada = make_user("victim"), make_user("ada")
    subscribe(victim)
    foreign = Customer.objects.get(subscriber=victim).id
    client.force_login(ada)

    answer = client.post(
        "/accounts/billing/checkout/",
        {"price": prices.starter, "customer": foreign, "quantity": 50, "amount": 1},
    )

    session = fake.get(session_of(answer["Location"]))
    assert session["customer"] == Customer.objects.get(subscriber=ada).id
    assert session["amount_total"] == 900


def test_second_subscription_is_refused(as_user, make_user, prices, subscribe):
    ada = make_user("ada")
    subscribe(ada)

    response = as_user(ada).post(URL, {"price": prices.pro})

    assert response.status_code == HTTPStatus.CONFLICT
    assert response.json()["errors"][0]["code"] == "already_subscribed"


def test_second_subscription_is_refused_before_the_news_of_the_first(
    as_user, make_user, fake, prices
):
    ada = make_user("ada")
    api = as_user(ada)
    url = api.post(URL, {"price": prices.starter}).json()["url"]
    fake.complete_checkout(session_of(url))

    response = api.post(URL, {"price": prices.starter})

    assert response.status_code == HTTPStatus.CONFLICT
    # What Stripe said on the way is kept, so the plan has begun.
    assert entitlement(ada).plan == "starter"


def test_same_price_gives_the_page_that_is_open(as_user, make_user, prices):
    api = as_user(make_user("ada"))

    first = api.post(URL, {"price": prices.starter}).json()["url"]
    again = api.post(URL, {"price": prices.starter}).json()["url"]

    assert first == again


def test_other_price_closes_the_page_that_is_open(as_user, make_user, fake, prices):
    api = as_user(make_user("ada"))

    first = api.post(URL, {"price": prices.starter}).json()["url"]
    other = api.post(URL, {"price": prices.pro}).json()["url"]

    assert fake.get(session_of(first))["status"] == "expired"
    assert fake.get(session_of(other))["status"] == "open"


@pytest.fixture
def returning(make_user, pay_as_guest, webhook, fake, prices):
    """Ada with a page for the pro plan, and then another customer, whose plan has ended."""
    ada = make_user("ada")
    page = actions.start_checkout(ada, price_id=prices.pro)
    pay_as_guest(ada.email)
    webhook.deliver()
    stripe.client().v1.subscriptions.cancel(entitlement(ada).subscription_id)
    webhook.deliver()
    assert customers_of(ada).count() == 2
    return ada, session_of(page)


def test_a_page_of_the_other_customer_is_closed(returning, prices, fake):
    ada, page = returning

    other = actions.start_checkout(ada, price_id=prices.starter)

    assert fake.get(page)["status"] == "expired"
    assert fake.get(session_of(other))["status"] == "open"


def test_what_the_other_customer_has_paid_unheard_is_not_paid_twice(
    returning, prices, fake, webhook
):
    ada, page = returning
    fake.complete_checkout(page)
    webhook.lose()

    with pytest.raises(AlreadySubscribed):
        actions.start_checkout(ada, price_id=prices.starter)

    assert entitlement(ada).plan == "pro"


def test_a_trial_is_not_begun_on_a_page_from_before_the_first_plan(
    returning, prices, fake, webhook
):
    ada, page = returning
    assert fake.get(page)["metadata"]["trial_days"] != "0"

    again = session_of(actions.start_checkout(ada, price_id=prices.pro))
    fake.complete_checkout(again)
    webhook.deliver()

    assert again != page
    assert subscription_of(ada).status == "active"


@pytest.mark.django_db(transaction=True)  # what follows a commit is part of it
def test_a_page_is_closed_once_a_payment_as_a_guest_is_linked(
    make_user, prices, fake, webhook, pay_as_guest
):
    ada = make_user("ada")
    page = session_of(actions.start_checkout(ada, price_id=prices.pro))

    pay_as_guest(ada.email)
    webhook.deliver()

    assert entitlement(ada).plan == "starter"
    assert fake.get(page)["status"] == "expired"


def begun(customer_id, price):
    """A subscription that waits for its first payment."""
    v1 = stripe.client().v1
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer_id}).id
    made = v1.subscriptions.create(
        {
            "customer": customer_id,
            "items": [{"price": price}],
            "default_payment_method": card,
            "payment_behavior": "default_incomplete",
        }
    )
    return made.id


def test_one_that_was_never_paid_does_not_keep_from_buying(
    make_user, prices, fake, webhook
):
    ada = make_user("ada")
    first = begun(customer_for(ada).id, prices.starter)
    fake.advance(days=2)
    webhook.deliver()
    assert fake.get(first)["status"] == "incomplete_expired"

    assert actions.start_checkout(ada, price_id=prices.starter)


@pytest.mark.django_db(transaction=True)
def test_eight_checkouts_at_once_make_one_customer_and_one_page(
    as_user, make_user, fake, prices, monkeypatch
):
    monkeypatch.setattr(locks, "WAIT_SECONDS", 60)  # however slow the machine is
    ada = make_user("ada")
    clients = [as_user(ada) for _ in range(8)]

    def post() -> str:
        return clients.pop().post(URL, {"price": prices.starter}).json()["url"]

    assert len(set(at_once(post))) == 1
    assert len(fake.events("customer.created")) == 1
    assert Customer.objects.get().subscriber == ada


def test_trial_is_given_once(as_user, make_user, fake, webhook, prices, subscribe):
    ada = make_user("ada")
    subscribe(ada, price=prices.pro)
    state = entitlement(ada)
    assert (state.status, state.plan) == ("trialing", "pro")
    assert (state.trial_end - state.current_period_start).days == 14
    assert not Payment.objects.exists()  # an invoice over nothing is no payment
    stripe.client().v1.subscriptions.cancel(state.subscription_id)
    webhook.deliver()

    subscribe(ada, price=prices.pro)

    assert entitlement(ada).status == "active"
    assert Payment.objects.get().amount == 2900


def test_stripe_down_is_said_and_the_next_try_works(
    as_user, make_user, prices, settings, stripe_server
):
    api = as_user(make_user("ada"))
    api.raise_request_exception = False
    settings.STRIPE_API_HOST = "http://127.0.0.1:9"

    response = api.post(URL, {"price": prices.starter})
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json()["errors"][0]["code"] == "billing_unavailable"

    settings.STRIPE_API_HOST = stripe_server.url
    response = api.post(URL, {"price": prices.starter})
    assert response.status_code == HTTPStatus.CREATED


def test_customer_deleted_within_the_day_is_made_again(
    as_user, make_user, fake, webhook, prices
):
    ada = make_user("ada")
    api = as_user(ada)
    api.post(URL, {"price": prices.starter})
    webhook.deliver()
    gone = Customer.objects.get().id
    stripe.client().v1.customers.delete(gone)
    webhook.deliver()

    response = api.post(URL, {"price": prices.starter})

    assert response.status_code == HTTPStatus.CREATED
    assert fake.get(session_of(response.json()["url"]))["customer"] != gone


def test_guest_pays_without_an_account(anonymous, fake, prices):
    response = anonymous.post(
        "/payment/guest_checkout",
        {"price": prices.starter, "email": "ada@example.com"},
    )

    assert response.status_code == HTTPStatus.CREATED
    session = fake.get(session_of(response.json()["url"]))
    assert session["customer_email"] == "ada@example.com"
    assert session["customer"] is None
    assert session["success_url"].endswith(
        "/accounts/billing/thanks/?session_id={CHECKOUT_SESSION_ID}"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"price": "price_1"},
        {"email": "ada@example.com"},
        {"price": "price_1", "email": "ada"},
        {"price": "price_1", "email": "a\0b@example.com"},
        {"price": "price_1", "email": ["ada@example.com"]},
        {"price": "price_1", "email": "ada@example.com"},
    ],
)
def test_guest_is_told_what_is_wrong(anonymous, db, body):
    response = anonymous.post("/payment/guest_checkout", body)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["code"]


def test_guests_are_limited(anonymous, prices, db):
    body = {"price": "price_unknown", "email": "ada@example.com"}
    for _ in range(20):
        anonymous.post("/payment/guest_checkout", body)

    response = anonymous.post("/payment/guest_checkout", body)

    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert response.json()["errors"][0]["code"] == "rate_limited"
    assert int(response.headers["Retry-After"]) > 0


def test_guests_of_one_network_are_limited_together(prices, db):
    body = {"price": "price_unknown", "email": "ada@example.com"}

    def ask(address: str) -> int:
        api = APIClient(REMOTE_ADDR=address)
        return api.post("/payment/guest_checkout", body).status_code

    codes = [ask(f"2001:db8::{n:x}") for n in range(21)]

    assert codes == [HTTPStatus.BAD_REQUEST] * 20 + [HTTPStatus.TOO_MANY_REQUESTS]


@pytest.mark.django_db(transaction=True)
def test_parallel_guests_are_counted_one_by_one():
    body = {"price": "price_unknown", "email": "ada@example.com"}

    def ask() -> int:
        return APIClient().post("/payment/guest_checkout", body).status_code

    answers = [answer for _ in range(4) for answer in at_once(ask)]

    assert answers.count(HTTPStatus.BAD_REQUEST) == 20
    assert answers.count(HTTPStatus.TOO_MANY_REQUESTS) == 12


def test_guest_gets_no_trial(anonymous, fake, prices):
    """Or anybody could begin one in a stranger's name, or their own again and again."""
    body = {"price": prices.pro, "email": "ada@example.com"}

    url = anonymous.post("/payment/guest_checkout", body).json()["url"]
    fake.complete_checkout(session_of(url))

    session = fake.get(session_of(url))
    assert fake.get(session["subscription"])["status"] == "active"


def test_checkouts_of_one_user_are_limited(as_user, make_user, prices):
    api, body = as_user(make_user("ada")), {"price": "price_unknown"}

    answers = [api.post("/payment/checkout", body) for _ in range(31)]

    assert [a.status_code for a in answers] == [400] * 30 + [429]
    assert answers[-1].json()["errors"][0]["code"] == "rate_limited"
    assert int(answers[-1].headers["Retry-After"]) > 0
    bob = as_user(make_user("bob"))
    assert bob.post("/payment/checkout", body).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.django_db(transaction=True)
def test_checkout_does_not_wait_for_ever(as_user, make_user, fake, prices, monkeypatch):
    monkeypatch.setattr(locks, "WAIT_SECONDS", 0.2)
    ada = make_user("ada")
    api = as_user(ada)
    api.raise_request_exception = False

    def post():
        return api.post("/payment/checkout", {"price": prices.pro})

    with locks.exclusive(f"checkout:{ada.pk}"):
        [response] = at_once(post, 1)

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json()["errors"][0]["code"] == "billing_unavailable"
    assert int(response.headers["Retry-After"]) > 0
    assert post().status_code == HTTPStatus.CREATED
