"""Production refuses to start unsafely, by whatever door: tried with real processes."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings

from config.checks import production_settings_are_safe
from tests.migrated import migrated_file

ROOT = Path(__file__).resolve().parent.parent.parent
DEVELOPMENT_SECRET = "development-only-key-that-production-refuses-to-start-with"
KEY = base64.b64encode(bytes(range(32))).decode()
SAFE = {
    "TRAJECT_ENV": "production",
    "DEBUG": "0",
    "DEMO": "0",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "FIELD_KEYS": f"2026:{KEY}",
    "INDEX_KEY": KEY,
    "ALLOWED_HOSTS": "traject.example",
}
DJANGO = {"DJANGO_SETTINGS_MODULE": "config.settings"}
SETTINGS = ROOT / "config" / "settings.py"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database for the processes of this file."""
    file = tmp_path_factory.mktemp("production") / "traject.sqlite3"
    if begun := migrated_file():
        shutil.copy(begun, file)
    url = f"sqlite:///{file}"
    done = run(["manage.py", "migrate", "--verbosity", "0"], {"DATABASE_URL": url})
    assert done.returncode == 0, done.stderr
    return url


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run our Python with safe production settings, changed by `environment`."""
    basics = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, *arguments]
    everything = basics | SAFE | environment
    return subprocess.run(command, cwd=ROOT, env=everything, capture_output=True, text=True, timeout=120, check=False)


def test_safe_settings_pass_every_check_of_django_too(database: str) -> None:
    done = run(
        ["manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default"],
        {"DATABASE_URL": database},
    )
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


def test_no_check_is_silenced() -> None:
    assert "SILENCED_SYSTEM_CHECKS" not in SETTINGS.read_text()


UNSAFE = {
    "traject.E001": {"DEBUG": True},
    "traject.E002": {"DEMO": True},
    "traject.E003": {"SECRET_KEY": DEVELOPMENT_SECRET},
    "traject.E004": {"SECRET_KEY": "short"},
    "traject.E005": {"FIELD_KEYS": [f"2026:{KEY}", "dev:ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtLi4="]},
    "traject.E006": {"FIELD_KEYS": ["2026:c2hvcnQ="]},
    "traject.E007": {"INDEX_KEY": "ZGV2ZWxvcG1lbnQtaW5kZXgta2V5LTMyLWJ5dGVzLS4="},
    "traject.E008": {"INDEX_KEY": "c2hvcnQ="},
    "traject.E009": {"ALLOWED_HOSTS": ["traject.example", "*"]},
}
WRONG_TOO = [
    ("traject.E003", {"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz0123456789"}),
    ("traject.E004", {"SECRET_KEY": "ab" * 40}),
    ("traject.E006", {"FIELD_KEYS": []}),
    ("traject.E006", {"FIELD_KEYS": [KEY]}),
    ("traject.E006", {"FIELD_KEYS": [f"2026:{KEY}", "2025:no base64 at all"]}),
    ("traject.E009", {"ALLOWED_HOSTS": []}),
]


@pytest.fixture
def production(settings: LazySettings) -> LazySettings:
    """The settings of a safe production, in this process."""
    settings.PRODUCTION, settings.DEBUG, settings.DEMO = True, False, False
    settings.SECRET_KEY, settings.INDEX_KEY, settings.FIELD_KEYS = SAFE["SECRET_KEY"], KEY, [f"2026:{KEY}"]
    settings.ALLOWED_HOSTS = ["traject.example"]
    return settings


@pytest.mark.parametrize(("code", "change"), [*UNSAFE.items(), *WRONG_TOO])
def test_each_unsafe_setting_is_refused_in_production_only(
    production: LazySettings, code: str, change: dict[str, object]
) -> None:
    assert production_settings_are_safe() == []
    for name, value in change.items():
        setattr(production, name, value)
    assert [error.id for error in production_settings_are_safe()] == [code]
    production.PRODUCTION = False
    assert production_settings_are_safe() == []


@pytest.mark.parametrize(
    "door",
    [
        ["manage.py", "migrate", "--check"],
        ["manage.py", "tick"],
        ["manage.py", "create_administrator", "bas@example.org", "Bas Jansen"],
        ["-c", "import config.wsgi"],
        ["-c", "import config.asgi"],
        ["-m", "granian", "--interface", "wsgi", "--port", "0", "--workers", "1", "config.wsgi:application"],
    ],
    ids=lambda door: door[-1],
)
def test_no_door_opens_with_settings_of_development(door: list[str], database: str) -> None:
    done = run(door, {"DATABASE_URL": database, "DEMO": "1", "SECRET_KEY": DEVELOPMENT_SECRET})
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "traject.E002" in said
    assert "traject.E003" in said


def test_development_starts_without_any_setting(database: str) -> None:
    development = dict.fromkeys(SAFE, "") | {"TRAJECT_ENV": "development", "DATABASE_URL": database}
    development = {name: value for name, value in development.items() if value}
    basics = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", "import config.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=basics | development, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


MAKE_DEMO = """
import django; django.setup()
from django.utils import timezone
from practice.actions import demo_staff
demo_staff(role="manager", now=timezone.now())
"""


def test_production_refuses_a_database_with_demo_accounts(database: str, tmp_path: Path) -> None:
    url = {"DATABASE_URL": f"sqlite:///{shutil.copy(database.removeprefix('sqlite:///'), tmp_path)}"}
    made = run(
        ["-c", MAKE_DEMO],
        url | {"TRAJECT_ENV": "development", "DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    assert made.returncode == 0, made.stderr
    for door in (
        ["manage.py", "check", "--database", "default"],
        ["manage.py", "migrate"],
        ["-c", "import config.wsgi"],
    ):
        done = run(door, url)
        assert done.returncode != 0
        assert "traject.E010" in done.stderr


ANSWER = """
import json, django; django.setup()
from django.conf import settings
from django.test import Client
response = Client(headers={"Host": "traject.example"}).get("/", secure=True)
plain = Client(headers={"Host": "traject.example"}).get("/")
cookies = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME]
secure = [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY]
print(json.dumps([dict(response.headers), plain["Location"], cookies, secure]))
"""


def test_production_speaks_https_only_and_binds_its_cookies_to_the_host(database: str) -> None:
    done = run(["-c", ANSWER], {"DATABASE_URL": database} | DJANGO)
    assert done.returncode == 0, done.stderr
    headers, plain, cookies, secure = json.loads(done.stdout.splitlines()[-1])
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert plain == "https://traject.example/"
    assert cookies == ["__Host-sessionid", "__Host-csrftoken"]
    assert secure == [True, True, True]


def test_the_first_administrator_is_made_by_a_command(database: str) -> None:
    given = {"DATABASE_URL": database, "ADMINISTRATOR_PASSWORD": "zeven-bomen-op-een-rij"}
    done = run(["manage.py", "create_administrator", "Bas@Example.org", "Bas Jansen"], given)
    assert (done.returncode, done.stdout) == (0, "Bas Jansen can sign in as administrator with bas@example.org.\n")
