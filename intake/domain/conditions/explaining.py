"""Evaluates many conditions at once and explains each: what held, what argued against it, what is unknown, and which
single answer would change it.

A `Program` is made once for a set of conditions; parts that conditions share are evaluated once per run. Together with
what is known, every part is evaluated in all scenarios (see `scenarios`), so that the answers that would change a
condition are read off its own result. Every change that is named is true; where that cannot be known, none is named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, reduce
from operator import or_
from typing import Any as Anything
from typing import NamedTuple, TypeVar

from intake.domain.conditions import scenarios
from intake.domain.conditions.cells import named_choices
from intake.domain.conditions.explanation import Change, Explanation, FailedEvaluationError, Literal, Sides
from intake.domain.conditions.nodes import AskedNode, LeafNode, Node, NotNode, SeveralNode, StandIn, picker, settling
from intake.domain.conditions.scenarios import Layout, Masks, Scenarios, SetScenarios
from intake.domain.conditions.terms import Terms
from intake.domain.conditions.tree import (
    Asked,
    Condition,
    Expanded,
    Leaf,
    Not,
    Several,
    Truth,
    Value,
    Values,
    WrongKindError,
)

REMEMBERED = 500
SMALL = 12  # leaves; what is known about more of them is hardly ever the same twice
NO_FAILURES: Mapping[int, str] = {}

Inputs = Callable[[str], frozenset[str]]


Kept = TypeVar("Kept")


class Memory(dict[Anything, Kept]):
    """What was worked out before, by all that it depends on; of limited size."""

    def keep(self, key: Anything, found: Kept) -> Kept:
        if len(self) >= REMEMBERED:
            self.clear()
        self[key] = found
        return found


class Reading(NamedTuple):
    """The literals of a condition in reading order; for each what it wants of its leaf. `pick` picks what these are."""

    literals: tuple[Literal, ...]
    codes: tuple[str, ...]
    wanted: tuple[bool, ...]
    pick: Callable[[list[Truth]], tuple[Truth, ...]]


class Judgement(NamedTuple):
    """What one value of a finding makes of the leaves that test it: their place, their mask and what they are.

    `state` has bits for all that can be told from it: which leaves hold, which fail, which tested choices are chosen.
    """

    leaves: list[tuple[int, int, Truth]]
    state: int


class Root:
    """One condition of a program, with what is worked out for it beforehand, and what was met before.

    `state` covers the bits that can bear on it; `named` are the choices it tests, by each finding it can name changes
    of; `mask` covers the scenarios of those.
    """

    def __init__(self, top: Node, inputs: Inputs) -> None:
        self.top = top
        self.index = top.index
        self.nodes = list(_walk(top))
        self.leaves = [node for node in self.nodes if isinstance(node, LeafNode)]
        self.asked = sum(1 << index for index in {node.index for node in self.nodes if isinstance(node, AskedNode)})
        tests = scenarios.by_code(dict.fromkeys(node.leaf for node in self.leaves))
        tangled = _tangled(list(tests), inputs)
        self.named = {code: tuple(named_choices(tests[code])) for code in tests if code not in tangled}
        self.place = {code: place for place, code in enumerate(dict.fromkeys(node.leaf.code for node in self.leaves))}
        self.mask = self.state = 0
        self.is_small = len(self.leaves) <= SMALL
        self.explained = Memory[Explanation]()
        self.to_ask = Memory[tuple[str, ...]]()
        self.readings = Memory[Reading]()
        self.changes_of = Memory[tuple[Change, ...]]()


class Program:
    """Conditions made ready to be evaluated together, by a key each.

    `terms` bound what findings can be; `inputs` says on which findings one rests; `fixed` are findings that are what
    they are once known, such as age, so that no change of them is named. Derived findings that conditions expand are
    not looked up: the answers they rest on decide.
    """

    def __init__(
        self,
        conditions: Mapping[str, Condition],
        terms: Terms | None = None,
        inputs: Inputs | None = None,
        fixed: Iterable[str] = (),
    ) -> None:
        self.nodes: list[Node] = []
        self._made: dict[Condition, Node] = {}
        tops = {key: self._make(condition) for key, condition in conditions.items()}
        self._leaves: dict[str, list[LeafNode]] = {}
        for node in self.nodes:
            if isinstance(node, LeafNode):
                self._leaves.setdefault(node.leaf.code, []).append(node)
        conditional = [node for node in self.nodes if isinstance(node, AskedNode)]
        self.conditional = [(1 << node.index, node.below[1].index) for node in conditional]
        self._fixed = frozenset(fixed) & self._leaves.keys()
        self._lay_out(terms or {})
        kept = [*tops.values(), *(node.below[1] for node in conditional)]
        self._settle = settling(self.nodes, kept, self.layout)
        rests_on = inputs or (lambda code: frozenset([code]))
        self.roots = {key: self._root(top, rests_on) for key, top in tops.items()}
        self._tops = picker([root.index for root in self.roots.values()]) if self.roots else tuple
        self._judged = {code: Memory[Judgement]() for code in self._leaves}
        self._start = [0] * len(self.nodes)
        for code, leaves in self._leaves.items():
            for index, mask, _ in self._judge(code, leaves, None).leaves:
                self._start[index] = mask

    def _lay_out(self, terms: Terms) -> None:
        """Give every finding its scenarios, side by side after reality; and every tested choice a bit of the state."""
        self.scenarios: dict[str, Scenarios] = {}
        self.code_at: list[str] = [""]
        self._choices: dict[str, dict[str, int]] = {}
        bit = 1 << 2 * len(self.nodes)
        for code, tests in scenarios.by_code(node.leaf for leaves in self._leaves.values() for node in leaves).items():
            own = self.scenarios[code] = scenarios.scenarios_for(code, tests, terms.get(code), len(self.code_at))
            self.code_at += [code] * own.size
            self._choices[code] = {}
            for choice in own.named if isinstance(own, SetScenarios) else ():
                self._choices[code][choice] = bit
                bit <<= 1
        self.layout = Layout(len(self.code_at))
        self.masks = {code: own.mask for code, own in self.scenarios.items()}

    def _root(self, top: Node, inputs: Inputs) -> Root:
        root = Root(top, inputs)
        root.mask = sum(self.scenarios[code].mask for code in root.named)
        choices = [self._choices[code].get(choice, 0) for code, named in root.named.items() for choice in named]
        root.state = sum(_state(node.index, True) | _state(node.index, False) for node in root.leaves) + sum(choices)
        return root

    def run(self, values: Values) -> "Run":
        """Evaluate every condition over findings."""
        try:
            return Run(self, values, self._judgements(values))
        except WrongKindError:
            return self._run_with_failures(values)

    def settled(self, judgements: Iterable[Judgement]) -> tuple[list[int], list[Truth]]:
        """The mask of every part, and what every leaf is."""
        masks: list[int] = self._start.copy()
        truths: list[Truth] = [None] * len(masks)
        for judgement in judgements:
            for index, mask, truth in judgement.leaves:
                masks[index] = mask
                truths[index] = truth
        self._settle(masks)
        return masks, truths

    def truths(self, masks: list[int]) -> list[tuple[str, Truth]]:
        """What every condition is, given the mask of every part."""
        return list(zip(self.roots, self.layout.truths(self._tops(masks)), strict=True))

    def open_to_change(self, values: Values) -> int:
        """The scenarios that could still come true: fixed findings that are known stay as they are."""
        closed = sum(self.scenarios[code].mask for code in self._fixed if code in values)
        return self.layout.every & ~closed

    def codes_in(self, scenarios_: int) -> list[str]:
        """The findings that some scenarios are about."""
        codes = []
        while scenarios_:
            code = self.code_at[(scenarios_ & -scenarios_).bit_length() - 1]
            codes.append(code)
            scenarios_ &= ~self.scenarios[code].mask
        return codes

    def _judgements(self, values: Values) -> list[Judgement]:
        """What each known finding makes of the leaves that test it; a value that was met before is looked up."""
        judged = self._judged
        found = []
        for code, value in values.items():
            memory = judged.get(code)
            if memory is not None:
                key = (value.__class__, value)
                found.append(memory.get(key) or self._judged_anew(code, value))
        return found

    def _judged_anew(self, code: str, value: Value) -> Judgement:
        """Choices that no test sees make no difference."""
        memory, seen = self._judged[code], self.scenarios[code].seen(value)
        key = (seen.__class__, seen)
        known = memory.get(key) or memory.keep(key, self._judge(code, self._leaves[code], seen))
        return memory.keep((value.__class__, value), known)

    def _judge(self, code: str, leaves: Iterable[LeafNode], value: Value | None) -> Judgement:
        judge = self.scenarios[code].judge(value, self.layout)
        masks = [(node.index, judge(node.leaf.test)) for node in leaves]
        found = [(index, mask, self.layout.truth(mask)) for index, mask in masks]
        chosen = [self._choices[code].get(choice, 0) for choice in value] if isinstance(value, frozenset) else []
        return Judgement(found, sum(_state(index, truth) for index, _, truth in found) + sum(chosen))

    def _run_with_failures(self, values: Values) -> "Run":
        """Evaluate again, part by part; what fails, and all that rests on it, is noted with the reason."""
        judgements: list[Judgement] = []
        failures: dict[int, str] = {}
        for node in self.nodes:
            broken = next((failures[part.index] for part in node.below if part.index in failures), None)
            if isinstance(node, LeafNode):
                broken = self._try_leaf(node, values, judgements)
            if broken is not None:
                failures[node.index] = broken
        return Run(self, values, judgements, failures)

    def _try_leaf(self, node: LeafNode, values: Values, judgements: list[Judgement]) -> str | None:
        try:
            judgements.append(self._judge(node.leaf.code, [node], values.get(node.leaf.code)))
        except WrongKindError as error:
            return f"{type(error).__name__}: {error}"
        return None

    def _make(self, condition: Condition) -> Node:
        if condition not in self._made:
            self._made[condition] = self._new(condition)
        return self._made[condition]

    def _new(self, condition: Condition) -> Node:
        if isinstance(condition, Expanded):
            return StandIn(self._make(condition.basis), condition.leaf.code)
        node = _node(condition, tuple(self._make(part) for part in condition.below))
        node.index = len(self.nodes)
        self.nodes.append(node)
        return node


def _state(index: int, truth: Truth) -> int:
    """The bit of the state that says what a leaf is; none where it is unknown."""
    return 0 if truth is None else 1 << (2 * index + truth)


def _node(condition: Condition, below: tuple[Node, ...]) -> Node:
    match condition:
        case Leaf():
            return LeafNode(0, condition)
        case Not():
            return NotNode(0, below)
        case Several():
            return SeveralNode(0, below, condition.needed)
        case Asked():
            return AskedNode(0, below)
    raise TypeError(f"{condition!r} is not a condition")


class Run:
    """One evaluation of a program. What nobody asks for is not worked out."""

    def __init__(
        self, program: Program, values: Values, judgements: list[Judgement], failures: Mapping[int, str] = NO_FAILURES
    ) -> None:
        self._program = program
        self._values = values
        self._judgements = judgements
        self._failures = failures
        self._state = reduce(or_, [judgement.state for judgement in judgements], 0)

    @cached_property
    def _settled(self) -> tuple[list[int], list[Truth]]:
        return self._program.settled(self._judgements)

    @cached_property
    def _open(self) -> int:
        return self._program.open_to_change(self._values)

    @cached_property
    def _unasked(self) -> int:
        """A bit for the place of each part whose question is not asked."""
        masks, possible = self._settled[0], self._program.layout.really_possible
        return sum([bit for bit, basis in self._program.conditional if not masks[basis] & possible])

    def failures(self) -> dict[str, str]:
        """The conditions that could not be evaluated, and why."""
        failures = self._failures
        if not failures:
            return {}
        return {key: failures[root.index] for key, root in self._program.roots.items() if root.index in failures}

    def truths(self) -> list[tuple[str, Truth]]:
        """What every condition is, without those that could not be evaluated."""
        truths = self._program.truths(self._settled[0])
        failures = self.failures()
        return [found for found in truths if found[0] not in failures] if failures else truths

    def truth(self, key: str) -> Truth:
        """What a condition is. Raises `FailedEvaluationError`."""
        index = self._program.roots[key].index
        if index in self._failures:
            raise FailedEvaluationError(self._failures[index])
        return self._program.layout.truth(self._settled[0][index])

    def explain(self, key: str) -> Explanation:
        """Why a condition is what it is. Raises `FailedEvaluationError`."""
        root = self._program.roots[key]
        if root.index in self._failures:
            raise FailedEvaluationError(self._failures[root.index])
        if not root.is_small:
            return self._explained(root)
        state = self._state & root.state
        return root.explained.get(state) or root.explained.keep(state, self._explained(root))

    def to_ask(self, key: str) -> tuple[str, ...]:
        """The unknown findings that could settle an unknown condition, alone or else together, in reading order."""
        root = self._program.roots[key]
        if not root.is_small:
            return self._worked_out_to_ask(root)
        state = self._state & root.state
        return root.to_ask.get(state) or root.to_ask.keep(state, self._worked_out_to_ask(root))

    def _explained(self, root: Root) -> Explanation:
        truth = self._program.layout.truth(self._settled[0][root.index])
        return Explanation(truth, *self._sorted_out(root), self._changes(root, truth))

    def _worked_out_to_ask(self, root: Root) -> tuple[str, ...]:
        masks = self._program.masks
        reading = self._reading(root)
        truths = zip(reading.codes, reading.pick(self._settled[1]), strict=True)
        unknown = dict.fromkeys([code for code, truth in truths if truth is None])
        settling = self._telling(root, None)
        return tuple([code for code in unknown if settling & masks[code]]) or tuple(unknown)

    def _reading(self, root: Root) -> Reading:
        unasked = root.asked and self._unasked & root.asked
        return root.readings.get(unasked) or root.readings.keep(unasked, _reading(root.top, unasked))

    def _sorted_out(self, root: Root) -> Sides:
        literals, _, wanted, pick = self._reading(root)
        held: list[Literal] = []
        against: list[Literal] = []
        unknown: list[Literal] = []
        for literal, wants, truth in zip(literals, wanted, pick(self._settled[1]), strict=True):
            if truth is wants:
                held.append(literal)
            elif truth is None:
                unknown.append(literal)
            else:
                against.append(literal)
        return Sides(tuple(held), tuple(against), tuple(unknown))

    def _changes(self, root: Root, truth: Truth) -> tuple[Change, ...]:
        """The changes worth naming, in reading order."""
        telling = self._telling(root, truth)
        if not telling:
            return ()
        codes = sorted(self._program.codes_in(telling), key=root.place.__getitem__)
        return tuple([change for code in codes for change in self._changes_of(root, code, truth, telling)])

    def _telling(self, root: Root, truth: Truth) -> int:
        """The scenarios worth naming: that decide otherwise, or take away the certainty that a condition holds."""
        layout, mask = self._program.layout, self._settled[0][root.index]
        if truth is None:
            mask |= layout.false(mask)
        return (~mask if truth else mask) & root.mask & self._open

    def _changes_of(self, root: Root, code: str, truth: Truth, telling: int) -> tuple[Change, ...]:
        own, layout, mask = self._program.scenarios[code], self._program.layout, self._settled[0][root.index]
        value = own.seen(self._values.get(code)) if isinstance(own, SetScenarios) else None
        certain, possible = mask >> own.start & own.own, mask >> (own.start + layout.width) & own.own
        found = (code, telling >> own.start & own.own, (certain, own.own & ~possible), value, truth)
        return root.changes_of.get(found) or root.changes_of.keep(found, _changes(own, found, root.named[code]))


def explain(condition: Condition, values: Values) -> Explanation:
    """Why one condition holds, does not hold, or is unknown."""
    return Program({"": condition}).run(values).explain("")


def _changes(
    own: Scenarios, found: tuple[str, int, Masks, Value | None, Truth], named: tuple[str, ...]
) -> tuple[Change, ...]:
    """The changes of one finding that are worth naming."""
    code, telling, truths, value, truth = found
    return tuple(
        Change(code, to, becomes)
        for to, becomes in dict.fromkeys(own.changes(truths, telling, value, named))
        if becomes is not truth and (becomes is not None or truth is True)
    )


def _reading(top: Node, unasked: int) -> Reading:
    """Each literal once, in reading order."""
    found = {Literal(node.leaf, negated, via): node.index for node, negated, via in top.literals(unasked, False, "")}
    codes, wanted = tuple(literal.code for literal in found), tuple(not literal.negated for literal in found)
    return Reading(tuple(found), codes, wanted, picker(list(found.values())))


def _walk(node: Node) -> Iterator[Node]:
    """Every node once, in reading order."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting.extend(reversed(current.below))


def _tangled(codes: list[str], inputs: Inputs) -> frozenset[str]:
    """Codes that share something they rest on with another one: changing one alone may be impossible."""
    bases = {code: inputs(code) for code in codes}
    return frozenset(
        code for code in codes for other in codes if other != code and not bases[code].isdisjoint(bases[other])
    )
