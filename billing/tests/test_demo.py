"""The demo data of billing."""

import pytest
from django.core.management import CommandError
from djstripe.models import Price, Product

from billing import demo


def test_second_run_changes_nothing(db, fake):
    demo.seed(lambda line: None)
    before = len(fake.events())
    lines = []

    demo.seed(lines.append)

    assert len(fake.events()) == before
    assert (Product.objects.count(), Price.objects.count()) == (2, 2)
    assert all("there already" in line for line in lines)


def test_stripe_that_is_missing_is_said(db, stripe_down):
    with pytest.raises(CommandError, match="gives no answer"):
        demo.seed(lambda line: None)


def test_nothing_is_made_in_live_mode(db, fake, settings):
    settings.STRIPE_LIVE_MODE = True

    with pytest.raises(CommandError, match="live key"):
        demo.seed(lambda line: None)

    assert fake.events() == []
