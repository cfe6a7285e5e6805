"""The hash chain of the access log: each sealed row carries the hash of the row before it.

Whoever changes or removes a sealed row breaks the chain from there on. Removing the newest rows leaves a chain that is
whole but short, which shows only against a head (sequence and hash) that was noted elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Link:
    """One sealed row: where it claims to stand, what it claims to follow, and what it says."""

    sequence: int
    prev_hash: str
    hash: str
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold: the row's sequence and what is wrong there."""

    sequence: int
    reason: str


def seal(sequence: int, prev_hash: str, content: Mapping[str, object]) -> str:
    """The SHA-256 of a row: its place, the hash before it and its content (values that JSON can hold)."""
    text = json.dumps([sequence, prev_hash, content], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(links: Iterable[Link]) -> Break | None:
    """Where a chain in order of sequence breaks for the first time, or None when it is whole."""
    expected, prev_hash = 1, START
    for link in links:
        reason = _what_is_wrong(link, expected, prev_hash)
        if reason:
            return Break(expected if reason == MISSING else link.sequence, reason)
        expected, prev_hash = link.sequence + 1, link.hash
    return None


MISSING = "the row is missing"
OTHER_PREDECESSOR = "the row does not follow the one before it"
CHANGED = "the row was changed after it was sealed"


def _what_is_wrong(link: Link, expected: int, prev_hash: str) -> str:
    if link.sequence != expected:
        return MISSING
    if link.prev_hash != prev_hash:
        return OTHER_PREDECESSOR
    if link.hash != seal(link.sequence, link.prev_hash, link.content):
        return CHANGED
    return ""
