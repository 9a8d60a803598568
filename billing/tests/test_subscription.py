"""/payment/subscription and the portal: state, cancel, resume, change."""

from http import HTTPStatus

import pytest
from djstripe.models import Customer

from billing import stripe
from billing.entitlements import entitlement, subscription_of, subscriptions_of
from billing.mirror import refresh_subscription
from billing.models import Payment

URL = "/payment/subscription"


@pytest.fixture
def ada(make_user):
    return make_user("ada")


def code(response):
    return response.json()["errors"][0]["code"]


def test_without_a_subscription(as_user, ada, django_assert_num_queries):
    api = as_user(ada)
    with django_assert_num_queries(2):
        response = api.get(URL)

    assert response.json() == {
        "status": "none",
        "has_access": False,
        "plan": None,
        "quantity": None,
        "cancel_at_period_end": False,
        "current_period_start": None,
        "current_period_end": None,
        "trial_end": None,
        "other_subscriptions": 0,
    }


def test_state_of_a_subscription_takes_one_query(
    as_user, ada, subscribe, prices, django_assert_num_queries
):
    subscribe(ada)
    api = as_user(ada)

    with django_assert_num_queries(2):  # with the one that authenticates
        state = api.get(URL).json()

    assert state["status"] == "active"
    assert state["plan"]["name"] == "Starter"
    assert state["plan"]["price"] == prices.starter
    assert state["current_period_end"] > state["current_period_start"]


@pytest.mark.parametrize("verb", ["cancel", "resume", "change"])
def test_nothing_to_change(as_user, ada, prices, verb):
    response = as_user(ada).post(f"{URL}/{verb}", {"price": prices.pro})

    assert response.status_code == HTTPStatus.CONFLICT
    assert code(response) == "no_subscription"


@pytest.mark.parametrize("verb", ["cancel", "resume", "change"])
def test_anonymous_is_refused(anonymous, verb, db):
    response = anonymous.post(f"{URL}/{verb}", {})

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert anonymous.get(URL).status_code == HTTPStatus.UNAUTHORIZED


def test_cancelled_is_kept_to_the_end_and_can_be_resumed(
    as_user, ada, fake, webhook, subscribe
):
    subscribe(ada)
    api = as_user(ada)

    for _ in range(2):  # the second time changes nothing
        state = api.post(f"{URL}/cancel").json()
        assert (state["cancel_at_period_end"], state["has_access"]) == (True, True)

    for _ in range(2):
        state = api.post(f"{URL}/resume").json()
        assert state["cancel_at_period_end"] is False
    webhook.deliver()
    assert entitlement(ada).is_ending is False

    api.post(f"{URL}/cancel")
    fake.advance(days=32)
    webhook.deliver()
    assert api.get(URL).json()["status"] == "none"
    assert code(api.post(f"{URL}/resume")) == "no_subscription"


def test_trial_that_is_cancelled_goes_on_to_its_end(as_user, ada, prices, subscribe):
    subscribe(ada, price=prices.pro)

    state = as_user(ada).post(f"{URL}/cancel").json()

    assert (state["status"], state["has_access"]) == ("trialing", True)


def test_change_of_price(as_user, ada, webhook, prices, subscribe):
    subscribe(ada)
    api = as_user(ada)

    state = api.post(f"{URL}/change", {"price": prices.pro}).json()
    assert state["plan"]["key"] == "pro"
    webhook.deliver()
    assert entitlement(ada).plan == "pro"

    response = api.post(f"{URL}/change", {"price": "price_unknown"})
    assert code(response) == "unknown_price"


def test_sc_111_nobody_changes_the_subscription_of_somebody_else(
    as_user, ada, make_user, subscribe
):
    subscribe(ada)
    theirs = subscription_of(ada).subscription_id
    api = as_user(make_user("mallory"))

    response = api.post(f"{URL}/cancel", {"subscription": theirs, "id": theirs})

    assert code(response) == "no_subscription"
    assert api.get(URL).json()["status"] == "none"
    refresh_subscription(theirs, customer_id=subscription_of(ada).customer_id)
    assert subscription_of(ada).is_ending is False


def test_subscription_that_only_we_still_know(as_user, ada, webhook, subscribe):
    subscribe(ada)
    stripe.client().v1.subscriptions.cancel(subscription_of(ada).subscription_id)

    response = as_user(ada).post(f"{URL}/cancel")

    assert response.status_code == HTTPStatus.CONFLICT
    assert code(response) == "billing_refused"


def test_renewal_makes_the_next_payment(as_user, ada, fake, webhook, subscribe):
    subscribe(ada)

    fake.advance(days=32)
    webhook.deliver()

    assert Payment.objects.filter(user=ada, status="paid").count() == 2
    results = as_user(ada).get("/payment/payments").json()["results"]
    assert [payment["amount"] for payment in results] == [900, 900]


def test_failed_renewal_keeps_the_plan_for_the_grace_and_no_longer(
    ada, fake, webhook, subscribe, time_machine
):
    subscribe(ada)
    fake.use_card(Customer.objects.get().id, "4000000000000341")
    start = subscription_of(ada).current_period_end

    fake.advance(days=31, seconds=7200)
    webhook.deliver()

    failed = Payment.objects.exclude(status="paid").get()
    assert (failed.status, failed.amount, failed.user) == ("open", 900, ada)
    time_machine.move_to(start.replace(microsecond=0))
    assert subscription_of(ada).status == "past_due"
    assert entitlement(ada) is not None
    time_machine.shift(3 * 86400 + 7201)
    assert entitlement(ada) is None
    assert subscription_of(ada).status == "past_due"


def test_new_card_pays_what_was_open(ada, fake, webhook, subscribe):
    subscribe(ada)
    customer = Customer.objects.get().id
    fake.use_card(customer, "4000000000000341")
    fake.advance(days=32)
    webhook.deliver()

    fake.use_card(customer, "4242424242424242")
    fake.advance(days=8)
    webhook.deliver()

    assert subscription_of(ada).status == "active"
    assert not Payment.objects.exclude(status="paid").exists()


def test_second_subscription_is_told_and_cancelled_with_the_first(
    as_user, ada, client, webhook, subscribe, prices, pay_as_guest
):
    subscribe(ada, prices.pro)
    pay_as_guest(ada.email)
    webhook.deliver()
    api = as_user(ada)
    client.force_login(ada)

    state = api.get(URL).json()
    assert state["other_subscriptions"] == 1
    assert "You pay for " in client.get("/accounts/billing/").content.decode()

    state = api.post(f"{URL}/cancel").json()
    assert (state["cancel_at_period_end"], state["other_subscriptions"]) == (True, 0)
    at_stripe = list(stripe.all_subscriptions())
    assert [s.cancel_at_period_end for s in at_stripe] == [True, True]
    assert "You pay for " not in client.get("/accounts/billing/").content.decode()

    # And so only one of them goes on.
    state = api.post(f"{URL}/resume").json()
    assert (state["cancel_at_period_end"], state["other_subscriptions"]) == (False, 0)
    kept = subscription_of(ada).subscription_id
    renewed = [s.id for s in stripe.all_subscriptions() if not s.cancel_at_period_end]
    assert renewed == [kept]


def test_portals_of_one_user_are_limited(as_user, ada):
    api = as_user(ada)

    answers = [api.post("/payment/portal") for _ in range(31)]

    assert [a.status_code for a in answers] == [409] * 30 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_portal_of_the_own_customer(as_user, ada, make_user, subscribe, fake):
    subscribe(ada)

    response = as_user(ada).post("/payment/portal")

    assert response.status_code == HTTPStatus.CREATED
    assert response.json()["url"].startswith(fake.url)
    nobody = as_user(make_user("bob")).post("/payment/portal")
    assert code(nobody) == "no_subscription"


def test_stripe_down_is_said_and_nothing_changes(
    as_user, ada, subscribe, stripe_server, settings
):
    subscribe(ada)
    api = as_user(ada)
    api.raise_request_exception = False
    settings.STRIPE_API_HOST = "http://127.0.0.1:9"

    for path in (f"{URL}/cancel", "/payment/portal"):
        response = api.post(path)
        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert code(response) == "billing_unavailable"

    settings.STRIPE_API_HOST = stripe_server.url
    assert api.get(URL).json()["cancel_at_period_end"] is False
    assert api.post(f"{URL}/cancel").json()["cancel_at_period_end"] is True


def test_one_that_ended_unheard_does_not_keep_the_other_from_ending(
    as_user, ada, webhook, subscribe, pay_as_guest
):
    subscribe(ada)
    pay_as_guest(ada.email)
    webhook.deliver()
    gone, other = subscriptions_of(ada)
    client = stripe.client().v1.subscriptions
    client.cancel(gone.subscription_id)
    webhook.lose()

    answer = as_user(ada).post(f"{URL}/cancel")

    assert answer.status_code == 200
    assert client.retrieve(other.subscription_id).cancel_at_period_end
