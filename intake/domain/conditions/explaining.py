"""Evaluates many conditions at once and explains each: what held, what argued against it, what is unknown, and which
single answer would change it.

A `Program` is made once for a set of conditions; parts that conditions share are evaluated once per run. Together with
what is known, every part is evaluated in all scenarios (see `scenarios`), so that the answers that would change a
condition are read off its own result. Every change that is named is true; where that cannot be known, none is named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, itemgetter, or_
from typing import Any as Anything
from typing import NamedTuple, TypeVar

from intake.domain.conditions import scenarios
from intake.domain.conditions.cells import named_choices, opposite
from intake.domain.conditions.scenarios import REALITY, Masks, Scenarios, SetScenarios, in_at_least
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
    """Why a condition holds, does not hold, or is unknown; all in reading order.

    `to_ask` are the unknown findings that could settle an unknown condition: alone, or else together.
    """

    truth: Truth
    held: tuple[Literal, ...]
    against: tuple[Literal, ...]
    unknown: tuple[Literal, ...]
    changes: tuple[Change, ...]
    to_ask: tuple[str, ...]


class Node:
    """One part of the conditions of a program; `index` is its place among all parts, after those below it."""

    __slots__ = ("below", "index")

    def __init__(self, index: int, below: tuple["Node", ...] = ()) -> None:
        self.index = index
        self.below = below

    def settle(self, true: list[int], false: list[int]) -> None:
        """Note in which scenarios this part holds and fails, from those below."""
        raise NotImplementedError

    def is_exception(self, _true: list[int], _false: list[int]) -> bool:
        """Whether what usually speaks for this part does not, so that `literals` must be asked."""
        return False

    def literals(self, run: "Run", negated: bool, via: str) -> Iterator[tuple["LeafNode", bool, str]]:
        """The leaves that matter, in reading order."""
        for part in self.below:
            yield from part.literals(run, negated, via)


class LeafNode(Node):
    __slots__ = ("leaf",)

    def __init__(self, index: int, leaf: Leaf) -> None:
        super().__init__(index)
        self.leaf = leaf

    def literals(self, _run: "Run", negated: bool, via: str) -> Iterator[tuple["LeafNode", bool, str]]:
        yield self, negated, via


class NotNode(Node):
    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        place = self.below[0].index
        true[self.index], false[self.index] = false[place], true[place]

    def literals(self, run: "Run", negated: bool, via: str) -> Iterator[tuple[LeafNode, bool, str]]:
        return self.below[0].literals(run, not negated, via)


class SeveralNode(Node):
    __slots__ = ("needed", "pick")

    def __init__(self, index: int, below: tuple[Node, ...], needed: int) -> None:
        super().__init__(index, below)
        self.needed = needed
        self.pick = _picker([part.index for part in below])

    def settle(self, true: list[int], false: list[int]) -> None:
        true[self.index] = in_at_least(self.needed, self.pick(true))
        false[self.index] = in_at_least(len(self.below) - self.needed + 1, self.pick(false))


class AllNode(SeveralNode):
    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        true[self.index] = reduce(and_, self.pick(true))
        false[self.index] = reduce(or_, self.pick(false))


class AnyNode(SeveralNode):
    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        true[self.index] = reduce(or_, self.pick(true))
        false[self.index] = reduce(and_, self.pick(false))


class AskedNode(Node):
    """A leaf, then what says whether it is asked."""

    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        leaf, basis = self.below
        unasked = false[basis.index]
        true[self.index] = true[leaf.index] & ~unasked
        false[self.index] = false[leaf.index] | unasked

    def is_exception(self, _true: list[int], false: list[int]) -> bool:
        return bool(false[self.below[1].index] & REALITY)

    def literals(self, run: "Run", negated: bool, via: str) -> Iterator[tuple[LeafNode, bool, str]]:
        """The leaf; where it is not asked, what says so."""
        return self.below[run.is_exception(self)].literals(run, negated, via)


class ExpandedNode(Node):
    """A leaf on a derived finding, then what it rests on."""

    __slots__ = ("code",)

    def __init__(self, index: int, below: tuple[Node, ...], code: str) -> None:
        super().__init__(index, below)
        self.code = code

    def settle(self, true: list[int], false: list[int]) -> None:
        leaf, basis = self.below[0].index, self.below[1].index
        true[self.index] = true[basis] | (true[leaf] & ~false[basis])
        false[self.index] = false[basis] | (false[leaf] & ~true[basis])

    def is_exception(self, true: list[int], false: list[int]) -> bool:
        leaf, basis = self.below[0].index, self.below[1].index
        return bool((true[leaf] | false[leaf]) & ~(true[basis] | false[basis]) & REALITY)

    def literals(self, run: "Run", negated: bool, via: str) -> Iterator[tuple[LeafNode, bool, str]]:
        """What the derived finding rests on; the finding itself where it is given and the answers are not."""
        if run.is_exception(self):
            return self.below[0].literals(run, negated, via)
        return self.below[1].literals(run, negated, via or self.code)


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
    """One condition of a program, with what is worked out for it beforehand."""

    def __init__(self, top: Node, inputs: Inputs, by_code: Mapping[str, Scenarios]) -> None:
        self.top = top
        self.index = top.index
        nodes = list(_walk(top))
        leaves = {node.leaf: None for node in nodes if isinstance(node, LeafNode)}
        tests = scenarios.by_code(leaves)
        tangled = _tangled(list(tests), inputs)
        self.named = {code: tuple(named_choices(tests[code])) for code in tests if code not in tangled}
        self.mask = sum(by_code[code].mask for code in self.named)
        self.place = {code: place for place, code in enumerate(dict.fromkeys(leaf.code for leaf in leaves))}
        self.parts = sum(1 << node.index for node in nodes)
        self.literals = Memory[list[Placed]]()
        self.changes = Memory[tuple[Change, ...]]()
        self.sides = Memory[Sides]()


class Program:
    """Conditions made ready to be evaluated together, by a key each.

    `terms` bound what findings can be; `inputs` says on which findings one rests; `fixed` are findings that are what
    they are once known, such as age, so that no change of them is named.
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
        self._fixed = frozenset(fixed) & self._leaves.keys()
        self._lay_out(terms or {})
        rests_on = inputs or (lambda code: frozenset([code]))
        self.roots = {key: Root(top, rests_on, self.scenarios) for key, top in tops.items()}
        self._judged = {code: Memory[Judgement]() for code in self._leaves}
        self._special = [node for node in self.nodes if isinstance(node, AskedNode | ExpandedNode)]
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
            leaves = self._settle_leaves(values, true, false)
        except WrongKindError:
            return self._run_with_failures(values)
        for settle in self._inner:
            settle(true, false)
        return Run(self, values, (true, false), leaves, {})

    def exceptions(self, true: list[int], false: list[int]) -> int:
        """A bit for the place of each part that is an exception."""
        return sum(1 << node.index for node in self._special if node.is_exception(true, false))

    def open_to_change(self, values: Values) -> int:
        """The scenarios that could still come true: fixed findings that are known stay as they are."""
        closed = sum(self.scenarios[code].mask for code in self._fixed if code in values)
        return self.every & ~closed

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
        own = self.scenarios[code]
        masks = [(node.index, *own.masks(node.leaf.test, value, self.every)) for node in leaves]
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
        real = [sum((mask & REALITY) << place for place, mask in enumerate(masks)) for masks in (true, false)]
        return Run(self, values, (true, false), (real[0], real[1]), failures)

    def _try_leaf(self, node: LeafNode, values: Values, true: list[int], false: list[int]) -> str | None:
        try:
            judgement = self._judge(node.leaf.code, [node], values.get(node.leaf.code))
        except WrongKindError as error:
            return f"{type(error).__name__}: {error}"
        _, true[node.index], false[node.index] = judgement.masks[0]
        return None

    def _make(self, condition: Condition) -> Node:
        if condition not in self._made:
            node = self._new(condition)
            node.index = len(self.nodes)
            self.nodes.append(node)
            self._made[condition] = node
        return self._made[condition]

    def _new(self, condition: Condition) -> Node:
        below = tuple(self._make(part) for part in condition.below)
        match condition:
            case Leaf():
                return LeafNode(0, condition)
            case Not():
                return NotNode(0, below)
            case Several():
                return _SEVERAL.get(type(condition), SeveralNode)(0, below, condition.needed)
            case Asked():
                return AskedNode(0, below)
            case Expanded():
                return ExpandedNode(0, below, condition.leaf.code)
        raise TypeError(f"{condition!r} is not a condition")


_SEVERAL: Mapping[type, type[SeveralNode]] = {All: AllNode, Any: AnyNode}


class Run:
    """One evaluation of a program: in which scenarios each part holds and fails."""

    def __init__(
        self,
        program: Program,
        values: Values,
        masks: tuple[list[int], list[int]],
        leaves: Masks,
        failures: Mapping[int, str],
    ) -> None:
        self._program = program
        self._values = values
        self._true, self._false = masks
        self._leaves = leaves
        self._failures = failures
        self._open = program.open_to_change(values)
        self._exceptions = program.exceptions(self._true, self._false)

    def is_exception(self, node: Node) -> bool:
        """Whether what usually speaks for a part does not."""
        return bool(self._exceptions >> node.index & 1)

    def failure(self, key: str) -> str | None:
        """Why a condition could not be evaluated; None when it could."""
        return self._failures.get(self._program.roots[key].index) if self._failures else None

    def truth(self, key: str) -> Truth:
        """What a condition is. Raises `FailedEvaluationError`."""
        reason = self.failure(key)
        if reason is not None:
            raise FailedEvaluationError(reason)
        return self._truth(self._program.roots[key].index)

    def _truth(self, index: int) -> Truth:
        if self._true[index] & REALITY:
            return True
        return False if self._false[index] & REALITY else None

    def truths(self) -> dict[str, Truth]:
        """What every condition is, without those that could not be evaluated."""
        truth, failures = self._truth, self._failures
        return {key: truth(root.index) for key, root in self._program.roots.items() if root.index not in failures}

    def explain(self, key: str) -> Explanation:
        """Why a condition is what it is. Raises `FailedEvaluationError`."""
        truth = self.truth(key)
        root = self._program.roots[key]
        sides = self._sides(root)
        changing = self._changing(root, truth)
        changes = tuple([change for code in changing for change in self._changes(root, code, truth)])
        to_ask = _to_ask(sides.unknown, changing) if truth is None else ()
        return Explanation(truth, sides.held, sides.against, sides.unknown, changes, to_ask)

    def _sides(self, root: Root) -> Sides:
        """The leaves for, against and unknown; they depend on nothing but which leaves hold and fail."""
        key = (self._leaves[0] & root.parts, self._leaves[1] & root.parts)
        return root.sides.get(key) or root.sides.keep(key, self._sorted_out(root))

    def _sorted_out(self, root: Root) -> Sides:
        exceptions = self._exceptions & root.parts
        literals = root.literals.get(exceptions) or root.literals.keep(exceptions, self._literals(root))
        holding, failing = self._leaves
        sides: tuple[list[Literal], list[Literal], list[Literal]] = ([], [], [])
        for literal, bit in literals:
            if bit & (failing if literal.negated else holding):
                sides[0].append(literal)
            elif bit & (holding if literal.negated else failing):
                sides[1].append(literal)
            else:
                sides[2].append(literal)
        return Sides(tuple(sides[0]), tuple(sides[1]), tuple(sides[2]))

    def _literals(self, root: Root) -> list[Placed]:
        """Each literal once, in reading order, with a bit for the place of its leaf."""
        found = root.top.literals(self, False, "")
        return list({Literal(node.leaf, negated, via): 1 << node.index for node, negated, via in found}.items())

    def _changing(self, root: Root, truth: Truth) -> list[str]:
        """The findings that could change a condition on their own, in reading order."""
        left = self._telling(root, truth) & root.mask & self._open
        codes = []
        while left:
            code = self._program.code_at[(left & -left).bit_length() - 1]
            codes.append(code)
            left &= ~self._program.scenarios[code].mask
        codes.sort(key=root.place.__getitem__)
        return codes

    def _telling(self, root: Root, truth: Truth) -> int:
        """The scenarios worth naming: that decide otherwise, or take away the certainty that a condition holds."""
        true, false = self._true[root.index], self._false[root.index]
        if truth is None:
            return true | false
        return ~true if truth else true

    def _changes(self, root: Root, code: str, truth: Truth) -> tuple[Change, ...]:
        own = self._program.scenarios[code]
        true, false = self._true[root.index], self._false[root.index]
        truths = (true & own.mask, false & own.mask)
        value = self._values.get(code) if isinstance(own, SetScenarios) else None
        key = (truths, value, truth)
        return root.changes.get(key) or root.changes.keep(key, _worked_out(own, truths, value, root.named[code], truth))


def explain(condition: Condition, values: Values) -> Explanation:
    """Why one condition holds, does not hold, or is unknown."""
    return Program({"": condition}).run(values).explain("")


def _worked_out(
    own: Scenarios, truths: Masks, value: Value | None, named: Sequence[str], truth: Truth
) -> tuple[Change, ...]:
    """The changes of one finding that are worth naming."""
    return tuple(
        Change(own.code, to, becomes)
        for to, becomes in dict.fromkeys(own.changes(truths, value, named))
        if becomes is not truth and (becomes is not None or truth is True)
    )


def _to_ask(unknown: Iterable[Literal], changing: Iterable[str]) -> tuple[str, ...]:
    codes = dict.fromkeys([literal.code for literal in unknown])
    settling = frozenset(changing)
    return tuple([code for code in codes if code in settling]) or tuple(codes)


def _walk(node: Node) -> Iterator[Node]:
    """Every node in reading order, once, without the derived findings that their answers stand for."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.index not in seen:
            seen.add(current.index)
            yield current
            waiting.extend(reversed(current.below[1:] if isinstance(current, ExpandedNode) else current.below))


def _tangled(codes: list[str], inputs: Inputs) -> frozenset[str]:
    """Codes that share something they rest on with another one: changing one alone may be impossible."""
    bases = {code: inputs(code) for code in codes}
    return frozenset(
        code for code in codes for other in codes if other != code and not bases[code].isdisjoint(bases[other])
    )


def _picker(indexes: list[int]) -> Callable[[list[int]], tuple[int, ...]]:
    """Picks the masks at some places; always a tuple."""
    if len(indexes) == 1:
        return lambda masks: (masks[indexes[0]],)
    return itemgetter(*indexes)
