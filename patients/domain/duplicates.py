"""Whether two registrations are probably of one person. The rules are our own, chosen to warn once too often."""

import datetime as dt
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from patients.domain.folding import fold

SIMILAR = 0.8  # share of letters in common, from 0 to 1, from which two names are called similar
SPELLINGS = (
    (re.compile("ij|ei|ey"), "y"),
    (re.compile("ou"), "au"),
    (re.compile("ck|c(?!h)|q"), "k"),
    (re.compile("ph"), "f"),
)
DOUBLED = re.compile(r"(.)\1+")


class Sign(StrEnum):
    """One reason to think that two registrations are of one person."""

    SAME_BSN = "same_bsn"
    SAME_BIRTH_DATE_AND_NAME = "same_birth_date_and_name"
    SWAPPED_DAY_AND_MONTH = "swapped_day_and_month"
    SAME_PHONE = "same_phone"


# A BSN belongs to one person; a phone number is often a family's.
WEIGHTS = {
    Sign.SAME_BSN: 100,
    Sign.SAME_BIRTH_DATE_AND_NAME: 60,
    Sign.SWAPPED_DAY_AND_MONTH: 40,
    Sign.SAME_PHONE: 30,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells people apart. `surnames` are all surnames a person has; `bsn` is any keyed index of it, or empty."""

    surnames: tuple[str, ...]
    given: str
    birth_date: dt.date
    phones: frozenset[str] = frozenset()
    bsn: str = ""


def signs(one: Identity, other: Identity) -> frozenset[Sign]:
    """Every reason to think that these two are one person; empty when there is none.

    A shared phone number counts only beside a similar name or the same birth date.
    """
    alike = similar_names(one, other)
    found = {
        Sign.SAME_BSN: bool(one.bsn) and one.bsn == other.bsn,
        Sign.SAME_BIRTH_DATE_AND_NAME: alike and one.birth_date == other.birth_date,
        Sign.SWAPPED_DAY_AND_MONTH: alike and one.birth_date == swapped(other.birth_date),
        Sign.SAME_PHONE: bool(one.phones & other.phones) and (alike or one.birth_date == other.birth_date),
    }
    return frozenset(sign for sign, holds in found.items() if holds)


def score(found: frozenset[Sign]) -> int:
    """How strong the reasons are together: 0 for none, 100 and more when the BSN is the same."""
    return sum(WEIGHTS[sign] for sign in found)


def swapped(birth_date: dt.date) -> dt.date | None:
    """The date with day and month exchanged; None when that is no date, or the same one."""
    if birth_date.day == birth_date.month or birth_date.day > 12:
        return None
    return birth_date.replace(month=birth_date.day, day=birth_date.month)


def similar_names(one: Identity, other: Identity) -> bool:
    """Whether a surname of the one sounds like a surname of the other, and the given names do not contradict."""
    surnames = any(_similar(a, b) for a in one.surnames if a for b in other.surnames if b)
    return surnames and _given_names_agree(one.given, other.given)


def _given_names_agree(one: str, other: str) -> bool:
    """Similar, or one is unknown, or one begins with the other: "J.", "Jan" and "Johannes" may be one person."""
    first, second = sounds(one), sounds(other)
    return first[:1] == second[:1] or not first or not second or _similar(one, other)


def _similar(one: str, other: str) -> bool:
    first, second = sorted((sounds(one), sounds(other)))
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= SIMILAR


def sounds(name: str) -> str:
    """A name by its sound: Dutch spellings of one sound become one letter, doubled letters one, spaces none."""
    text = fold(name).replace(" ", "")
    for pattern, letter in SPELLINGS:
        text = pattern.sub(letter, text)
    return DOUBLED.sub(r"\1", text)
