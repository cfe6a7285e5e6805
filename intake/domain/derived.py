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

from dataclasses import dataclass, replace
from enum import Enum
from math import floor

from intake.domain.body_chart import Diagram
from intake.domain.conditions import Condition, Leaf, Term, TermKind, Terms, Value, Values
from intake.domain.conditions.tree import All, Compare, Operator, Test
from intake.domain.reading import Backing
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
