"""All derived findings of a questionnaire or protocol together: in their order, and with what each rests on. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from intake.domain.conditions import Condition, Leaf, Term, Terms, Value, Values
from intake.domain.conditions.tree import Any, Asked, Expanded, IsYes, Not, Several
from intake.domain.derived import (
    Banded,
    Classified,
    Derived,
    FirstKnown,
    When,
)


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

    def add_to(self, known: dict[str, Value], steps: Iterable[Derived] | None = None) -> None:
        """Compute every derived finding that is not given, in order, into `known`; only those of `steps`, if given."""
        for one in self.steps if steps is None else steps:
            if one.code not in known:
                value = one.compute(known)
                if value is not None:
                    known[one.code] = value

    def steps_to(self, condition: Condition) -> tuple[Derived, ...]:
        """The derived findings that can bear on a condition, in their order."""
        bearing = frozenset().union(*(self.inputs(code) for code in condition.codes()))
        return tuple(one for one in self.steps if one.code in bearing)

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


def with_terms(derived: Iterable[Derived], terms: Terms) -> dict[str, Term]:
    """The terms with those of derived findings added; `derived` in the order in which they build on one another."""
    result = dict(terms)
    for one in derived:
        result[one.code] = one.like(result) if isinstance(one, FirstKnown) else one.term
    return result
