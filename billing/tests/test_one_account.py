"""dj-stripe looks up the account once for a delivery, and sends no key that was replaced."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from djstripe.models import Account, APIKey, Customer, Subscription

from billing import stripe
from billing.entitlements import subscription_of
from billing.one_account import known_once


@pytest.fixture
def ada(make_user, subscribe):
    ada = make_user("ada")
    subscribe(ada)
    return ada


def lookups(queries: CaptureQueriesContext) -> int:
    tables = ('FROM "djstripe_apikey"', 'FROM "djstripe_account"')
    return sum(any(t in query["sql"] for t in tables) for query in queries)


def test_a_delivery_looks_the_account_up_once(ada, webhook):
    key = subscription_of(ada).subscription_id
    stripe.update_subscription(key, {"metadata": {"note": "1"}})
    [event] = webhook.pending()

    with CaptureQueriesContext(connection) as queries:
        webhook.deliver([event])

    assert Subscription.objects.get().stripe_data["metadata"] == {"note": "1"}
    assert lookups(queries) == 2  # the key, and its account


def test_the_next_delivery_looks_anew(ada, settings):
    """An account that was deleted meanwhile is not referred to."""
    [account] = Account.objects.all()
    with known_once():
        assert (
            Account.get_or_retrieve_for_api_key(settings.STRIPE_SECRET_KEY) == account
        )
    APIKey.objects.all().delete()

    with known_once():
        found = Account.get_or_retrieve_for_api_key(settings.STRIPE_SECRET_KEY)

    assert found.id == account.id
    assert APIKey.objects.count() == 1


def test_sc_112_a_replaced_key_is_not_sent(ada, webhook, settings, fake, monkeypatch):
    settings.STRIPE_SECRET_KEY = "sk_test_" + "n" * 24
    assert Customer.objects.get().default_api_key == settings.STRIPE_SECRET_KEY
    assert APIKey.objects.get().secret != settings.STRIPE_SECRET_KEY
    sent = set()
    monkeypatch.setattr(
        "fakestripe.server.check_key", lambda authorization: sent.add(authorization)
    )
    stripe.write_metadata(Customer.objects.get().id, {"note": "1"})

    webhook.deliver()

    assert sent == {f"Bearer {settings.STRIPE_SECRET_KEY}"}
