"""The tables of an empty development database, straight from the models.

dj-stripe's history of migrations takes about 40 s of processor time on an empty database,
because Django renders its sixty models anew for each step. The end of that history is what
the models say, so here the tables are made from the models (about 2 s) and the
migrations are recorded as applied: later ones then run as usual. That both ways lead to
the same database is proved by `tests/test_migrations.py`. Never used on a database
that has tables, and never in production.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class NoMigrations:
    """As MIGRATION_MODULES: no app has migrations, so tables come from models."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


@contextmanager
def without_migrations() -> Iterator[None]:
    before = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = NoMigrations()
    try:
        yield
    finally:
        settings.MIGRATION_MODULES = before


def make_tables() -> None:
    """Make all tables and record all migrations; the database must be empty."""
    if connection.introspection.table_names():
        raise RuntimeError("The database has tables already.")
    with without_migrations():
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    graph = MigrationLoader(connection).graph
    for app, name in sorted(graph.nodes):
        recorder.record_applied(app, name)
