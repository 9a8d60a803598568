"""Migrations: none is missing, each says what it does, and the quick way ends where they do."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from pytest_django import Settings

from dev.services import CHECKOUT

Catalog = dict[str, set[tuple[object, ...]]]

# Everything that PostgreSQL knows about our tables, but for the order of the columns.
# Constraints and indexes are compared with their names: Django derives both from the model.
CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity::text,
               a.attgenerated::text, a.attcollation::regcollation::text
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace
          AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequences": """
        SELECT sequencename, data_type::text, start_value, max_value, increment_by
        FROM pg_sequences WHERE schemaname = 'public'
    """,
    "relations": """
        SELECT relname, relkind::text, obj_description(oid, 'pg_class') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind != 'i'
    """,
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "extensions": "SELECT extname FROM pg_extension",
    "migrations applied": "SELECT app, name FROM django_migrations",
    "content types": "SELECT app_label, model FROM django_content_type",
    "permissions": """
        SELECT t.app_label, t.model, p.codename, p.name
        FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    """,
}
# As `manage.py migrate`, but rarely looking for garbage: each of a thousand steps leaves the
# models of the one before, and the search takes a seventh of the time.
MIGRATE = """
import gc
from django.core.management import execute_from_command_line
gc.set_threshold(50_000, 20, 20)
execute_from_command_line(["manage.py", "migrate", "--verbosity=0"])
"""
# Filled while tables are made: compared above by what is in them, for their ids differ.
COMPARED_BY_CONTENT = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(autouse=True)
def migrations_are_there(settings: Settings) -> None:
    """The tests run without migrations; these are about them."""
    settings.MIGRATION_MODULES = {}


@pytest.fixture
def make_database() -> Iterator[Callable[[], str]]:
    """`make_database()`: the URL of an empty database on the server of the tests."""
    server, made = os.environ["DATABASE_URL"], []

    def make() -> str:
        name = f"migrations_{uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        made.append(name)
        return server.rsplit("/", 1)[0] + "/" + name

    yield make
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}"')


def run(database_url: str, *command: str) -> None:
    """Run Python on the database with the settings of development."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "saas.settings",
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def read_catalog(database_url: str) -> Catalog:
    with psycopg.connect(database_url) as connection:
        catalog = {
            what: set(connection.execute(query).fetchall())
            for what, query in CATALOG.items()
        }
        tables = {row[0] for row in catalog["relations"] if row[1] == "r"}
        catalog["rows"] = {
            (table, row[0])
            for table in tables - COMPARED_BY_CONTENT
            for row in connection.execute(f'SELECT t::text FROM "{table}" t')
        }
    return catalog


@pytest.mark.early
def test_sc_032_tables_from_models_equal_migrated_ones_and_hold_nobody(
    make_database: Callable[[], str],
) -> None:
    quick, migrated = make_database(), make_database()

    run(quick, "-m", "dev.database", "--from-models")
    run(migrated, "-c", MIGRATE)

    from_models, from_migrations = read_catalog(quick), read_catalog(migrated)
    assert len(from_migrations["relations"]) > 100
    # No user that everybody knows the password of, and no row that stands for one.
    assert not [row for row in from_migrations["rows"] if "user" in row[0]]
    for what in from_migrations:
        assert from_models[what] == from_migrations[what], what


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_each_migration_is_named_for_what_it_does() -> None:
    ours = [
        name
        for app, name in MigrationLoader(None).disk_migrations
        if Path(apps.get_app_config(app).path).parent == CHECKOUT
    ]

    assert "0001_initial" in ours
    assert not [name for name in ours if not re.fullmatch(r"\d{4}_(?!auto_)\w+", name)]
