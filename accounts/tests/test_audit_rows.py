"""A row of the audit log: what it holds, and that nothing takes it back."""

import logging
from collections.abc import Callable
from datetime import UTC

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request

from accounts import audit
from accounts.audit.middleware import AuditMiddleware
from accounts.models import AuditEvent, User

AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


class Undone(Exception):
    """Takes back the transaction it is raised in."""


def answered(view: Callable[[HttpRequest], HttpResponse], user: object = None) -> None:
    """Have the middleware run `view` for a request of `user`."""
    request = RequestFactory().post("/x", HTTP_USER_AGENT=AGENT)
    request.user = user or AnonymousUser()
    AuditMiddleware(view)(request)


def test_a_row_says_who_what_when_and_where(ada: User, staff: User) -> None:
    request = RequestFactory().get(
        "/", REMOTE_ADDR="fe80::7%eth0", HTTP_USER_AGENT=AGENT
    )

    audit.record(
        "login.failed",
        request=Request(request),
        user=ada,
        actor=staff,
        address="Ada@Example.com",
        factor="password",
        tries=3,
        workspace_id=ada.pk,
    )

    row = AuditEvent.objects.get(factor="password")
    assert (row.event, row.user, row.actor) == ("login.failed", ada, staff)
    assert (row.ip, row.user_agent, row.factor) == ("fe80::7", AGENT, "password")
    assert row.details == {"tries": 3, "workspace_id": str(ada.pk)}
    assert row.created_at.tzinfo is UTC


def test_addresses_are_grouped_without_being_stored(db: None) -> None:
    for address in ["ada@example.com", "ADA@example.com ", "eve@example.com"]:
        audit.record("login.failed", address=address)

    hashes = list(AuditEvent.objects.values_list("address_hash", flat=True))
    assert len(set(hashes)) == 2
    assert audit.address_hash("ada@example.com") in hashes
    assert "example" not in str(list(AuditEvent.objects.values()))


def test_in_a_request_the_request_and_who_signed_in_are_known(ada: User) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        audit.record("password.changed", user=ada)
        assert not AuditEvent.objects.exists()  # it waits for the end
        return HttpResponse()

    answered(view, user=ada)

    row = AuditEvent.objects.get()
    assert (row.actor, row.user_agent) == (ada, AGENT)


@pytest.mark.django_db(transaction=True)
def test_sc_107_a_row_survives_the_rollback_of_its_request() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            User.objects.create_user("ghost@example.com")
            audit.record("account.created")
            raise Undone

    with pytest.raises(Undone):
        answered(view)

    assert not User.objects.exists()
    assert AuditEvent.objects.get().event == "account.created"


@pytest.mark.django_db(transaction=True)
def test_sc_107_a_row_survives_a_rollback_outside_of_requests(ada: User) -> None:
    def change_and_fail() -> None:
        with transaction.atomic():
            # Locked, as an action of the domain would: the row must not wait for it.
            locked = User.objects.select_for_update().get(pk=ada.pk)
            ghost = User.objects.create_user("ghost@example.com")
            audit.record("account.created", user=ghost, actor=locked)
            raise Undone

    with pytest.raises(Undone):
        change_and_fail()

    row = AuditEvent.objects.select_related("user", "actor").get()
    assert (row.user, row.actor) == (None, ada)  # the ghost never came to be


@pytest.mark.django_db(transaction=True)
def test_outside_of_everything_a_row_is_written_at_once() -> None:
    audit.record("session.ended")

    assert AuditEvent.objects.exists()


def test_a_request_without_an_event_asks_the_database_nothing(
    django_assert_num_queries: Callable, db: None
) -> None:
    with django_assert_num_queries(0):
        answered(lambda request: HttpResponse())


def test_one_request_does_not_write_the_rows_of_another(db: None) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        audit.record("session.ended")
        return HttpResponse()

    answered(view)
    answered(lambda request: HttpResponse())

    assert AuditEvent.objects.count() == 1


def test_what_strangers_send_is_cut_and_made_storable(db: None) -> None:
    request = RequestFactory().get("/", HTTP_USER_AGENT="a\0b\nc\ud800" + "x" * 900)

    audit.record("login.failed", request=request, name="\0\ud8ff\r\n" + "y" * 900)

    row = AuditEvent.objects.get()
    assert row.user_agent.startswith("a?b?c?x")
    assert (len(row.user_agent), len(row.details["name"])) == (255, 200)


@pytest.mark.parametrize("name", ["failed", "Login.failed", "login failed", ""])
def test_an_event_has_a_name_like_all_others(name: str) -> None:
    with pytest.raises(ValueError, match="like login.failed"):
        audit.record(name)


def test_details_are_no_structures() -> None:
    with pytest.raises(TypeError, match="detail data"):
        audit.record("login.failed", data={"password": "x"})


def test_the_log_has_a_line_for_each(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    audit.record("session.ended", user=ada, reason="logout")

    (line,) = [r for r in caplog.records if r.getMessage() == "audit"]
    assert (line.audit_event, line.user_id) == ("session.ended", str(ada.pk))
    assert line.details == {"reason": "logout"}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_stored_stands_whole_in_the_log(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent RENAME TO audit_is_broken")
    try:
        audit.record("password.changed", user=ada)  # and the request goes on
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_is_broken RENAME TO accounts_auditevent")

    (line,) = [r for r in caplog.records if r.getMessage() == "audit_not_written"]
    assert line.levelname == "ERROR"
    assert line.lost[0]["audit_event"] == "password.changed"
    assert line.lost[0]["user_id"] == str(ada.pk)
