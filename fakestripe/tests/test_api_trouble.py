"""An API that fails on demand, and what that leaves behind."""

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.conftest import connect

Client = stripe.StripeClient
ONCE = {"idempotency_key": "once"}


def test_too_many_requests_do_nothing(fake: FakeStripe, client: Client) -> None:
    fake.set_chaos(rate_limits=1.0)

    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.customers.create({})

    assert refused.value.json_body["error"]["code"] == "rate_limit"
    fake.set_chaos()
    assert client.v1.customers.list().data == []


def test_failures_do_nothing(fake: FakeStripe, client: Client) -> None:
    fake.set_chaos(failures=1.0)

    with pytest.raises(stripe.APIError) as failed:
        client.v1.customers.create({}, ONCE)

    assert failed.value.http_status == 500
    fake.set_chaos()
    assert client.v1.customers.list().data == []
    # The key was not used up.
    assert client.v1.customers.create({}, ONCE).id


def test_lost_answers_are_found_again_by_their_key(
    fake: FakeStripe, client: Client
) -> None:
    fake.set_chaos(lost_answers=1.0)
    with pytest.raises(stripe.APIError):
        client.v1.customers.create({}, ONCE)
    fake.set_chaos()

    again = client.v1.customers.create({}, ONCE)

    assert [customer.id for customer in client.v1.customers.list().data] == [again.id]


def test_the_library_retries_through_a_share_of_failures(fake: FakeStripe) -> None:
    fake.set_chaos(failures=0.2, lost_answers=0.2, seed=3)
    patient = stripe.StripeClient(
        "sk_test_" + "x" * 24, base_addresses={"api": fake.url}, max_network_retries=9
    )

    made = [patient.v1.customers.create({}).id for _ in range(2)]

    fake.set_chaos()
    listed = connect(fake.url).v1.customers.list().data
    assert [customer.id for customer in listed] == made[::-1]
