"""The whole way with a server that Stripe itself sends the news to."""

from http import HTTPStatus

import pytest
import requests
from django.conf import settings

from billing.tests.conftest import fill_in

DEADLINE = 30  # seconds


@pytest.mark.django_db(transaction=True)
def test_subscribe_renew_and_cancel(live_server, fake, prices, make_user, as_user):
    secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    fake.register_webhook(f"{live_server.url}/webhook/stripe", secret)
    ada = make_user("ada")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {as_user(ada).tokens['access']}"

    def get(path):
        response = session.get(live_server.url + path)
        assert response.status_code == HTTPStatus.OK, response.text
        return response.json()

    def post(path, **data):
        return session.post(live_server.url + path, json=data).json()

    plan = get("/payment/plans")["results"][0]
    url = post("/payment/checkout", price=plan["prices"][0]["id"])["url"]
    status, html, _ = fill_in(url, "4000000000000002")
    assert "declined" in html
    status, _, location = fill_in(url, "4242424242424242")
    assert (status, location) == (
        HTTPStatus.SEE_OTHER,
        f"{settings.BASE_URL}/accounts/billing/success/",
    )
    fake.wait_until_delivered(DEADLINE)

    state = get("/payment/subscription")
    assert (state["status"], state["plan"]["name"]) == ("active", plan["name"])
    [payment] = get("/payment/payments")["results"]
    assert (payment["amount"], payment["status"]) == (900, "paid")
    assert requests.get(payment["invoice_url"]).status_code == HTTPStatus.OK
    assert requests.get(payment["receipt_url"]).status_code == HTTPStatus.OK

    fake.advance(days=32)
    fake.wait_until_delivered(DEADLINE)
    assert len(get("/payment/payments")["results"]) == 2

    portal = post("/payment/portal")["url"]
    assert requests.get(portal).status_code == HTTPStatus.OK
    assert post("/payment/subscription/cancel")["cancel_at_period_end"] is True
    fake.advance(days=32)
    fake.wait_until_delivered(DEADLINE)
    assert get("/payment/subscription")["status"] == "none"
    answers = {delivery["status"] for delivery in fake.deliveries()}
    assert answers == {HTTPStatus.OK}
