"""SC 112: keys of Stripe stand in no answer, no page of the admin and no log."""

import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse
from djstripe.models import APIKey, WebhookEndpoint

from billing import actions
from billing.tests.conftest import Prices, Subscribe, Webhook, session_of
from conftest import AsUser, MakeUser
from fakestripe import FakeStripe


@pytest.fixture
def secrets() -> list[str]:
    return [settings.STRIPE_SECRET_KEY, *settings.STRIPE_WEBHOOK_SECRETS]


@pytest.fixture
def everything_logged() -> Iterator[None]:
    """Libraries too, and what they would only say to somebody who debugs."""
    names = ["", "stripe", "djstripe", "urllib3", "saas", "billing", "django.request"]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("everything_logged")
def test_sc_112_logs_hold_no_key(
    as_user: AsUser,
    make_user: MakeUser,
    fake: FakeStripe,
    prices: Prices,
    webhook: Webhook,
    caplog: pytest.LogCaptureFixture,
    secrets: list[str],
    request: pytest.FixtureRequest,
) -> None:
    """Of work that goes well, that is refused by Stripe, and that finds nobody there."""
    ada = as_user(make_user("ada"))
    ada.raise_request_exception = False
    url = ada.post("/payment/checkout", {"price": prices.starter}).json()["url"]
    fake.complete_checkout(session_of(url))
    news = webhook.pending()
    webhook.deliver(news[:-1])
    webhook.send(*fake.signed(news[-1], "whsec_of_somebody_else"))
    fake.set_chaos(failures=1.0)
    ada.post("/payment/portal")
    webhook.post(news[-1])
    fake.set_chaos()
    request.getfixturevalue("stripe_down")
    answers = [ada.post("/payment/portal"), webhook.post(news[-1])]

    told = caplog.text
    assert "/v1/" in told  # the libraries were talking
    for secret in secrets:
        assert secret not in told
        assert not any(secret in answer.content.decode() for answer in answers)


def test_sc_112_nobody_reads_keys_in_the_admin(
    client: Client,
    make_user: MakeUser,
    staff: object,
    subscribe: Subscribe,
    secrets: list[str],
) -> None:
    """Not even a superuser, nor staff with every right: the tables are not there."""
    subscribe(make_user("ada"))
    assert APIKey.objects.filter(secret=secrets[0]).exists()
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.all())

    for model in (APIKey, WebhookEndpoint):
        assert not admin.site.is_registered(model)
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:djstripe_{model._meta.model_name}_changelist")
        for user in (staff, clerk):
            client.force_login(user)
            path = f"/admin/djstripe/{model._meta.model_name}/"
            assert client.get(path).status_code == 404
            index = client.get("/admin/").content.decode()
            assert not any(secret in index for secret in secrets)


def test_sc_112_an_export_and_the_plans_hold_no_key(
    as_user: AsUser, make_user: MakeUser, subscribe: Subscribe, secrets: list[str]
) -> None:
    ada = make_user("ada")
    subscribe(ada)
    actions.open_portal(ada)
    client = as_user(ada)

    for path in (
        *("/payment/plans", "/payment/subscription", "/payment/payments"),
        *("/auth/me/export", "/openapi.json", "/health/ready"),
    ):
        told = client.get(path).content.decode()
        assert not any(secret in told for secret in secrets), path
