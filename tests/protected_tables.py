"""Empty the tables that the database protects: only tests may, between two tests. Rows of migrations come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

POSTGRESQL_TABLES = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
"""


@contextmanager
def protection_off(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Take every trigger of the database away for a moment."""
    switch = _postgresql if database.vendor == "postgresql" else _sqlite
    with switch(database):
        yield


@contextmanager
def _sqlite(database: BaseDatabaseWrapper) -> Iterator[None]:
    with database.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _name, sql in triggers:
                cursor.execute(sql, params=None)


@contextmanager
def _postgresql(database: BaseDatabaseWrapper) -> Iterator[None]:
    with database.cursor() as cursor:
        cursor.execute(POSTGRESQL_TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def flush_with_protection_off() -> None:
    """Let the flush of a transactional test pass through the triggers, and leave what migrations put there."""
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    @wraps(flush)
    def unprotected(self: object, sql_list: list[str]) -> None:
        with protection_off(connection):
            flush(self, sql_list)
        import_module("scheduling.migrations.0003_kinds_of_appointment").add(apps, None)

    operations.execute_sql_flush = unprotected
