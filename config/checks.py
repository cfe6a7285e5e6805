"""What production refuses to start with. Development and demos accept all of it.

`manage.py check`, `migrate` and every other command fail with these errors, and so does loading the application in a
server: see `refuse_unsafe_start`.
"""

import base64
import binascii
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

SECRET_KEY_LENGTH, SECRET_KEY_VARIETY = 50, 5  # characters, and different ones among them
KEY_BYTES = 32
NEW_KEY = "Make one with: python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
NEW_SECRET = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"  # noqa: S105 - not a secret


@register(Tags.security)
def production_settings_are_safe(**_options: object) -> list[CheckMessage]:
    """Errors for everything in the settings that production refuses."""
    if not settings.PRODUCTION:
        return []
    return [
        *_switches(),
        *_secret_key(),
        *_field_keys(),
        *_index_key(),
        *_hosts(),
    ]


@register(Tags.database)
def production_has_no_demo_accounts(**_options: object) -> list[CheckMessage]:
    """An error when the database holds accounts whose password everybody knows."""
    if not settings.PRODUCTION:
        return []
    try:
        found = apps.get_model("practice", "Staff").objects.filter(is_demo=True).exists()
    except DatabaseError:  # the tables are not made yet
        return []
    if not found:
        return []
    hint = "Start production with a database of its own, never with one of a demo."
    return [Error("The database holds demo accounts, whose passwords are known.", hint=hint, id="traject.E010")]


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every reason for which production may not serve requests."""
    errors = [*production_settings_are_safe(), *production_has_no_demo_accounts()]
    if errors:
        reasons = "\n".join(f"  {error.id}: {error.msg} {error.hint or ''}".rstrip() for error in errors)
        raise ImproperlyConfigured(f"Traject does not start in production:\n{reasons}")


def _switches() -> Iterable[CheckMessage]:
    if settings.DEBUG:
        yield Error("DEBUG is on: error pages would show records and settings.", hint="Set DEBUG=0.", id="traject.E001")
    if settings.DEMO:
        yield Error("DEMO is on: anybody could sign in with one click.", hint="Set DEMO=0.", id="traject.E002")


def _secret_key() -> Iterable[CheckMessage]:
    key = settings.SECRET_KEY
    if key == settings.DEVELOPMENT_KEY or key.startswith("django-insecure"):
        yield Error("SECRET_KEY is the one of development.", hint=NEW_SECRET, id="traject.E003")
    elif len(key) < SECRET_KEY_LENGTH or len(set(key)) < SECRET_KEY_VARIETY:
        yield Error("SECRET_KEY is too short or too simple.", hint=NEW_SECRET, id="traject.E004")


def _field_keys() -> Iterable[CheckMessage]:
    development = settings.DEVELOPMENT_FIELD_KEY.partition(":")[2]
    pairs = [entry.partition(":") for entry in settings.FIELD_KEYS]
    if any(key == development for _name, _colon, key in pairs):
        yield Error("FIELD_KEYS holds the key of development.", hint=NEW_KEY, id="traject.E005")
    if not pairs or not all(name and _length(key) == KEY_BYTES for name, _colon, key in pairs):
        yield Error(f"FIELD_KEYS are written as id:base64 of {KEY_BYTES} bytes.", hint=NEW_KEY, id="traject.E006")


def _index_key() -> Iterable[CheckMessage]:
    if settings.INDEX_KEY == settings.DEVELOPMENT_INDEX_KEY:
        yield Error("INDEX_KEY is the one of development.", hint=NEW_KEY, id="traject.E007")
    elif _length(settings.INDEX_KEY) < KEY_BYTES:
        yield Error(f"INDEX_KEY is base64 of at least {KEY_BYTES} bytes.", hint=NEW_KEY, id="traject.E008")


def _hosts() -> Iterable[CheckMessage]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Name the addresses of this practice in ALLOWED_HOSTS."
        yield Error("ALLOWED_HOSTS lets any address in.", hint=hint, id="traject.E009")


def _length(key: str) -> int:
    try:
        return len(base64.b64decode(key, validate=True))
    except binascii.Error:
        return 0
