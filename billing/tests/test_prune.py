"""`manage.py prune_webhooks`: what is old goes, what a replay would need stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from djstripe.models import Customer, Event, WebhookEventTrigger

from billing.models import Payment


def prune(*options: str) -> str:
    out = StringIO()
    call_command("prune_webhooks", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def story(make_user, subscribe):
    subscribe(make_user("ada"))


def age(rows, days, **more):
    when = timezone.now() - timedelta(days=days)
    rows.update(**{name: when for name in ("created", *more)})


@pytest.mark.usefixtures("story")
def test_by_default_30_and_90_days():
    first, second, third = Event.objects.order_by("pk")[:3]
    for event, days in ((first, 91), (second, 89)):
        age(Event.objects.filter(pk=event.pk), days, djstripe_created=True)
    # Happened long ago, and was only replayed here today.
    age(Event.objects.filter(pk=third.pk), 95)
    old, young = WebhookEventTrigger.objects.order_by("pk")[:2]
    age(WebhookEventTrigger.objects.filter(pk=old.pk), 31)
    age(WebhookEventTrigger.objects.filter(pk=young.pk), 29)
    before = Event.objects.count(), WebhookEventTrigger.objects.count()

    assert prune() == "1 deliveries and 1 events deleted\n"

    now = Event.objects.count(), WebhookEventTrigger.objects.count()
    assert now == (before[0] - 1, before[1] - 1)
    assert not Event.objects.filter(pk=first.pk).exists()
    assert not WebhookEventTrigger.objects.filter(pk=old.pk).exists()
    assert Payment.objects.exists()
    assert Customer.objects.exists()
    assert prune() == "0 deliveries and 0 events deleted\n"


@pytest.mark.usefixtures("story")
def test_other_ages():
    age(WebhookEventTrigger.objects.all(), 2)
    age(Event.objects.all(), 32, djstripe_created=True)

    assert "0 deliveries and 0 events" in prune("--days=3", "--event-days=33")
    told = prune("--days=1", "--event-days=31")

    assert not WebhookEventTrigger.objects.exists()
    assert not Event.objects.exists()
    assert not told.startswith("0 ")


@pytest.mark.parametrize(
    "option",
    [
        "--days=0",
        "--days=-1",
        "--days=x",
        "--days=",
        "--days=36501",
        "--days=\u00b2",
        "--event-days=30",
        "--event-days=0",
    ],
)
def test_odd_ages(db, option):
    with pytest.raises(CommandError):
        prune(option)
