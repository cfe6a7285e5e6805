"""Runs the migrations once for a whole run of tests: each process that tests begins with a copy of what they made.

Without TRAJECT_MIGRATED, the address of such a database, every process migrates a database of its own.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "TRAJECT_MIGRATED"
SQLITE = "sqlite:///"


def migrate(urls: Iterable[str], environment: dict[str, str]) -> None:
    """Migrate empty databases, side by side; fails if one cannot be."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    running = [subprocess.Popen(command, cwd=ROOT, env=environment | {"DATABASE_URL": url}) for url in urls]
    ended = [process.wait() for process in running]
    if any(ended):
        raise RuntimeError("The migrations failed.")


def migrated_file() -> Path | None:
    """The SQLite file that was migrated for this run, if there is one."""
    url = os.environ.get(VARIABLE, "")
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


@contextmanager
def begun_with_a_copy() -> Iterator[None]:
    """Let the test database of this process begin as a copy of the migrated one, if there is one for its engine."""
    url, file = os.environ.get(VARIABLE, ""), migrated_file()
    if connection.vendor == "postgresql" and url.startswith("postgres"):
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = url.rpartition("/")[2]
    if connection.vendor == "sqlite" and file:
        with _copied(file):
            yield
    else:
        yield


@contextmanager
def _copied(file: Path) -> Iterator[None]:
    """Fill the test database as soon as Django has made place for it; what is in memory stays as long as we hold it."""
    make, held = connection.creation._create_test_db, []

    def make_and_fill(verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name = make(verbosity, autoclobber, keepdb)
        held.append(sqlite3.connect(name, uri=True))
        with closing(sqlite3.connect(file)) as source:
            source.backup(held[0])
        return name

    connection.creation._create_test_db = make_and_fill
    yield
    for one in held:
        one.close()
