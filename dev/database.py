"""Brings the development database up to date: `python -m dev.database [--from-models]`.

An existing database gets the migrations it lacks. An empty one of our own is made from the
models (about 1 s) with all migrations recorded as applied, because dj-stripe's history of
migrations takes 40 s of processor time: Django renders its sixty models anew for each
step, to end where the models are. `tests/test_migrations.py` proves that both ways lead to
the same database. Production, and any database somebody names, is always migrated.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from dev.environment import prepare

# Migrations give a many-to-many table the project's kind of key, models that of the app.
WIDE_KEYS = (
    "auth_group_permissions",
    "djstripe_djstripeinvoicedefaulttaxrate",
    "djstripe_djstripeinvoiceitemtaxrate",
    "djstripe_djstripesubscriptionitemtaxrate",
)


class NoMigrations:
    """As `MIGRATION_MODULES`: no app has migrations, so its tables come from its models."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def update(*, from_models: bool) -> str:
    """Bring the database up to date; a word on what was done.

    Args:
        from_models: allowed to make the tables of an empty database from the models.
    """
    if from_models and not connection.introspection.table_names():
        make_tables()
        return "made from the models"
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return "up to date"
    call_command("migrate", interactive=False)
    return f"{len(plan)} migrations applied"


def make_tables() -> None:
    """Fill an empty database with the tables of all models, or, if killed, with nothing."""
    with transaction.atomic():
        with _without_migrations():
            call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            for table in WIDE_KEYS:
                cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN id TYPE bigint')
        recorder = MigrationRecorder(connection)
        recorder.ensure_schema()
        for app, name in sorted(MigrationLoader(connection).graph.nodes):
            recorder.record_applied(app, name)


@contextmanager
def _without_migrations() -> Iterator[None]:
    before = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = NoMigrations()
    try:
        yield
    finally:
        settings.MIGRATION_MODULES = before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--from-models", action="store_true")
    options = parser.parse_args()
    prepare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    django.setup()
    print(update(from_models=options.from_models))


if __name__ == "__main__":
    main()
