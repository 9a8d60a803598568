"""What has ended is deleted by the clock, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import audit
from accounts.models import AuditEvent, AuthSession, User
from accounts.sessions import end_session, start_session
from accounts.tests.conftest import Api, SignIn
from accounts.tests.test_logout import is_signed_in, page_login, sees_account


def ago(days: float) -> object:
    return timezone.now() - timedelta(days=days)


def login_that(user: User, **times: object) -> AuthSession:
    session, _ = start_session(user, session_key="")
    AuthSession.objects.filter(pk=session.pk).update(**times)
    return session


def test_ended_logins_go_after_their_time(ada: User) -> None:
    kept = [
        login_that(ada),
        login_that(ada, revoked_at=ago(29)),
        login_that(ada, expires_at=ago(29)),
    ]
    login_that(ada, revoked_at=ago(31))
    login_that(ada, expires_at=ago(31))

    call_command("prune")

    left = set(AuthSession.objects.values_list("pk", flat=True))
    assert left == {session.pk for session in kept}


def test_expired_pages_go_and_open_ones_stay(ada: User, sign_in: SignIn) -> None:
    browser, phone = page_login(ada), sign_in(ada)
    gone = page_login(ada)
    key = gone.session.session_key
    Session.objects.filter(session_key=key).update(expire_date=ago(0))

    call_command("prune")

    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.filter(session_key=key).exists()
    assert sees_account(browser)
    assert is_signed_in(phone)


def test_a_login_ended_now_is_kept_for_a_while(ada: User, sign_in: SignIn) -> None:
    client: Api = sign_in(ada)
    end_session(AuthSession.objects.get(), "logout")

    call_command("prune", keep_days=1)
    assert AuthSession.objects.count() == 1
    call_command("prune", keep_days=0)
    assert not AuthSession.objects.exists()
    assert not is_signed_in(client)


def test_results_of_old_tasks_go(db: None) -> None:
    times = {"old": ago(31), "new": ago(1), "waiting": None}
    for path, finished_at in times.items():
        DBTaskResult.objects.create(
            task_path=path,
            args_kwargs={"args": [], "kwargs": {}},
            backend_name="default",
            queue_name="default",
            status="SUCCESSFUL" if finished_at else "READY",
            finished_at=finished_at,
            run_after=timezone.now(),
            exception_class_path="",
            traceback="",
        )

    call_command("prune")

    left = set(DBTaskResult.objects.values_list("task_path", flat=True))
    assert left == {"new", "waiting"}


def test_the_audit_log_is_kept_for_a_year_or_as_long_as_is_said(
    ada: User, settings: Any
) -> None:
    for days in (366, 364, 1):
        audit.record("login.succeeded", user=ada)
        newest = AuditEvent.objects.latest("created_at")
        AuditEvent.objects.filter(pk=newest.pk).update(created_at=ago(days))

    call_command("prune")
    assert AuditEvent.objects.count() == 2
    settings.AUDIT_RETENTION = timedelta(days=7)
    call_command("prune")
    assert AuditEvent.objects.count() == 1


def test_a_time_before_now_is_needed(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("prune", keep_days=-1)
