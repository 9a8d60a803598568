"""`manage.py prune`: deletes what has ended, by the clock."""

from argparse import ArgumentParser
from datetime import timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import AuditEvent, AuthSession


class Command(BaseCommand):
    help = (
        "Delete logins that ended more than --keep-days ago (until then they show what "
        "happened), expired sessions of pages, results of tasks that are done, and rows of "
        "the audit log after settings.AUDIT_RETENTION."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep-days", type=int, default=30)

    def handle(self, *args: object, keep_days: int, **options: object) -> None:
        if keep_days < 0:
            raise CommandError("--keep-days must be 0 or more.")
        ended_before = timezone.now() - timedelta(days=keep_days)
        ended = Q(expires_at__lt=ended_before) | Q(revoked_at__lt=ended_before)
        logins, _ = AuthSession.objects.filter(ended).delete()
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
        # allauth's rows about sessions stay behind when those expire.
        alive = Session.objects.values("session_key")
        pages, _ = UserSession.objects.exclude(session_key__in=alive).delete()
        done = DBTaskResult.objects.finished().filter(finished_at__lt=ended_before)
        tasks, _ = done.delete()
        told_before = timezone.now() - settings.AUDIT_RETENTION
        events, _ = AuditEvent.objects.filter(created_at__lt=told_before).delete()
        self.stdout.write(
            f"Deleted {logins} ended logins, {pages} sessions of pages, "
            f"{tasks} results of tasks, {events} rows of the audit log."
        )
