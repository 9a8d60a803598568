"""Journeys that end at Stripe need its stand-in, as the tests of billing have it."""

from billing.tests.conftest import (  # noqa: F401
    fake,
    prices,
    shop,
    stripe_server,
    subscribe,
    webhook,
)
