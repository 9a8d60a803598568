"""A webhook secret is rolled: for a while both sign, then the new one alone."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import visit
from fakestripe.tests.conftest import Inbox

Client = stripe.StripeClient
OLD = "whsec_old"


def is_signed(inbox: Inbox, secret: str) -> bool:
    """The latest arrival, by Stripe's own check."""
    body, header = inbox.bodies[-1]
    try:
        stripe.Webhook.construct_event(body, header, secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def send(fake: FakeStripe, client: Client) -> None:
    client.v1.customers.create({})
    fake.wait_until_delivered()


def test_both_secrets_sign_until_the_old_one_ends(
    fake: FakeStripe, client: Client, inbox: Inbox
) -> None:
    endpoint = fake.register_webhook(inbox.url, OLD)
    send(fake, client)
    assert inbox.bodies[-1][1].count("v1=") == 1

    new = fake.roll_secret(endpoint, overlap=7_200)
    send(fake, client)
    assert is_signed(inbox, OLD)
    assert is_signed(inbox, new)

    fake.advance(seconds=7_201)
    send(fake, client)
    assert not is_signed(inbox, OLD)
    assert is_signed(inbox, new)


def test_old_secret_can_end_at_once(
    fake: FakeStripe, client: Client, inbox: Inbox
) -> None:
    endpoint = fake.register_webhook(inbox.url, OLD)

    assert fake.roll_secret(endpoint, "whsec_new", overlap=0) == "whsec_new"
    send(fake, client)

    assert is_signed(inbox, "whsec_new")
    assert not is_signed(inbox, OLD)
    with pytest.raises(ValueError, match="at most a day"):
        fake.roll_secret(endpoint, overlap=86_401)


def test_rolled_by_control_and_dashboard(
    fake: FakeStripe, client: Client, inbox: Inbox
) -> None:
    endpoint = fake.register_webhook(inbox.url, OLD)

    told = control(fake, "roll_secret", endpoint=endpoint, overlap=60)["secret"]
    page = visit(f"{fake.url}/dashboard/webhooks").html
    assert told in page
    assert "the one before until" in page
    visit(f"{fake.url}/dashboard/webhooks/{endpoint}/roll", {})
    send(fake, client)

    assert is_signed(inbox, told)
    assert told not in visit(f"{fake.url}/dashboard/webhooks").html.split("before")[0]
    for wrong in ({}, {"endpoint": "we_none"}, {"endpoint": endpoint, "overlap": "1d"}):
        with pytest.raises(urllib.error.HTTPError):
            control(fake, "roll_secret", **wrong)


def control(fake: FakeStripe, name: str, **form: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{fake.url}/_fake/{name}",
        json.dumps(form).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())
