"""What a person types to find a patient, read into a query: pure, so that every reading can be tested.

A query is a row of terms that must all hold; a term is a set of readings of which one must hold. "boer 1403" asks for
a name part that begins with "boer" and, at once, a birthday on 14 March, patient number 1403 or 1403 in a phone number.

What names a prefix is read in several ways, the closest first. "van rijn" asks for a surname that begins so, then for
two names that begin with "van" and "rijn", then for a name part "rijn", whatever its prefix.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from patients.domain import bsn
from patients.domain.folding import words
from patients.domain.names import is_prefix

LONGEST_QUERY = 100  # characters; what is longer is cut off
SHORTEST_NAME = 2  # letters, when a name part is the whole query
SHORTEST_PHONE = 4  # digits
LEAP_YEAR = 2000
ARTICLES = frozenset({"al", "el"})  # of Arabic surnames: kept as a prefix by some, and as part of the name by others
CENTURIES = (1900, 2000)
LARGEST_NUMBER = 10**8


@dataclass(frozen=True, slots=True)
class NamePart:
    """A folded word that one of the patient's names begins with."""

    text: str


@dataclass(frozen=True, slots=True)
class Surname:
    """Folded words that a surname with its prefixes begins with, such as "van der b"."""

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


Reading = NamePart | Surname | BirthDate | Birthday | PatientNumber | PhoneFragment | BsnNumber
Term = frozenset[Reading]

DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
DAY_AND_MONTH = re.compile(r"(\d{1,2})[-/](\d{1,2})")
NUMERIC = re.compile(r"[+(]?\d[\d().\-/+]*")
NOT_A_DIGIT = re.compile(r"\D")
COUNTRY_CODE = re.compile(r"^(?:\+31|0031)")


Way = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class PatientQuery:
    """A search for patients, read in one or more ways, the closest first.

    Of a way every term must hold. Without ways a query finds nobody.
    """

    ways: tuple[Way, ...] = ()

    def without_bsn(self) -> "PatientQuery":
        """The same query for someone who may not search by BSN: those readings are left out."""
        return PatientQuery(tuple(tuple(map(_without_bsn, way)) for way in self.ways))


def _without_bsn(term: Term) -> Term:
    return frozenset(reading for reading in term if not isinstance(reading, BsnNumber))


def parse(text: str) -> PatientQuery:
    """Read what was typed.

    Neighbouring numbers are read as one when together they are a phone number, a date or a BSN ("06 12 34 56 78").
    Too little to search by (one letter, three digits that are no patient number) gives a query that finds nobody.
    """
    chunks = unicodedata.normalize("NFKC", text[:LONGEST_QUERY]).replace(",", " ").split()
    terms: list[Term] = []
    said: list[str] = []
    for numeric, run in groupby(chunks, key=lambda chunk: bool(NUMERIC.fullmatch(chunk))):
        if numeric:
            terms.extend(_numeric_terms(list(run)))
        else:
            said.extend(run)
    ways = [(*map(_one, names), *terms) for names in _names(said) if terms or any(map(_is_enough, names))]
    return PatientQuery(tuple(way for way in dict.fromkeys(ways) if way))


def _one(reading: Reading) -> Term:
    return frozenset({reading})


def _is_enough(name: NamePart | Surname) -> bool:
    """Whether a name can be the whole query; one letter after a prefix is enough."""
    return isinstance(name, Surname) or len(name.text) >= SHORTEST_NAME


def _names(said: list[str]) -> Iterator[list[NamePart | Surname]]:
    """What was said as names, in every way that it can be meant, the closest first.

    A prefix alone may begin a name ("van" and Vanessa); with more words it is first of all the prefix of a surname.
    """
    plain: list[NamePart | Surname] = [NamePart(word) for word in dict.fromkeys(words(" ".join(said)))]
    if not any(map(_leads, said)):
        yield plain
        return
    ways = [list(dict.fromkeys(_with_prefixes(said))), plain]
    yield from reversed(ways) if len(said) == 1 else ways
    rest = dict.fromkeys(words(" ".join(word for word in said if not _leads(word))))
    if rest:
        yield [NamePart(word) for word in rest]


def _leads(word: str) -> bool:
    """Whether a word may stand before the surname that is meant."""
    return is_prefix(word) or word.lower() in ARTICLES


def _with_prefixes(said: list[str]) -> Iterator[NamePart | Surname]:
    """Names, in which prefixes and the word after them are the beginning of one surname."""
    prefixes: tuple[str, ...] = ()
    for word in said:
        found = words(word)
        if _leads(word):
            prefixes += found
        elif prefixes and found:
            yield Surname(" ".join((*prefixes, found[0])))
            yield from map(NamePart, found[1:])
            prefixes = ()
        else:
            yield from map(NamePart, found)
    if prefixes:
        yield Surname(" ".join(prefixes))


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
