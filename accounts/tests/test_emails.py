"""Mail leaves outside the request, and none is lost in silence."""

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.test import TestCase
from django_tasks_db.models import DBTaskResult

from accounts.emails import RETRY_AFTER, deliver, send_later
from accounts.sealing import BrokenSeal, seal, unseal
from accounts.tests.conftest import ADDRESS, Api, last_code, register

DOWN = f"{__name__}.DownBackend"


class DownBackend(BaseEmailBackend):
    """A server that cannot be reached."""

    def send_messages(self, messages: list[Any]) -> int:
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


@pytest.fixture
def queue(settings: Any) -> None:
    """The queue as it is in production; nobody works on it unless the test does."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def work() -> None:
    """Do what waits in the queue, as the worker does."""
    for row in DBTaskResult.objects.ready():
        row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
        row.delete()


@pytest.mark.usefixtures("queue")
def test_a_request_only_queues_its_mail_unreadably(api: Api) -> None:
    assert register(api).status_code == 202
    assert not mail.outbox
    queued = str(DBTaskResult.objects.values().get())

    work()

    assert [m.to for m in mail.outbox] == [[ADDRESS]]
    assert last_code() not in queued
    assert ADDRESS not in queued


@pytest.mark.usefixtures("queue")
def test_sc_105_a_mail_server_that_is_down_changes_no_answer_and_is_tried_again(
    api: Api, settings: Any
) -> None:
    settings.EMAIL_BACKEND = DOWN
    assert register(api).status_code == 202
    work()  # fails, and queues it for later

    (later,) = DBTaskResult.objects.all()
    assert later.run_after is not None
    assert later.args_kwargs["args"][1] == 1
    assert not mail.outbox
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    deliver.func(*later.args_kwargs["args"])
    assert [m.to for m in mail.outbox] == [[ADDRESS]]


@pytest.mark.usefixtures("queue")
def test_the_last_failure_stays_visible(settings: Any, db: None) -> None:
    settings.EMAIL_BACKEND = DOWN
    with TestCase.captureOnCommitCallbacks(execute=True):
        send_later(EmailMultiAlternatives("s", "b", "a@example.com", [ADDRESS]))
    sealed = DBTaskResult.objects.get().args_kwargs["args"][0]

    with pytest.raises(smtplib.SMTPServerDisconnected):
        deliver.func(sealed, len(RETRY_AFTER))


def test_a_mail_of_a_transaction_that_fails_is_not_sent(db: None) -> None:
    with TestCase.captureOnCommitCallbacks(execute=False) as waiting:
        send_later(EmailMultiAlternatives("s", "b", "a@example.com", [ADDRESS]))

    assert len(waiting) == 1
    assert not mail.outbox


def test_a_seal_opens_while_its_key_is_known(settings: Any) -> None:
    sealed = seal("secret")
    old = settings.SECRET_KEY
    assert "secret" not in sealed

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    assert unseal(sealed) == "secret"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BrokenSeal):
        unseal(sealed)
