"""What every test may use, and what holds for all of them.

The database is SQLite, or the one in DATABASE_URL (`python -m tests.postgres -- pytest` gives a private PostgreSQL).
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings as configured
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from tests.debian import chromium_program
from tests.migrated import begun_with_a_copy
from tests.protected_tables import flush_with_protection_off

LOCALE = Path(__file__).resolve().parent.parent / "locale"

hypothesis_settings.register_profile("traject", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis_settings.load_profile("traject")


def compile_translations() -> None:
    """Write each .mo that is older than its .po, so that pages are tested in the languages people see."""
    for source in LOCALE.glob("*/LC_MESSAGES/django.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as messages:
                catalog = read_po(messages, locale=source.parts[-3])
            with compiled.open("wb") as file:
                write_mo(file, catalog)


def pytest_configure(config: pytest.Config) -> None:
    """Make what the pages need on disk, once, before any worker starts."""
    configured.WHITENOISE_AUTOREFRESH = True  # else every client of a test looks through all static files first
    if not hasattr(config, "workerinput"):
        compile_translations()
        Path(configured.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


def on_postgresql() -> bool:
    """Whether this run uses PostgreSQL."""
    return configured.DATABASES["default"]["ENGINE"].endswith("postgresql")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs a program that is not here; `make test` brings it."""
    missing = {}
    if not on_postgresql():
        missing["postgres"] = pytest.mark.skip(reason="needs PostgreSQL: python -m tests.postgres -- pytest")
    if not chromium_program():
        missing["browser"] = pytest.mark.skip(reason="needs Chromium: apt-get install chromium")
    for item in items:
        for marker in missing.keys() & {mark.name for mark in item.iter_markers()}:
            item.add_marker(missing[marker])


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what stays for the whole run: thousands of tests and all modules.

    It also looks less often, since tests keep much: composed content, and what each template was drawn with.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Give tests whose threads share the database a file: SQLite in memory has no locks between threads."""
    threaded = any(item.get_closest_marker(name) for item in request.session.items for name in ("browser", "race"))
    if threaded and not on_postgresql():
        test = configured.DATABASES["default"].setdefault("TEST", {})
        test["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    with begun_with_a_copy():
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hash passwords the quick way: Argon2 is slow on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(configured, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        yield


@pytest.fixture(autouse=True, scope="session")
def tables_that_only_grow_can_be_emptied() -> None:
    """Let transactional tests empty all tables afterwards, which the database refuses for some."""
    flush_with_protection_off()


@pytest.fixture
def reasons_in_english() -> Iterator[None]:
    """Give the reasons of refusals in the words of the code, whatever is translated."""
    with translation.override("en"):
        yield
