"""Derived findings as content has them: read, and held against the questions they are drawn from. Pure."""

from collections.abc import Iterable
from typing import TypedDict

from intake.domain.conditions import TermKind, Terms
from intake.domain.conditions.fit import misfits
from intake.domain.derived import (
    Band,
    Banded,
    Case,
    Classified,
    Derived,
    Difference,
    Drawn,
    Extreme,
    FirstKnown,
    Rounding,
    When,
)
from intake.domain.reading import Backing, Reader
from intake.domain.text import Text


class Shared(TypedDict):
    """What every derived finding has."""

    code: str
    label: Text
    backing: Backing


def read_derived(reader: Reader) -> Derived | None:
    """One derived finding from content; None when its problems make it unusable."""
    kind = reader.string("kind")
    base = Shared(code=reader.code(), label=reader.needed_text("label"), backing=reader.backing())
    read = _READERS.get(kind)
    if read is None:
        reader.problem("kind", f"'{kind}' is not one of {', '.join(_READERS)}")
        return None
    derived = read(reader, base)
    reader.close()
    return derived


def read_bands(reader: Reader, key: str = "bands") -> tuple[Band, ...]:
    """Bands in rising order; the last one open, all others bounded."""
    bands = tuple(_read_band(inner) for inner in reader.readers(key, required=True))
    ends = [band.end for band in bands]
    if ends != sorted(ends) or len(set(ends)) != len(ends):
        reader.problem(key, "bands must rise, and only the last may have no bound")
    return bands


def read_cases(reader: Reader, key: str = "rules") -> tuple[Case, ...]:
    cases = []
    for inner in reader.readers(key, required=True):
        when = inner.condition("when")
        code, label = inner.code(), inner.text("label", required=False)
        inner.close()
        if when is not None:
            cases.append(Case(code, label or Text(code, code), when))
    return tuple(cases)


def _read_band(inner: Reader) -> Band:
    code, label = inner.code(), inner.text("label", required=False)
    below, up_to = inner.number("below", required=False), inner.number("up_to", required=False)
    if below is not None and up_to is not None:
        inner.problem("below", "a band has 'below' or 'up_to', not both")
    inner.close()
    return Band(code, label or Text(code, code), below, up_to)


def _read_when(reader: Reader, base: Shared) -> Derived | None:
    when = reader.condition("when")
    return None if when is None else When(**base, when=when)


def _read_band_kind(reader: Reader, base: Shared) -> Derived | None:
    return Banded(**base, of=reader.code("of"), bands=read_bands(reader))


def _read_classify(reader: Reader, base: Shared) -> Derived | None:
    return Classified(**base, cases=read_cases(reader))


def _read_minimum(reader: Reader, base: Shared) -> Derived | None:
    return Extreme(**base, of=reader.strings("of", required=True), greatest=False)


def _read_maximum(reader: Reader, base: Shared) -> Derived | None:
    return Extreme(**base, of=reader.strings("of", required=True), greatest=True)


def _read_difference(reader: Reader, base: Shared) -> Derived | None:
    of, times = reader.strings("of", required=True), reader.numbers("times") or (1, 1)
    rounding = reader.one_of("round", Rounding, Rounding.NONE)
    if len(of) != 2 or len(times) != 2:
        reader.problem("of", "a difference is between two findings, each with its 'times'")
        return None
    return Difference(**base, of=(of[0], of[1]), times=(times[0], times[1]), rounding=rounding)


def _read_first_known(reader: Reader, base: Shared) -> Derived | None:
    return FirstKnown(**base, of=reader.strings("of", required=True))


def _read_drawn(reader: Reader, base: Shared) -> Derived | None:
    return Drawn(
        **base,
        of=reader.code("of"),
        places=reader.strings("places", required=True),
        beside=reader.strings("with"),
        kinds=reader.strings("kinds"),
        settled_by=reader.strings("settled_by"),
        denied_when=reader.condition("denied_when", required=False),
    )


_READERS = {
    "when": _read_when,
    "band": _read_band_kind,
    "classify": _read_classify,
    "minimum": _read_minimum,
    "maximum": _read_maximum,
    "difference": _read_difference,
    "first_known": _read_first_known,
    "drawn": _read_drawn,
}


def misfits_of(derived: Derived, terms: Terms, elsewhere: Iterable[str]) -> list[str]:
    """What does not fit in what a derived finding is drawn from."""
    known_elsewhere = frozenset(elsewhere)
    if isinstance(derived, When):
        return misfits(derived.when, terms, known_elsewhere)
    if isinstance(derived, Classified):
        return [problem for case in derived.cases for problem in misfits(case.when, terms, known_elsewhere)]
    if isinstance(derived, Drawn):
        return _drawn_misfits(derived, terms, known_elsewhere)
    missing = [code for code in sorted(derived.needs) if code not in terms and code not in known_elsewhere]
    problems = [f"'{code}' is not the code of any question or finding" for code in missing]
    return problems + _not_numbers(derived, terms)


def _drawn_misfits(derived: Drawn, terms: Terms, elsewhere: frozenset[str]) -> list[str]:
    denied = [] if derived.denied_when is None else misfits(derived.denied_when, terms, elsewhere)
    unknown = [code for code in derived.settled_by if code not in terms and code not in elsewhere]
    return denied + [f"'{code}' is not the code of any question or finding" for code in unknown]


def _not_numbers(derived: Derived, terms: Terms) -> list[str]:
    if isinstance(derived, FirstKnown):
        return []
    found = [terms[code] for code in sorted(derived.needs) if code in terms]
    return [f"'{term.code}' is a {term.kind.value}, not a number" for term in found if term.kind is not TermKind.NUMBER]
