"""Derived findings: small named pure functions of other findings, each with its source.

Kinds, as written in content:

| kind | keys | gives |
|---|---|---|
| `when` | `when` | yes or no: the truth of a condition |
| `band` | `of`, `bands` | the first band a number falls in; each ends `below` or `up_to` a bound, the last has none |
| `classify` | `rules` (`when`, `code`) | the code of the first rule that holds; unknown if one before it is unknown |
| `minimum`, `maximum` | `of` | the smallest or greatest of several numbers, when all are known |
| `difference` | `of` (two), `times`, `round` | the first number minus the second, each multiplied by its `times` |
| `first_known` | `of` | the first known of several findings that mean the same (measured, else calculated) |
| `drawn` | `of`, `places`, `with`, `kinds`, `settled_by`, `denied_when` | what a body chart shows (see `Drawn`) |

A derived finding that cannot be computed is absent, which is: unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from graphlib import CycleError, TopologicalSorter
from math import floor
from typing import TypedDict

from intake.domain.body_chart import Diagram
from intake.domain.conditions import Condition, Leaf, Term, TermKind, Terms, Value, Values
from intake.domain.conditions.fit import misfits
from intake.domain.conditions.tree import All, Any, Asked, Compare, Expanded, IsYes, Not, Operator, Several, Test
from intake.domain.reading import Backing, Reader
from intake.domain.text import Text


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers below `below`, or up to and including `up_to`; without either: all the rest."""

    code: str
    label: Text
    below: float | None = None
    up_to: float | None = None

    def takes(self, number: float) -> bool:
        if self.below is not None:
            return number < self.below
        return self.up_to is None or number <= self.up_to

    @property
    def end(self) -> tuple[float, bool]:
        """The upper bound, and whether it is included."""
        if self.below is not None:
            return (self.below, False)
        return (float("inf") if self.up_to is None else self.up_to, True)


@dataclass(frozen=True, slots=True)
class Case:
    """One rule of a classification."""

    code: str
    label: Text
    when: Condition


class Rounding(Enum):
    NONE = "none"
    DOWN = "down"
    NEAREST = "nearest"

    def apply(self, number: float) -> float:
        if self is Rounding.DOWN:
            return floor(number)
        return floor(number + 0.5) if self is Rounding.NEAREST else number


@dataclass(frozen=True, slots=True)
class Derived:
    """A finding drawn from others; the classes below say how."""

    code: str
    label: Text
    backing: Backing

    @property
    def needs(self) -> frozenset[str]:
        """The findings it is drawn from."""
        raise NotImplementedError

    def compute(self, known: Values) -> Value | None:
        """Its value, or None where it cannot be known."""
        raise NotImplementedError

    @property
    def term(self) -> Term:
        """How conditions may speak of it."""
        return Term(self.code, TermKind.NUMBER, self.label)


@dataclass(frozen=True, slots=True)
class When(Derived):
    when: Condition

    @property
    def needs(self) -> frozenset[str]:
        return self.when.codes()

    def compute(self, known: Values) -> Value | None:
        return self.when.evaluate(known)

    @property
    def term(self) -> Term:
        return Term(self.code, TermKind.YES_NO, self.label)


@dataclass(frozen=True, slots=True)
class Banded(Derived):
    of: str
    bands: tuple[Band, ...]

    @property
    def needs(self) -> frozenset[str]:
        return frozenset([self.of])

    def compute(self, known: Values) -> Value | None:
        number = known.get(self.of)
        return None if number is None else band_of(float(number), self.bands)  # type: ignore[arg-type]

    @property
    def term(self) -> Term:
        return Term(self.code, TermKind.CHOICE, self.label, {band.code: band.label for band in self.bands})

    def ranges(self, test: Test) -> list[Condition]:
        """The ranges of the number for which a test of the band holds; none where the number says nothing about it."""
        runs: list[list[int]] = []
        for position, band in enumerate(self.bands):
            if not test.holds(band.code):
                continue
            if runs and runs[-1][1] == position - 1:
                runs[-1][1] = position
            else:
                runs.append([position, position])
        limits = [self._limits(first, last) for first, last in runs]
        return [] if [] in limits else [parts[0] if len(parts) == 1 else All(tuple(parts)) for parts in limits]

    def _limits(self, first: int, last: int) -> list[Condition]:
        limits: list[Condition] = []
        if first:
            bound, included = self.bands[first - 1].end
            limits.append(Leaf(self.of, Compare(Operator.MORE if included else Operator.AT_LEAST, bound)))
        if last < len(self.bands) - 1:
            bound, included = self.bands[last].end
            limits.append(Leaf(self.of, Compare(Operator.AT_MOST if included else Operator.LESS, bound)))
        return limits


@dataclass(frozen=True, slots=True)
class Classified(Derived):
    cases: tuple[Case, ...]

    @property
    def needs(self) -> frozenset[str]:
        return frozenset().union(*(case.when.codes() for case in self.cases))

    def compute(self, known: Values) -> Value | None:
        for case in self.cases:
            truth = case.when.evaluate(known)
            if truth is not False:
                return case.code if truth else None
        return None

    @property
    def term(self) -> Term:
        return Term(self.code, TermKind.CHOICE, self.label, {case.code: case.label for case in self.cases})


@dataclass(frozen=True, slots=True)
class Extreme(Derived):
    """The smallest (or `greatest`) of several numbers, when all are known."""

    of: tuple[str, ...]
    greatest: bool

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(self.of)

    def compute(self, known: Values) -> Value | None:
        numbers = [known.get(code) for code in self.of]
        if None in numbers:
            return None
        return (max if self.greatest else min)(numbers)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True)
class Difference(Derived):
    of: tuple[str, str]
    times: tuple[float, float] = (1, 1)
    rounding: Rounding = Rounding.NONE

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(self.of)

    def compute(self, known: Values) -> Value | None:
        first, second = known.get(self.of[0]), known.get(self.of[1])
        if first is None or second is None:
            return None
        return self.rounding.apply(first * self.times[0] - second * self.times[1])  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class FirstKnown(Derived):
    of: tuple[str, ...]

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(self.of)

    def compute(self, known: Values) -> Value | None:
        return next((known[code] for code in self.of if code in known), None)

    def like(self, terms: Terms) -> Term:
        """How conditions may speak of it: as of the first of its findings that has a term."""
        found = next((terms[code] for code in self.of if code in terms), None)
        if found is None:
            return self.term
        return replace(found, code=self.code, label=self.label, red_flag=False)


@dataclass(frozen=True, slots=True)
class Drawn(Derived):
    """What is drawn in one of `places` on a body chart, and in one of `beside` where there are such, of one of `kinds`.

    What is not drawn says nothing: this is never no by itself. Only where the questions that ask the same were answered
    (`settled_by`) and nothing is drawn, the chart adds nothing to those answers, and that is no. `denied_when` holds
    when the answers contradict the drawing: that is shown, and a person settles it.
    """

    of: str
    places: tuple[str, ...]
    beside: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    settled_by: tuple[str, ...] = ()
    denied_when: Condition | None = None

    @property
    def needs(self) -> frozenset[str]:
        return frozenset([self.of, *self.settled_by])

    def compute(self, known: Values) -> Value | None:
        chart = known.get(self.of)
        if isinstance(chart, frozenset) and self.is_in(chart):
            return True
        settled = bool(self.settled_by) and all(code in known for code in self.settled_by)
        return False if settled else None

    def is_in(self, chart: frozenset[str]) -> bool:
        """Whether a chart, as a set of marks, shows it."""
        return self._any_of(self.places, chart) and (not self.beside or self._any_of(self.beside, chart))

    def is_denied(self, known: Values) -> bool:
        """Whether it is drawn while the answers say otherwise."""
        return (
            known.get(self.code) is True and self.denied_when is not None and self.denied_when.evaluate(known) is True
        )

    def misfits(self, diagram: Diagram | None) -> list[str]:
        """What does not fit the figure that it is read off; None where there is no such figure."""
        if diagram is None:
            return [f"'{self.of}' is not a body chart"]
        unknown = [f"there is no place '{one}'" for one in (*self.places, *self.beside) if one not in diagram.places]
        return unknown + [f"there is no kind '{kind}'" for kind in self.kinds if kind not in diagram.kind_codes]

    def _any_of(self, places: tuple[str, ...], chart: frozenset[str]) -> bool:
        if not self.kinds:
            return not chart.isdisjoint(places)
        return any(f"{place}:{kind}" in chart for place in places for kind in self.kinds)

    @property
    def term(self) -> Term:
        return Term(self.code, TermKind.YES_NO, self.label)


def band_of(number: float, bands: tuple[Band, ...]) -> str | None:
    """The code of the first band that takes a number."""
    return next((band.code for band in bands if band.takes(number)), None)


class Derivations:
    """All derived findings of one questionnaire or protocol, with what a condition over them rests on.

    `asked_when` holds the conditions under which questions are asked: where a question is not asked, nothing that it
    would say holds. `asked` holds the same conditions, minding that in turn, and `steps` the derived findings likewise,
    in the order in which they build on one another. `drawn_from` names, for findings that come from elsewhere (scores),
    the answers they need.
    """

    def __init__(
        self,
        derived: Iterable[Derived] = (),
        asked_when: Mapping[str, Condition] | None = None,
        drawn_from: Mapping[str, frozenset[str]] | None = None,
        terms: Terms | None = None,
    ) -> None:
        """Raises `CycleError` when something is drawn from itself; see `cycle_in`."""
        self.asked_when = dict(asked_when or {})
        self.drawn_from = dict(drawn_from or {})
        by_code = {one.code: one for one in derived}
        graph = _graph(by_code.values(), self.asked_when)
        self.derived = tuple(by_code[code] for code in TopologicalSorter(graph).static_order() if code in by_code)
        self.by_code = by_code
        self.terms: Terms = dict(terms or {})
        self._expansions: dict[Leaf, Condition] = {}
        self.asked: Mapping[str, Condition] = {c: self._minding_asked(when) for c, when in self.asked_when.items()}
        self.steps = tuple(self._step(one) for one in self.derived)

    def extended(self, other: "Derivations") -> "Derivations":
        """These derivations with those of `other` on top; a code of `other` wins."""
        return Derivations(
            [*(one for one in self.derived if one.code not in other.by_code), *other.derived],
            {**self.asked_when, **other.asked_when},
            {**self.drawn_from, **other.drawn_from},
            {**self.terms, **other.terms},
        )

    def add_to(self, known: dict[str, Value]) -> None:
        """Compute every derived finding that is not given, in order, into `known`."""
        for one in self.steps:
            if one.code not in known:
                value = one.compute(known)
                if value is not None:
                    known[one.code] = value

    def unasked(self, known: Values) -> frozenset[str]:
        """The questions that are not asked, given findings."""
        return frozenset(code for code, when in self.asked.items() if when.evaluate(known) is False)

    def given_alone(self, known: Values) -> frozenset[str]:
        """The derived findings among these that the others do not yield: known without what they rest on."""
        derived = known.keys() & self.by_code.keys()
        rest = {code: value for code, value in known.items() if code not in derived}
        self.add_to(rest)
        return frozenset(derived - rest.keys())

    def without(self, codes: frozenset[str]) -> "Derivations":
        """These derivations with some derived findings taken as they are given."""
        if not codes:
            return self
        kept = [one for one in self.derived if one.code not in codes]
        return Derivations(kept, self.asked_when, self.drawn_from, self.terms)

    def inputs(self, code: str) -> frozenset[str]:
        """All findings that can bear on the value of a code, itself included.

        Whether a question is asked does not count for the question itself: conditions mind that where they test it.
        """
        found = {code}
        waiting = list(self._needs(code))
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self._direct_inputs(current))
        return frozenset(found)

    def questions(self, code: str) -> tuple[str, ...]:
        """The answers to ask for when a code is unknown: itself, or what it is drawn from."""
        if code not in self.by_code and code not in self.drawn_from:
            return (code,)
        inner = sorted(self._needs(code))
        return tuple(dict.fromkeys(question for need in inner for question in self.questions(need)))

    def expand(self, condition: Condition) -> Condition:
        """The condition with what is drawn from other findings said of those findings, as far as that can be said."""
        match condition:
            case Leaf():
                return self._expanded_leaf(condition)
            case Not(part):
                return Not(self.expand(part))
            case Several():
                return replace(condition, parts=tuple(self.expand(part) for part in condition.parts))
            case _:
                return condition

    def _expanded_leaf(self, leaf: Leaf) -> Condition:
        if leaf not in self._expansions:
            self._expansions[leaf] = self._expansion(leaf)
        return self._expansions[leaf]

    def _expansion(self, leaf: Leaf) -> Condition:
        derived = self.by_code.get(leaf.code)
        if isinstance(derived, When) and isinstance(leaf.test, IsYes):
            basis = self.expand(derived.when)
            return Expanded(leaf, basis if leaf.test.yes else Not(basis))
        if isinstance(derived, Banded):
            ranges = [self.expand(part) for part in derived.ranges(leaf.test)]
            return Expanded(leaf, ranges[0] if len(ranges) == 1 else Any(tuple(ranges))) if ranges else leaf
        asked = self.asked_when.get(leaf.code)
        return leaf if asked is None else Asked(leaf, self.expand(asked))

    def _step(self, one: Derived) -> Derived:
        """The same derived finding, minding where questions are not asked."""
        if isinstance(one, When):
            return replace(one, when=self._minding_asked(one.when))
        if isinstance(one, Classified):
            return replace(one, cases=tuple(replace(c, when=self._minding_asked(c.when)) for c in one.cases))
        return one

    def _minding_asked(self, condition: Condition) -> Condition:
        match condition:
            case Leaf(code, _) if code in self.asked_when:
                return Asked(condition, self._minding_asked(self.asked_when[code]))
            case Not(part):
                return Not(self._minding_asked(part))
            case Several():
                return replace(condition, parts=tuple(self._minding_asked(part) for part in condition.parts))
            case _:
                return condition

    def _needs(self, code: str) -> frozenset[str]:
        derived = self.by_code.get(code)
        return derived.needs if derived else self.drawn_from.get(code, frozenset())

    def _direct_inputs(self, code: str) -> frozenset[str]:
        asked = self.asked_when.get(code)
        return self._needs(code) | (asked.codes() if asked else frozenset())


def cycle_in(derived: Iterable[Derived], asked_when: Mapping[str, Condition]) -> list[str]:
    """The codes of a circle in what is drawn from what, the first repeated at the end; empty when there is none."""
    try:
        TopologicalSorter(_graph(derived, asked_when)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle[::-1]
    return []


def _graph(derived: Iterable[Derived], asked_when: Mapping[str, Condition]) -> dict[str, list[str]]:
    graph = {code: sorted(when.codes()) for code, when in asked_when.items()}
    for one in derived:
        graph[one.code] = sorted(one.needs)
    return graph


NO_DERIVATIONS = Derivations()


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


def with_terms(derived: Iterable[Derived], terms: Terms) -> dict[str, Term]:
    """The terms with those of derived findings added; `derived` in the order in which they build on one another."""
    result = dict(terms)
    for one in derived:
        result[one.code] = one.like(result) if isinstance(one, FirstKnown) else one.term
    return result
