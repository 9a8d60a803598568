"""A payment as a guest, claimed from another address: once, soon, and by who paid."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from djstripe.models import Customer, Subscription
from time_machine import TimeMachineFixture

from accounts.deletion import delete_account
from accounts.tests.conftest import Browser, last_code
from billing import actions, claims, stripe
from billing.customers import OWNER_KEY
from billing.entitlements import entitlement
from billing.linking import link_customers
from billing.models import Payment
from billing.tests.conftest import (
    PayAsGuest,
    Prices,
    Subscribe,
    Webhook,
    at_once,
    fill_in,
    session_of,
)
from conftest import PASSWORD, AsUser, MakeUser
from fakestripe import FakeStripe

TOKEN, CLAIM = "/payment/claim/token", "/payment/claim"
THANKS, CLAIM_PAGE = "/accounts/billing/thanks/", "/accounts/billing/claim/"
PAID_WITH = "typo@example.com"

Paid = Callable[..., str]


@pytest.fixture
def paid(prices: Prices) -> Paid:
    """`paid()`: a guest paid on the hosted page; gives the id that the browser came back with."""

    def pay(email: str = PAID_WITH) -> str:
        page = actions.start_guest_checkout(
            price_id=prices.starter, email=email, network="198.51.100.7"
        )
        status, _, back = fill_in(page, "4242 4242 4242 4242")
        assert status == HTTPStatus.SEE_OTHER
        assert urlsplit(back).path == THANKS
        return parse_qs(urlsplit(back).query)["session_id"][0]

    return pay


def token_for(session_id: str, address: str = "127.0.0.1") -> HttpResponse:
    return Client(raise_request_exception=False, REMOTE_ADDR=address).post(
        TOKEN, {"session_id": session_id}, content_type="application/json"
    )


def code_of(response: HttpResponse) -> str:
    return response.json()["errors"][0]["code"]


@pytest.mark.parametrize("is_late", [True, False], ids=["news late", "news first"])
def test_another_address_claims_what_a_guest_paid(
    as_user: AsUser, make_user: MakeUser, webhook: Webhook, paid: Paid, is_late: bool
) -> None:
    session_id = paid()
    if not is_late:
        webhook.deliver()
    token = token_for(session_id).json()["token"]
    ada = make_user("ada")
    assert entitlement(ada) is None

    answer = as_user(ada).post(CLAIM, {"token": token})

    assert answer.status_code == HTTPStatus.OK, answer.json()
    assert answer.json()["plan"]["key"] == "starter"
    webhook.deliver()
    assert entitlement(ada).plan == "starter"
    assert Customer.objects.get().subscriber == Payment.objects.get().user == ada
    # Whoever proves the address that was typed comes too late: it is no longer free.
    typo = make_user("typo")
    assert link_customers(typo) == []
    assert entitlement(typo) is None


@pytest.fixture
def token(paid: Paid, webhook: Webhook) -> str:
    """Of a payment that nobody owns."""
    session_id = paid()
    webhook.deliver()
    return token_for(session_id).json()["token"]


def assert_nobody_owns_it() -> None:
    assert not Customer.objects.exclude(subscriber=None).exists()
    assert not Payment.objects.exclude(user=None).exists()


def test_a_token_is_good_for_one_account(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    ada, eve = make_user("ada"), make_user("eve")
    assert as_user(ada).post(CLAIM, {"token": token}).status_code == HTTPStatus.OK

    stranger = as_user(eve).post(CLAIM, {"token": token})
    again = as_user(ada).post(CLAIM, {"token": token})

    assert (stranger.status_code, code_of(stranger)) == (409, "already_claimed")
    assert (again.status_code, again.json()["status"]) == (200, "active")
    assert Customer.objects.get().subscriber == ada
    assert entitlement(eve) is None


def test_a_token_is_worth_nothing_once_the_address_was_proved(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    owner, eve = make_user("typo"), make_user("eve")
    assert link_customers(owner)

    answer = as_user(eve).post(CLAIM, {"token": token})

    assert (answer.status_code, code_of(answer)) == (409, "already_claimed")
    assert Customer.objects.get().subscriber == owner


def test_a_customer_that_somebody_had_is_not_claimed_again(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    """Its owner has deleted the account: Stripe still names them."""
    gone = make_user("gone")
    stripe.write_metadata(Customer.objects.get().id, {OWNER_KEY: str(gone.pk)})

    answer = as_user(make_user("eve")).post(CLAIM, {"token": token})

    assert (answer.status_code, code_of(answer)) == (409, "already_claimed")
    assert_nobody_owns_it()


def test_an_unverified_user_claims_nothing(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    eve = make_user("eve", verified=False)

    answer = as_user(eve).post(CLAIM, {"token": token})

    assert (answer.status_code, code_of(answer)) == (403, "email_not_verified")
    assert_nobody_owns_it()
    EmailAddress.objects.filter(user=eve).update(verified=True)
    assert as_user(eve).post(CLAIM, {"token": token}).status_code == HTTPStatus.OK


def test_a_token_expires(
    as_user: AsUser, make_user: MakeUser, token: str, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(timezone.now() + claims.LIFETIME + timedelta(seconds=2))

    answer = as_user(make_user("ada")).post(CLAIM, {"token": token})

    assert (answer.status_code, code_of(answer)) == (400, "claim_expired")
    assert_nobody_owns_it()


def test_a_forged_token_is_refused(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    customer = {"customer": Customer.objects.get().id, "subscription": "sub_1"}
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        signing.dumps(customer, salt="another purpose"),
        signing.dumps(customer, salt=claims.SALT, key="x" * 50),
        "nonsense",
        "é:é:é",
        ":::",
    ]
    client = as_user(make_user("eve"))

    for text in forged:
        answer = client.post(CLAIM, {"token": text})
        assert (answer.status_code, code_of(answer)) == (400, "invalid_claim"), text
    for odd in (None, 1, [], {}, "", "a\0b", "x" * 1001):
        answer = client.post(CLAIM, {"token": odd})
        assert answer.status_code == HTTPStatus.BAD_REQUEST, odd
    assert_nobody_owns_it()


def test_sc_111_a_session_that_was_not_just_paid_by_a_guest_is_unknown(
    make_user: MakeUser,
    prices: Prices,
    webhook: Webhook,
    subscribe: Subscribe,
    fake: FakeStripe,
    paid: Paid,
    time_machine: TimeMachineFixture,
) -> None:
    """One answer for all, so nobody learns which sessions there are (SC 111)."""
    subscribe(make_user("ada"))
    (told,) = fake.events("checkout.session.completed")
    of_a_user = told["data"]["object"]["id"]
    not_paid = session_of(
        actions.start_guest_checkout(
            price_id=prices.starter, email=PAID_WITH, network="198.51.100.7"
        )
    )
    elsewhere = stripe.create_checkout(
        {
            "mode": "subscription",
            "line_items": [{"price": prices.starter, "quantity": 1}],
            "customer_email": PAID_WITH,
            "success_url": "https://other.example.com/",
        }
    )
    fake.complete_checkout(session_of(elsewhere))
    unknown = [
        *(of_a_user, not_paid, session_of(elsewhere)),
        *("cs_test_" + "a" * 58, "cs_", "../customers", "cs_test_a/../x", "sub_1"),
    ]

    for session_id in unknown:
        answer = token_for(session_id)
        found = (answer.status_code, code_of(answer))
        assert found == (404, "checkout_not_found"), session_id

    # A link found later, in a history or a log.
    session_id = paid()
    assert token_for(session_id).status_code == HTTPStatus.CREATED
    time_machine.move_to(timezone.now() + claims.WINDOW + timedelta(seconds=2))
    assert code_of(token_for(session_id)) == "checkout_not_found"


def test_tries_are_counted(
    as_user: AsUser, make_user: MakeUser, fake: FakeStripe, db: None
) -> None:
    client = as_user(make_user("eve"))

    claimed = [client.post(CLAIM, {"token": "x"}).status_code for _ in range(21)]
    asked = [token_for("cs_").status_code for _ in range(21)]

    assert claimed == [HTTPStatus.BAD_REQUEST] * 20 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert asked == [HTTPStatus.NOT_FOUND] * 20 + [HTTPStatus.TOO_MANY_REQUESTS]


def test_one_network_is_one_visitor_at_both_doors(fake: FakeStripe, db: None) -> None:
    """Whoever has one IPv6 address has a /64 of them, and a page beside the API."""

    def at_the_page(address: str) -> str:
        return Client(REMOTE_ADDR=address).post(THANKS, {"session_id": "cs_"}).url

    for n in range(10):
        at_the_page(f"2001:db8::{n:x}")
    asked = [token_for("cs_", f"2001:db8::f:{n:x}").status_code for n in range(11)]
    elsewhere = token_for("cs_", "2001:db8:0:1::1").status_code

    assert asked == [HTTPStatus.NOT_FOUND] * 10 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert elsewhere == HTTPStatus.NOT_FOUND


def test_stripe_down_is_said_and_the_token_stays_good(
    as_user: AsUser, make_user: MakeUser, paid: Paid, webhook: Webhook, settings: Any
) -> None:
    session_id, host = paid(), settings.STRIPE_API_HOST
    token = token_for(session_id).json()["token"]
    client = as_user(make_user("ada"))
    client.raise_request_exception = False
    settings.STRIPE_API_HOST = "http://127.0.0.1:9"
    stripe.configure()
    try:
        refused = [token_for(session_id), client.post(CLAIM, {"token": token})]
    finally:
        settings.STRIPE_API_HOST = host
        stripe.configure()
    for answer in refused:
        assert (answer.status_code, code_of(answer)) == (503, "billing_unavailable")

    assert client.post(CLAIM, {"token": token}).status_code == HTTPStatus.OK


def test_a_customer_that_stripe_deleted_is_not_claimed(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    stripe.client().v1.customers.delete(Customer.objects.get().id)

    answer = as_user(make_user("ada")).post(CLAIM, {"token": token})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert_nobody_owns_it()


@pytest.mark.parametrize("has_ended", [True, False], ids=["and ended", "alone"])
def test_a_refund_before_the_claim_is_seen_after_it(
    as_user: AsUser,
    make_user: MakeUser,
    token: str,
    webhook: Webhook,
    fake: FakeStripe,
    has_ended: bool,
) -> None:
    """Refunded and ended gives no plan; a refund alone ends nothing, at Stripe neither."""
    (told,) = fake.events("charge.succeeded")
    stripe.client().v1.refunds.create({"charge": told["data"]["object"]["id"]})
    if has_ended:
        key = Subscription.objects.get().id
        stripe.client().v1.subscriptions.cancel(key)
    ada = make_user("ada")
    client = as_user(ada)

    answer = client.post(CLAIM, {"token": token})
    webhook.deliver()

    assert answer.json()["status"] == ("none" if has_ended else "active")
    assert (entitlement(ada) is None) is has_ended
    (payment,) = client.get("/payment/payments").json()["results"]
    assert payment["amount_refunded"] == payment["amount"] == 900


@pytest.mark.django_db(transaction=True)
def test_who_deletes_the_account_and_returns_begins_anew(
    as_user: AsUser,
    make_user: MakeUser,
    token: str,
    webhook: Webhook,
    pay_as_guest: PayAsGuest,
) -> None:
    """The old customer names its old owner for good; a new payment is theirs."""
    ada = make_user("typo")
    assert as_user(ada).post(CLAIM, {"token": token}).status_code == HTTPStatus.OK
    actions.cancel_subscription(ada)
    old = Customer.objects.get()
    delete_account(ada, by=ada)
    webhook.deliver()

    back = make_user("typo")
    assert link_customers(back) == []
    assert code_of(as_user(back).post(CLAIM, {"token": token})) == "already_claimed"
    assert entitlement(back) is None
    pay_as_guest(PAID_WITH)
    webhook.deliver()

    assert entitlement(back).plan == "starter"
    new = Customer.objects.get(subscriber=back)
    assert new.id != old.id
    assert Payment.objects.get(user=back).stripe_customer_id == new.id


@pytest.mark.django_db(transaction=True)
def test_of_two_claims_at_once_one_wins(
    as_user: AsUser, make_user: MakeUser, token: str
) -> None:
    clients = [as_user(make_user(name)) for name in ("ada", "eve", "bob", "mel")]

    answers = at_once(lambda: clients.pop().post(CLAIM, {"token": token}), 4)

    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert Customer.objects.get().subscriber == Payment.objects.get().user


@pytest.fixture
def browser() -> Browser:
    return Browser()


# --- The same on pages ------------------------------------------------------------------


def test_pages_lead_from_the_payment_to_the_plan(
    client: Client, make_user: MakeUser, webhook: Webhook, paid: Paid
) -> None:
    session_id = paid()
    webhook.deliver()
    page = client.get(THANKS, {"session_id": session_id}).content.decode()
    assert session_id in page

    to_signup = client.post(THANKS, {"session_id": session_id})

    # The token is in the session of this browser, not in an address.
    assert to_signup["Location"] == (
        "/accounts/signup/?next=%2Faccounts%2Fbilling%2Fclaim%2F"
    )
    ada = make_user("ada")
    client.force_login(ada)
    asked = client.get(CLAIM_PAGE)
    assert "ada@example.com" in asked.content.decode()
    assert_nobody_owns_it()  # to look is not to take

    done = client.post(CLAIM_PAGE, follow=True)

    assert "The payment is yours now." in done.content.decode()
    assert entitlement(ada).plan == "starter"
    # And only once: the next visit has nothing to claim.
    assert client.get(CLAIM_PAGE)["Location"] == "/accounts/billing/"


@pytest.mark.parametrize("has_account", [False, True], ids=["signs up", "signs in"])
def test_the_claim_survives_the_way_to_an_account(
    browser: Browser, make_user: MakeUser, paid: Paid, has_account: bool
) -> None:
    """The whole way in one browser, while Stripe's news is late."""
    session_id = paid()
    account = {"email": "ada@example.com", "password1": PASSWORD}
    if has_account:
        make_user("ada")
        account = {"login": "ada@example.com", "password": PASSWORD}
    choice = {"login": "1"} if has_account else {}
    browser.get(THANKS, {"session_id": session_id})
    entrance = browser.post(THANKS, {"session_id": session_id, **choice})["Location"]

    form = browser.get(entrance).content.decode()
    assert f'name="next" value="{CLAIM_PAGE}"' in form
    page = browser.post(
        urlsplit(entrance).path, {**account, "next": CLAIM_PAGE}, follow=True
    )
    if not has_account:
        address = page.request["PATH_INFO"]
        page = browser.post(address, {"code": last_code()}, follow=True)

    assert page.request["PATH_INFO"] == CLAIM_PAGE
    assert "Take over your payment?" in page.content.decode()
    done = browser.post(CLAIM_PAGE, follow=True)
    assert "The payment is yours now." in done.content.decode()
    assert Customer.objects.get().subscriber.email == "ada@example.com"


def test_pages_refuse_in_words(
    client: Client, make_user: MakeUser, webhook: Webhook, paid: Paid, prices: Prices
) -> None:
    client.force_login(make_user("eve"))
    unknown = client.post(THANKS, {"session_id": "cs_test_x"}, follow=True)
    assert "No payment without an account" in unknown.content.decode()
    client.post(THANKS, {"session_id": paid()})
    webhook.deliver()
    owner = make_user("typo")
    assert link_customers(owner)

    refused = client.post(CLAIM_PAGE, follow=True)

    assert "belongs to an account already" in refused.content.decode()
    assert Customer.objects.get().subscriber == owner


def test_pages_of_an_odd_address_are_harmless(client: Client, db: None) -> None:
    for odd in ("", "<script>", "cs_test_" + "a" * 5000, "é"):
        page = client.get(THANKS, {"session_id": odd})
        assert page.status_code == HTTPStatus.OK
        assert "<script>" not in page.content.decode().split("<main")[1]
        assert client.post(THANKS, {"session_id": odd}).status_code == HTTPStatus.FOUND
