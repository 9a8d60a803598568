"""Empties the tables after a test that commits.

Django's own way truncates all hundred tables, which makes a new file for each and for each
of its indexes, and then writes all content types and permissions again. Here rows are
deleted, and those two tables are left as they were made: no test writes to them.
"""

from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

MADE_WITH_THE_TABLES = {Permission._meta.db_table, ContentType._meta.db_table}


def install() -> None:
    TransactionTestCase._fixture_teardown = lambda case: empty_tables()


def empty_tables() -> None:
    """Raises IntegrityError where rows that are kept refer to others."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_statements())


@cache
def _statements() -> str:
    existing = set(connection.introspection.django_table_names(only_existing=True))
    tables = [f'"{table}"' for table in sorted(existing - MADE_WITH_THE_TABLES)]
    # As TRUNCATE does, wait for whoever still writes: their rows must go as well.
    lock = f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE"
    return ";".join([lock, *(f"DELETE FROM {table}" for table in tables)])
