"""What a person types to find a patient, read into a query: pure, so that every reading can be tested.

A query is a row of terms that must all hold; a term is a set of readings of which one must hold. "boer 1403" asks for
a name part that begins with "boer" and, at once, a birthday on 14 March, patient number 1403 or 1403 in a phone number.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby

from patients.domain import bsn
from patients.domain.folding import words
from patients.domain.names import is_prefix

LONGEST_QUERY = 100  # characters; what is longer is cut off
SHORTEST_NAME = 2  # letters, when a name part is the whole query
SHORTEST_PHONE = 4  # digits
LEAP_YEAR = 2000
CENTURIES = (1900, 2000)
LARGEST_NUMBER = 10**8


@dataclass(frozen=True, slots=True)
class NamePart:
    """A folded word that one of the patient's names begins with."""

    text: str


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A date of birth."""

    day: dt.date


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day and month of birth, in any year."""

    day: int
    month: int


@dataclass(frozen=True, slots=True)
class PatientNumber:
    """The number the practice gave to the patient."""

    number: int


@dataclass(frozen=True, slots=True)
class PhoneFragment:
    """Digits that stand somewhere in a national phone number, such as its last four."""

    digits: str


@dataclass(frozen=True, slots=True)
class BsnNumber:
    """A citizen service number that passed the 11-test."""

    number: str


Reading = NamePart | BirthDate | Birthday | PatientNumber | PhoneFragment | BsnNumber
Term = frozenset[Reading]

DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
DAY_AND_MONTH = re.compile(r"(\d{1,2})[-/](\d{1,2})")
NUMERIC = re.compile(r"[+(]?\d[\d().\-/+]*")
NOT_A_DIGIT = re.compile(r"\D")
COUNTRY_CODE = re.compile(r"^(?:\+31|0031)")


@dataclass(frozen=True, slots=True)
class PatientQuery:
    """A search for patients: every term must hold. Without terms it finds nobody."""

    terms: tuple[Term, ...] = ()

    def without_bsn(self) -> "PatientQuery":
        """The same query for someone who may not search by BSN: those readings are left out."""
        kept = (frozenset(r for r in term if not isinstance(r, BsnNumber)) for term in self.terms)
        return PatientQuery(tuple(kept))


def parse(text: str) -> PatientQuery:
    """Read what was typed.

    Neighbouring numbers are read as one when together they are a phone number, a date or a BSN ("06 12 34 56 78").
    Prefixes such as "van der" narrow nothing and are left out when other words remain. Too little to search by (one
    letter, three digits that are no patient number) gives a query without terms.
    """
    chunks = unicodedata.normalize("NFKC", text[:LONGEST_QUERY]).replace(",", " ").split()
    terms: list[Term] = []
    said: list[str] = []
    for numeric, run in groupby(chunks, key=lambda chunk: bool(NUMERIC.fullmatch(chunk))):
        if numeric:
            terms.extend(_numeric_terms(list(run)))
        else:
            said.extend(run)
    names = words(" ".join(word for word in said if not is_prefix(word))) or words(" ".join(said))
    if not terms and all(len(name) < SHORTEST_NAME for name in names):
        return PatientQuery()
    return PatientQuery(tuple(frozenset({NamePart(name)}) for name in dict.fromkeys(names)) + tuple(terms))


def _numeric_terms(chunks: list[str]) -> list[Term]:
    """One term for the chunks read together, else one for each of them."""
    together = _readings("".join(chunks)) if len(chunks) > 1 and not any(map(_dates, chunks)) else frozenset()
    return [together] if together else [_readings(chunk) for chunk in chunks]


def _readings(chunk: str) -> Term:
    """Every meaning that a run of digits and signs may have."""
    dates = _dates(chunk)
    if dates and not chunk.isdigit():
        return frozenset(dates)
    national = NOT_A_DIGIT.sub("", COUNTRY_CODE.sub("0", chunk))
    found: set[Reading] = set(dates)
    if len(national) >= SHORTEST_PHONE:
        found.add(PhoneFragment(national))
    if chunk.isdigit() and 0 < int(chunk) < LARGEST_NUMBER:
        found.add(PatientNumber(int(chunk)))
    return frozenset(found | _bsn(chunk))


def _bsn(chunk: str) -> set[Reading]:
    try:
        return {BsnNumber(bsn.parse(chunk))}
    except bsn.InvalidBsn:
        return set()


def _dates(chunk: str) -> set[Reading]:
    """The dates and birthdays that a chunk may be."""
    if match := DAY_FIRST.fullmatch(chunk):
        day, month, year = map(int, match.groups())
        return _date(year, month, day)
    if match := YEAR_FIRST.fullmatch(chunk):
        return _date(*map(int, match.groups()))
    if match := DAY_AND_MONTH.fullmatch(chunk):
        return _birthday(*map(int, match.groups()))
    return _dates_in_digits(chunk) if chunk.isdigit() else set()


def _dates_in_digits(digits: str) -> set[Reading]:
    """Dates without signs: ddmm, ddmmyy, ddmmyyyy and yyyymmdd."""
    day, month, rest = int(digits[:2]), int(digits[2:4] or 0), digits[4:]
    if len(digits) == 4:
        return _birthday(day, month)
    if len(digits) == 6:
        return {reading for century in CENTURIES for reading in _date(century + int(rest), month, day)}
    if len(digits) == 8:
        return _date(int(rest), month, day) | _date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return set()


def _date(year: int, month: int, day: int) -> set[Reading]:
    try:
        return {BirthDate(dt.date(year, month, day))}
    except ValueError:
        return set()


def _birthday(day: int, month: int) -> set[Reading]:
    return {Birthday(day, month)} if _date(LEAP_YEAR, month, day) else set()
