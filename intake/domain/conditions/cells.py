"""The values of one finding, cut into cells within which several tests of it do not change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import ceil, floor, inf

from intake.domain.conditions.terms import Term
from intake.domain.conditions.tree import (
    All,
    Between,
    Compare,
    Condition,
    In,
    Includes,
    Is,
    IsYes,
    Leaf,
    Not,
    Operator,
    Test,
    Truth,
    Value,
)

_OPPOSITES = {
    Operator.LESS: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.LESS,
    Operator.MORE: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE,
}
_OTHER = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers between two bounds, each included or not."""

    low: float
    low_included: bool
    high: float
    high_included: bool

    @property
    def inside(self) -> float:
        """A number of the span."""
        if self.low_included:
            return self.low
        if self.high_included:
            return self.high
        if self.low == -inf:
            return self.high - 1
        return self.low + 1 if self.high == inf else (self.low + self.high) / 2

    def to(self, other: "Span") -> "Span":
        return Span(self.low, self.low_included, other.high, other.high_included)

    def within(self, term: Term | None) -> bool:
        """Whether a number that the finding can have lies in the span."""
        if term is None:
            return True
        low = max(self.low, -inf if term.minimum is None else term.minimum)
        high = min(self.high, inf if term.maximum is None else term.maximum)
        if term.whole:
            return self._first_whole(low) <= self._last_whole(high)
        low_in, high_in = low > self.low or self.low_included, high < self.high or self.high_included
        return low < high or (low == high and low_in and high_in)

    def _first_whole(self, low: float) -> float:
        if low == -inf:
            return low
        return low + 1 if low == self.low and not self.low_included and low == floor(low) else ceil(low)

    def _last_whole(self, high: float) -> float:
        if high == inf:
            return high
        return high - 1 if high == self.high and not self.high_included and high == ceil(high) else floor(high)


@dataclass(frozen=True, slots=True)
class Cell:
    """Values that a group of tests cannot tell apart; `sample` is one of them, `span` where they are numbers."""

    sample: Value
    span: Span | None = None


def opposite(leaf: Leaf) -> Condition:
    """What the finding would have to be for a leaf not to hold."""
    match leaf.test:
        case IsYes(yes):
            return Leaf(leaf.code, IsYes(not yes))
        case Is(choice, negated):
            return Leaf(leaf.code, Is(choice, not negated))
        case Compare(operator, number) if operator in _OPPOSITES:
            return Leaf(leaf.code, Compare(_OPPOSITES[operator], number))
        case _:
            return Not(leaf)


def cells_of(tests: Sequence[Test], term: Term | None) -> list[Cell]:
    """The cells of a finding under tests of one kind; sets of choices have none."""
    match tests[0]:
        case IsYes():
            return [Cell(True), Cell(False)]
        case Is() | In():
            return _choice_cells(_named(tests), term)
        case Includes():
            return []
        case _:
            return [Cell(span.inside, span) for span in _spans(_thresholds(tests)) if span.within(term)]


def claims(code: str, outcomes: Sequence[tuple[Truth, Cell]], named: Sequence[str]) -> list[tuple[Condition, Truth]]:
    """What a finding would have to be for each outcome: conditions on it that hold exactly in the cells.

    `outcomes` are all its cells in order with what each leads to; `named` the choices that the cells tell apart. Where
    every cell leads to the same, there is nothing to claim.
    """
    if len({truth for truth, _ in outcomes}) < 2:
        return []
    if outcomes[0][1].span is not None:
        return _number_claims(code, outcomes)
    if isinstance(outcomes[0][1].sample, str):
        return _choice_claims(code, outcomes, named)
    return [(Leaf(code, IsYes(cell.sample is True)), truth) for truth, cell in outcomes]


def _number_claims(code: str, outcomes: Sequence[tuple[Truth, Cell]]) -> list[tuple[Condition, Truth]]:
    runs = [[cell.span for _, cell in run if cell.span] for _, run in groupby(outcomes, key=lambda pair: pair[0])]
    truths = [truth for truth, _ in groupby(outcomes, key=lambda pair: pair[0])]
    spans = [run[0].to(run[-1]) for run in runs]
    spans[0] = replace(spans[0], low=-inf, low_included=False)
    spans[-1] = replace(spans[-1], high=inf, high_included=False)
    return [(_span_condition(code, span), truth) for span, truth in zip(spans, truths, strict=True)]


def _choice_claims(
    code: str, outcomes: Sequence[tuple[Truth, Cell]], named: Sequence[str]
) -> list[tuple[Condition, Truth]]:
    by_truth: dict[Truth, list[str]] = {}
    for truth, cell in outcomes:
        by_truth.setdefault(truth, []).append(str(cell.sample))
    others = any(cell.sample == _OTHER for _, cell in outcomes)
    return [(_choice_condition(code, choices, named, others), truth) for truth, choices in by_truth.items()]


def named_choices(tests: Iterable[Test]) -> list[str]:
    """The choices that tests name, sorted."""
    return sorted(_named(tests))


def _named(tests: Iterable[Test]) -> set[str]:
    names: set[str] = set()
    for test in tests:
        if isinstance(test, Is):
            names.add(test.choice)
        elif isinstance(test, In | Includes):
            names.update(test.choices)
    return names


def _choice_cells(named: set[str], term: Term | None) -> list[Cell]:
    cells = [Cell(choice) for choice in sorted(named)]
    every = term.choices if term else None
    return cells if every is not None and set(every) <= named else [*cells, Cell(_OTHER)]


def _thresholds(tests: Iterable[Test]) -> list[float]:
    found: set[float] = set()
    for test in tests:
        if isinstance(test, Compare):
            found.add(test.number)
        elif isinstance(test, Between):
            found |= {test.low, test.high}
    return sorted(found)


def _spans(thresholds: list[float]) -> list[Span]:
    """Below the first threshold, at it, between it and the next, and so on."""
    bounds = [-inf, *thresholds, inf]
    spans = []
    for low, high in pairwise(bounds):
        spans.append(Span(low, False, high, False))
        spans.append(Span(high, True, high, True))
    return spans[:-1]


def _span_condition(code: str, span: Span) -> Condition:
    if span.low == span.high:
        return Leaf(code, Compare(Operator.EQUAL, span.low))
    limits: list[Condition] = []
    if span.low != -inf:
        limits.append(Leaf(code, Compare(Operator.AT_LEAST if span.low_included else Operator.MORE, span.low)))
    if span.high != inf:
        limits.append(Leaf(code, Compare(Operator.AT_MOST if span.high_included else Operator.LESS, span.high)))
    return limits[0] if len(limits) == 1 else All(tuple(limits))


def _choice_condition(code: str, choices: list[str], named: Sequence[str], others: bool) -> Condition:
    """One of some choices; said as "not one of the rest" where there are `others`, or where that is shorter."""
    rest = [choice for choice in named if choice not in choices]
    if _OTHER in choices or (not others and len(rest) < len(choices)):
        return opposite(_one_of(code, rest))
    return _one_of(code, choices)


def _one_of(code: str, choices: Sequence[str]) -> Leaf:
    return Leaf(code, Is(choices[0]) if len(choices) == 1 else In(tuple(choices)))
