"""Evaluates many conditions at once and explains each: what held, what argued against it, what is unknown, and which
single answer would change it.

A `Program` is made once for a set of conditions; parts that conditions share are evaluated once per run. Together with
what is known, every part is evaluated in all scenarios (see `scenarios`), so that the answers that would change a
condition are read off its own result. Every change that is named is true; where that cannot be known, none is named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any as Anything
from typing import NamedTuple, TypeVar

from intake.domain.conditions import scenarios
from intake.domain.conditions.cells import named_choices, opposite
from intake.domain.conditions.nodes import (
    AllNode,
    AllOfTwoNode,
    AnyNode,
    AnyOfTwoNode,
    AskedNode,
    LeafNode,
    Node,
    NotNode,
    SeveralNode,
    StandIn,
)
from intake.domain.conditions.scenarios import REALITY, Masks, Scenarios, SetScenarios
from intake.domain.conditions.terms import Terms
from intake.domain.conditions.tree import (
    All,
    Any,
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

Inputs = Callable[[str], frozenset[str]]


Kept = TypeVar("Kept")


class Memory(dict[Anything, Kept]):
    """What was worked out before, by all that it depends on; of limited size."""

    def keep(self, key: Anything, found: Kept) -> Kept:
        if len(self) >= REMEMBERED:
            self.clear()
        self[key] = found
        return found


class FailedEvaluationError(Exception):
    """A condition could not be evaluated."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A leaf as a condition uses it: `negated` where the condition wants it not to hold.

    `via` is the derived finding that the condition names and that rests on this leaf; empty where it names the leaf.
    """

    leaf: Leaf
    negated: bool = False
    via: str = ""

    @property
    def code(self) -> str:
        return self.leaf.code

    def wanted(self) -> Condition:
        """What the condition wants of the finding."""
        return opposite(self.leaf) if self.negated else self.leaf


@dataclass(frozen=True, slots=True)
class Change:
    """A true claim: if the finding `code` were as `to` says, the condition would become `becomes`."""

    code: str
    to: Condition
    becomes: Truth


class Explanation(NamedTuple):
    """Why a condition holds, does not hold, or is unknown; all in reading order."""

    truth: Truth
    held: tuple[Literal, ...]
    against: tuple[Literal, ...]
    unknown: tuple[Literal, ...]
    changes: tuple[Change, ...]


Placed = tuple[Literal, int]  # a literal, and a bit for the place of its leaf


class Sides(NamedTuple):
    """The leaves of a condition by what they say for it."""

    held: tuple[Literal, ...]
    against: tuple[Literal, ...]
    unknown: tuple[Literal, ...]


class Judgement(NamedTuple):
    """What one value of a finding makes of the leaves that test it.

    `masks` are a place, and in which scenarios the leaf there holds and fails; `true` and `false` have a bit for the
    place of each leaf that really does.
    """

    masks: list[tuple[int, int, int]]
    true: int
    false: int


class Root:
    """One condition of a program, with what is worked out for it beforehand, and what was met before."""

    def __init__(self, top: Node, inputs: Inputs, by_code: Mapping[str, Scenarios]) -> None:
        self.top = top
        self.index = top.index
        nodes = list(_walk(top))
        leaves = {node.leaf: None for node in nodes if isinstance(node, LeafNode)}
        tests = scenarios.by_code(leaves)
        tangled = _tangled(list(tests), inputs)
        self.named = {code: tuple(named_choices(tests[code])) for code in tests if code not in tangled}
        self.sets = [code for code in self.named if isinstance(by_code[code], SetScenarios)]
        self.mask = sum(by_code[code].mask for code in self.named)
        self.place = {code: place for place, code in enumerate(dict.fromkeys(leaf.code for leaf in leaves))}
        self.parts = sum(1 << index for index in {node.index for node in nodes})
        self.literals = Memory[list[Placed]]()
        self.explained = Memory[Explanation]()
        self.changes_of = Memory[tuple[Change, ...]]()
        self.to_ask = Memory[tuple[str, ...]]()


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
        self._inner = [node.settle for node in self.nodes if not isinstance(node, LeafNode)]
        self._conditional = [node for node in self.nodes if isinstance(node, AskedNode)]
        self._fixed = frozenset(fixed) & self._leaves.keys()
        self._lay_out(terms or {})
        rests_on = inputs or (lambda code: frozenset([code]))
        self.roots = {key: Root(top, rests_on, self.scenarios) for key, top in tops.items()}
        self._judged = {code: Memory[Judgement]() for code in self._leaves}
        self._true, self._false = [0] * len(self.nodes), [0] * len(self.nodes)
        for code, leaves in self._leaves.items():
            for index, held, failed in self._judge(code, leaves, None).masks:
                self._true[index], self._false[index] = held, failed

    def _lay_out(self, terms: Terms) -> None:
        """Give every finding its scenarios, side by side after reality."""
        self.scenarios: dict[str, Scenarios] = {}
        self.code_at: list[str] = [""]
        for code, tests in scenarios.by_code(node.leaf for leaves in self._leaves.values() for node in leaves).items():
            self.scenarios[code] = scenarios.scenarios_for(code, tests, terms.get(code), len(self.code_at))
            self.code_at += [code] * self.scenarios[code].size
        self.every = (1 << len(self.code_at)) - 1

    def run(self, values: Values) -> "Run":
        """Evaluate every condition over findings."""
        true, false = self._true.copy(), self._false.copy()
        try:
            holding, failing = self._settle_leaves(values, true, false)
        except WrongKindError:
            return self._run_with_failures(values)
        for settle in self._inner:
            settle(true, false)
        return Run(self, values, true, false, holding, failing, {})

    def open_to_change(self, values: Values) -> int:
        """The scenarios that could still come true: fixed findings that are known stay as they are."""
        closed = sum(self.scenarios[code].mask for code in self._fixed if code in values)
        return self.every & ~closed

    def unasked(self, false: list[int]) -> int:
        """A bit for the place of each part whose question is not asked."""
        return sum([1 << node.index for node in self._conditional if node.is_unasked(false)])

    def codes_in(self, scenarios_: int) -> list[str]:
        """The findings that some scenarios are about."""
        codes = []
        while scenarios_:
            code = self.code_at[(scenarios_ & -scenarios_).bit_length() - 1]
            codes.append(code)
            scenarios_ &= ~self.scenarios[code].mask
        return codes

    def _settle_leaves(self, values: Values, true: list[int], false: list[int]) -> Masks:
        """What each known finding makes of the leaves that test it; a value that was met before is looked up.

        Gives a bit for the place of each leaf that holds, and of each that fails.
        """
        judged = self._judged
        holding = failing = 0
        for code, value in values.items():
            if code in judged:
                key = (value.__class__, value)
                judgement = judged[code].get(key) or judged[code].keep(
                    key, self._judge(code, self._leaves[code], value)
                )
                for index, held, failed in judgement.masks:
                    true[index] = held
                    false[index] = failed
                holding |= judgement.true
                failing |= judgement.false
        return holding, failing

    def _judge(self, code: str, leaves: Iterable[LeafNode], value: Value | None) -> Judgement:
        judge = self.scenarios[code].judge(value, self.every)
        masks = [(node.index, *judge(node.leaf.test)) for node in leaves]
        true = sum(1 << index for index, held, _ in masks if held & REALITY)
        false = sum(1 << index for index, _, failed in masks if failed & REALITY)
        return Judgement(masks, true, false)

    def _run_with_failures(self, values: Values) -> "Run":
        """Evaluate again, part by part; what fails, and all that rests on it, is noted with the reason."""
        true, false = self._true.copy(), self._false.copy()
        failures: dict[int, str] = {}
        for node in self.nodes:
            broken = next((failures[part.index] for part in node.below if part.index in failures), None)
            if isinstance(node, LeafNode):
                broken = self._try_leaf(node, values, true, false)
            else:
                node.settle(true, false)
            if broken is not None:
                failures[node.index] = broken
        holding, failing = (sum((mask & REALITY) << place for place, mask in enumerate(m)) for m in (true, false))
        return Run(self, values, true, false, holding, failing, failures)

    def _try_leaf(self, node: LeafNode, values: Values, true: list[int], false: list[int]) -> str | None:
        try:
            judgement = self._judge(node.leaf.code, [node], values.get(node.leaf.code))
        except WrongKindError as error:
            return f"{type(error).__name__}: {error}"
        _, true[node.index], false[node.index] = judgement.masks[0]
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


def _node(condition: Condition, below: tuple[Node, ...]) -> Node:
    match condition:
        case Leaf():
            return LeafNode(0, condition)
        case Not():
            return NotNode(0, below)
        case Several():
            return _several(condition, below)
        case Asked():
            return AskedNode(0, below)
    raise TypeError(f"{condition!r} is not a condition")


def _several(condition: Several, below: tuple[Node, ...]) -> Node:
    if len(below) == 2 and type(condition) in _OF_TWO:
        return _OF_TWO[type(condition)](0, below)
    return _SEVERAL.get(type(condition), SeveralNode)(0, below, condition.needed)


_OF_TWO: Mapping[type, type[Node]] = {All: AllOfTwoNode, Any: AnyOfTwoNode}
_SEVERAL: Mapping[type, type[SeveralNode]] = {All: AllNode, Any: AnyNode}


class Run:
    """One evaluation of a program: in which scenarios each part holds and fails, and which leaves really do."""

    def __init__(
        self,
        program: Program,
        values: Values,
        true: list[int],
        false: list[int],
        holding: int,
        failing: int,
        failures: Mapping[int, str],
    ) -> None:
        self._program = program
        self._values = values
        self._true, self._false = true, false
        self._holding, self._failing = holding, failing
        self._failures = failures
        self._open = program.open_to_change(values)
        self._unasked = program.unasked(false)

    def failures(self) -> dict[str, str]:
        """The conditions that could not be evaluated, and why."""
        failures = self._failures
        if not failures:
            return {}
        return {key: failures[root.index] for key, root in self._program.roots.items() if root.index in failures}

    def truths(self) -> list[tuple[str, Truth]]:
        """What every condition is, without those that could not be evaluated."""
        true, false, failures = self._true, self._false, self._failures
        return [
            (key, True if true[root.index] & REALITY else False if false[root.index] & REALITY else None)
            for key, root in self._program.roots.items()
            if root.index not in failures
        ]

    def truth(self, key: str) -> Truth:
        """What a condition is. Raises `FailedEvaluationError`."""
        index = self._program.roots[key].index
        if index in self._failures:
            raise FailedEvaluationError(self._failures[index])
        return self._truth(index)

    def _truth(self, index: int) -> Truth:
        if self._true[index] & REALITY:
            return True
        return False if self._false[index] & REALITY else None

    def explain(self, key: str) -> Explanation:
        """Why a condition is what it is. Raises `FailedEvaluationError`.

        That depends on nothing but which of its leaves hold and fail, and on the sets of choices it tests.
        """
        root = self._program.roots[key]
        if root.index in self._failures:
            raise FailedEvaluationError(self._failures[root.index])
        found = self._met(root)
        return root.explained.get(found) or root.explained.keep(found, self._explained(root))

    def to_ask(self, key: str) -> tuple[str, ...]:
        """The unknown findings that could settle an unknown condition, alone or else together, in reading order."""
        root = self._program.roots[key]
        found = self._met(root)
        return root.to_ask.get(found) or root.to_ask.keep(found, self._worked_out_to_ask(root))

    def _met(self, root: Root) -> tuple[object, ...]:
        """All that an explanation of this condition depends on."""
        parts, values = root.parts, self._values
        if not root.sets:
            return (self._holding & parts, self._failing & parts)
        return (self._holding & parts, self._failing & parts, *[values.get(code) for code in root.sets])

    def _explained(self, root: Root) -> Explanation:
        truth = self._truth(root.index)
        return Explanation(truth, *self._sorted_out(root), self._changes(root, truth))

    def _worked_out_to_ask(self, root: Root) -> tuple[str, ...]:
        settling = (self._true[root.index] | self._false[root.index]) & root.mask & self._open
        unknown = dict.fromkeys([literal.code for literal in self._sorted_out(root).unknown])
        alone = frozenset(self._program.codes_in(settling))
        return tuple([code for code in unknown if code in alone]) or tuple(unknown)

    def _sorted_out(self, root: Root) -> Sides:
        unasked = self._unasked & root.parts
        literals = root.literals.get(unasked) or root.literals.keep(unasked, _literals(root.top, unasked))
        holding, failing = self._holding, self._failing
        sides: tuple[list[Literal], list[Literal], list[Literal]] = ([], [], [])
        for literal, bit in literals:
            if bit & (failing if literal.negated else holding):
                sides[0].append(literal)
            elif bit & (holding if literal.negated else failing):
                sides[1].append(literal)
            else:
                sides[2].append(literal)
        return Sides(tuple(sides[0]), tuple(sides[1]), tuple(sides[2]))

    def _changes(self, root: Root, truth: Truth) -> tuple[Change, ...]:
        """The changes worth naming, in reading order."""
        telling = self._telling(root, truth) & root.mask & self._open
        truths = (self._true[root.index], self._false[root.index])
        codes = sorted(self._program.codes_in(telling), key=root.place.__getitem__)
        return tuple([change for code in codes for change in self._changes_of(root, code, truth, telling, truths)])

    def _telling(self, root: Root, truth: Truth) -> int:
        """The scenarios worth naming: that decide otherwise, or take away the certainty that a condition holds."""
        true, false = self._true[root.index], self._false[root.index]
        if truth is None:
            return true | false
        return ~true if truth else true

    def _changes_of(self, root: Root, code: str, truth: Truth, telling: int, truths: Masks) -> tuple[Change, ...]:
        own = self._program.scenarios[code]
        value = self._values.get(code) if isinstance(own, SetScenarios) else None
        told = (truths[0] & own.mask, truths[1] & own.mask)
        found = (code, telling & own.mask, told, value, truth)
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


def _literals(top: Node, unasked: int) -> list[Placed]:
    """Each literal once, in reading order, with a bit for the place of its leaf."""
    found = top.literals(unasked, False, "")
    return list({Literal(node.leaf, negated, via): 1 << node.index for node, negated, via in found}.items())


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
