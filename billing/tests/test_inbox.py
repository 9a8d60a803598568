"""The webhook inbox: failures are seen, and replayed with the effect of the first try."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone
from djstripe.models import Event, WebhookEventTrigger

from billing import actions, inbox
from billing.models import Payment
from billing.tests.conftest import at_once, fail, receiving, session_of

LIST = "/admin/djstripe/webhookeventtrigger/"


@pytest.fixture
def paid(make_user, fake, webhook, prices):
    """An invoice.paid that failed here once; whatever happened before it has arrived."""
    url = actions.start_checkout(make_user("ada"), price_id=prices.starter)
    fake.complete_checkout(session_of(url))
    event = fake.events("invoice.paid")[0]
    webhook.deliver([e for e in webhook.pending() if e["id"] != event["id"]])
    with receiving("invoice.paid", fail):
        webhook.post(event)
    return event


@pytest.fixture
def delivery(paid):
    return inbox.failed().get()


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def replay_url(row):
    return reverse("admin:djstripe_webhookeventtrigger_replay", args=[row.pk])


def shown(desk, outcome):
    page = desk.get(LIST, {"outcome": outcome})
    assert page.status_code == HTTPStatus.OK
    return [row.pk for row in page.context["cl"].result_list]


def test_failure_is_found_and_replayed_once(desk, delivery, paid, staff):
    assert shown(desk, "failed") == [delivery.pk]
    page = desk.get(
        reverse("admin:djstripe_webhookeventtrigger_change", args=[delivery.pk])
    )
    assert "RuntimeError: a bug" in page.content.decode()
    assert replay_url(delivery) in page.content.decode()
    assert not Payment.objects.exclude(status="").exists()

    for told in ("replayed.", "had taken effect before"):
        answer = desk.post(replay_url(delivery), follow=True)
        assert told in answer.content.decode()

    assert Payment.objects.get().status == "paid"
    assert Event.objects.filter(id=paid["id"]).count() == 1
    delivery.refresh_from_db()
    assert (delivery.processed, delivery.exception, delivery.traceback) == (
        True,
        "",
        "",
    )
    assert shown(desk, "failed") == []
    entries = LogEntry.objects.filter(user=staff, object_id=str(delivery.pk))
    assert [paid["id"] in e.change_message for e in entries] == [True, True]


def test_action_replays_the_selected(desk, delivery):
    answer = desk.post(
        LIST,
        {"action": "replay_selected", "_selected_action": [delivery.pk]},
        follow=True,
    )

    assert "replayed." in answer.content.decode()
    assert Payment.objects.get().status == "paid"


def test_replay_that_fails_again_keeps_the_new_error(desk, delivery):
    def other(**kwargs):
        raise LookupError("another bug")

    with receiving("invoice.paid", other):
        answer = desk.post(replay_url(delivery), follow=True)

    assert "It failed again: another bug" in answer.content.decode()
    delivery.refresh_from_db()
    assert (delivery.processed, delivery.exception) == (False, "another bug")
    assert "LookupError" in delivery.traceback
    assert shown(desk, "failed") == [delivery.pk]
    assert not Payment.objects.exclude(status="").exists()


def test_failure_that_a_later_try_mended_is_no_failure(desk, delivery, webhook, paid):
    webhook.deliver([paid])

    assert shown(desk, "failed") == []
    assert shown(desk, "recovered") == [delivery.pk]
    assert delivery.pk not in shown(desk, "handled")


def test_delivery_whose_server_was_killed_is_a_failure(desk, delivery):
    """It has neither an error nor a verdict; while somebody works on it, it looks the same."""
    rows = WebhookEventTrigger.objects.filter(pk=delivery.pk)
    rows.update(exception="", traceback="", valid=False)
    assert shown(desk, "failed") == []

    rows.update(created=delivery.created - inbox.LONGEST_WORK)
    assert shown(desk, "failed") == [delivery.pk]

    desk.post(replay_url(delivery))
    assert Payment.objects.get().status == "paid"


def test_event_of_the_other_mode_is_not_replayed(desk, delivery, settings):
    settings.STRIPE_LIVE_MODE = True

    answer = desk.post(replay_url(delivery), follow=True)

    assert "no event of the mode" in answer.content.decode()
    delivery.refresh_from_db()
    assert delivery.exception == "a bug"


@pytest.mark.parametrize(
    ("rights", "answer"),
    [
        ([], HTTPStatus.FORBIDDEN),
        (["view_webhookeventtrigger"], HTTPStatus.FORBIDDEN),
        (["change_webhookeventtrigger"], HTTPStatus.FOUND),
    ],
)
def test_replay_needs_the_right(client, make_user, delivery, rights, answer):
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(clerk)

    assert client.post(replay_url(delivery)).status_code == answer
    assert Payment.objects.filter(status="paid").exists() == (
        answer == HTTPStatus.FOUND
    )
    page = client.get(LIST)
    offered = (
        page.status_code == HTTPStatus.OK and "replay_selected" in page.content.decode()
    )
    assert offered == (answer == HTTPStatus.FOUND)


def test_health_shows_the_age_of_the_last_delivery(client, delivery):
    url = "/health/ready"
    before = timezone.now() - timedelta(hours=3)
    WebhookEventTrigger.objects.update(created=before)

    reports = client.get(url).json()["reports"]

    longest = (timezone.now() - before).total_seconds()
    assert 3 * 3600 <= reports["last_webhook_age_seconds"] <= longest
    WebhookEventTrigger.objects.all().delete()
    assert client.get(url).json()["reports"] == {"last_webhook_age_seconds": None}


def test_get_replays_nothing(desk, delivery):
    assert desk.get(replay_url(delivery)).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert not Payment.objects.filter(status="paid").exists()


@pytest.mark.django_db(transaction=True)
def test_replays_and_retries_at_once_take_effect_once(delivery, webhook, paid):
    runs = []
    work = [
        lambda: inbox.replay(WebhookEventTrigger.objects.get(pk=delivery.pk)),
        lambda: webhook.post(paid),
    ] * 4

    with receiving("invoice.paid", lambda **kwargs: runs.append(1)):
        at_once(lambda: work.pop()(), times=8)

    assert len(runs) == 1
    assert Payment.objects.get().status == "paid"
