"""Fields that are encrypted at rest, and the keyed index by which they are found.

This module stands with the models and not in the domain because it reads the keys from the settings and takes its
nonces from the operating system.

A sealed value is text: "key id:base64(nonce + ciphertext)". AES-256-GCM binds it to its place (table, column, row), so
that a value copied to another row does not open there.
"""

import base64
import binascii
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value cannot be opened: its key is gone, it was altered, or it belongs to another place."""


def seal(text: str, place: str) -> str:
    """Encrypt `text` with the newest key, bound to `place` ("table.column.row")."""
    key_id = newest_key_id()
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_keys()[key_id]).encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def open_sealed(sealed: str, place: str) -> str:
    """The text that `seal` encrypted at this place. Raises `CannotOpen`."""
    key_id, _, encoded = sealed.partition(":")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return AESGCM(_keys()[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except (KeyError, binascii.Error, InvalidTag, ValueError) as error:
        raise CannotOpen(place) from error


def newest_key_id() -> str:
    """The name of the key that encrypts now; the older ones only decrypt."""
    return next(iter(_keys()))


def blind_index(text: str) -> str:
    """A keyed hash by which an encrypted value is found and kept unique, without being readable."""
    return hmac.new(_decoded(settings.INDEX_KEY, "INDEX_KEY"), text.encode(), "sha256").hexdigest()


def _keys() -> dict[str, bytes]:
    """The field keys by id, newest first."""
    return _parsed(tuple(settings.FIELD_KEYS))


@cache
def _parsed(entries: tuple[str, ...]) -> dict[str, bytes]:
    keys = {}
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        keys[key_id] = _decoded(encoded, "FIELD_KEYS")
    if not keys or "" in keys:
        raise ImproperlyConfigured("FIELD_KEYS needs at least one entry of the form id:base64-of-32-bytes.")
    return keys


def _decoded(encoded: str, setting: str) -> bytes:
    """The bytes of a key. The message never shows the key."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{setting} holds a key that is not the base64 form of {KEY_BYTES} bytes.")
    return key
