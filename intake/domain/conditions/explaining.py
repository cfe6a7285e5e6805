"""Evaluates many conditions at once and explains each: what held, what argued against it, what is unknown, and which
single answer would change it.

A `Program` is made once for a set of conditions; parts that conditions share are evaluated once per run. Whether one
answer would change a condition is found by following, from the condition down to each leaf, what the whole would be if
the part were true, false or unknown. A finding that a condition tests in several places is tried in each of the cells
that its tests tell apart. Every change that is named is therefore true; where that cannot be known, none is named.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from intake.domain.conditions.cells import Cell, cells_of, claims, named_choices, opposite
from intake.domain.conditions.terms import Term, Terms
from intake.domain.conditions.tree import (
    Asked,
    Condition,
    Expanded,
    Leaf,
    Not,
    Several,
    Test,
    Truth,
    Values,
    WrongKindError,
    at_least,
)

REMEMBERED = 2_000

Inputs = Callable[[str], frozenset[str]]


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


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a condition holds, does not hold, or is unknown; all in reading order.

    `to_ask` are the unknown findings that could settle an unknown condition: alone, or else together.
    """

    truth: Truth
    held: tuple[Literal, ...]
    against: tuple[Literal, ...]
    unknown: tuple[Literal, ...]
    changes: tuple[Change, ...]
    to_ask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What the whole condition would be, were one part true, false or unknown."""

    if_true: Truth
    if_false: Truth
    if_unknown: Truth

    def of(self, truth: Truth) -> Truth:
        if truth is None:
            return self.if_unknown
        return self.if_true if truth else self.if_false

    @property
    def settled(self) -> bool:
        return self.if_true is self.if_false


IDENTITY = Effect(True, False, None)


class Node:
    """One part of the conditions of a program; `index` is its place in the list of truths."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    @property
    def below(self) -> tuple["Node", ...]:
        return ()

    def settle(self, values: Values, truths: list[Truth]) -> Truth:
        raise NotImplementedError

    def literals(self, truths: list[Truth], negated: bool, via: str) -> Iterator[tuple[Literal, int]]:
        """The leaves that matter, in reading order, each with its index."""
        raise NotImplementedError

    def effects(self, truths: list[Truth], effect: Effect) -> Iterator[tuple["LeafNode", Effect]]:
        """The leaves whose answer could change the whole, with what it would become."""
        raise NotImplementedError


class LeafNode(Node):
    __slots__ = ("code", "holds", "leaf")

    def __init__(self, index: int, leaf: Leaf) -> None:
        super().__init__(index)
        self.leaf = leaf
        self.code = leaf.code
        self.holds = leaf.test.holds

    def settle(self, values: Values, _truths: list[Truth]) -> Truth:
        value = values.get(self.code)
        return None if value is None else self.holds(value)

    def literals(self, _truths: list[Truth], negated: bool, via: str) -> Iterator[tuple[Literal, int]]:
        yield Literal(self.leaf, negated, via), self.index

    def effects(self, _truths: list[Truth], effect: Effect) -> Iterator[tuple["LeafNode", Effect]]:
        yield self, effect


class NotNode(Node):
    __slots__ = ("part",)

    def __init__(self, index: int, part: Node) -> None:
        super().__init__(index)
        self.part = part

    @property
    def below(self) -> tuple[Node, ...]:
        return (self.part,)

    def settle(self, _values: Values, truths: list[Truth]) -> Truth:
        truth = truths[self.part.index]
        return None if truth is None else not truth

    def literals(self, truths: list[Truth], negated: bool, via: str) -> Iterator[tuple[Literal, int]]:
        return self.part.literals(truths, not negated, via)

    def effects(self, truths: list[Truth], effect: Effect) -> Iterator[tuple[LeafNode, Effect]]:
        return self.part.effects(truths, Effect(effect.if_false, effect.if_true, effect.if_unknown))


class SeveralNode(Node):
    __slots__ = ("indexes", "needed", "parts")

    def __init__(self, index: int, parts: tuple[Node, ...], needed: int) -> None:
        super().__init__(index)
        self.parts = parts
        self.indexes = tuple(part.index for part in parts)
        self.needed = needed

    @property
    def below(self) -> tuple[Node, ...]:
        return self.parts

    def settle(self, _values: Values, truths: list[Truth]) -> Truth:
        return at_least(self.needed, [truths[index] for index in self.indexes])

    def literals(self, truths: list[Truth], negated: bool, via: str) -> Iterator[tuple[Literal, int]]:
        for part in self.parts:
            yield from part.literals(truths, negated, via)

    def effects(self, truths: list[Truth], effect: Effect) -> Iterator[tuple[LeafNode, Effect]]:
        if effect.settled:
            return
        below = [truths[index] for index in self.indexes]
        certain, possible = below.count(True), below.count(None)
        for part, truth in zip(self.parts, below, strict=True):
            yield from part.effects(
                truths, self._passed_on(effect, certain - (truth is True), possible - (truth is None))
            )

    def _passed_on(self, effect: Effect, certain: int, possible: int) -> Effect:
        """The effect of one part, with so many others certain and so many possible."""
        return Effect(
            effect.of(self._truth(certain + 1, possible)),
            effect.of(self._truth(certain, possible)),
            effect.of(self._truth(certain, possible + 1)),
        )

    def _truth(self, certain: int, possible: int) -> Truth:
        if certain >= self.needed:
            return True
        return None if certain + possible >= self.needed else False


class AskedNode(Node):
    __slots__ = ("basis", "leaf")

    def __init__(self, index: int, leaf: Node, basis: Node) -> None:
        super().__init__(index)
        self.leaf = leaf
        self.basis = basis

    @property
    def below(self) -> tuple[Node, ...]:
        return (self.leaf, self.basis)

    def settle(self, _values: Values, truths: list[Truth]) -> Truth:
        return False if truths[self.basis.index] is False else truths[self.leaf.index]

    def literals(self, truths: list[Truth], negated: bool, via: str) -> Iterator[tuple[Literal, int]]:
        """The leaf; where it is not asked, what says so."""
        asked = truths[self.basis.index] is not False
        return (self.leaf if asked else self.basis).literals(truths, negated, via)

    def effects(self, truths: list[Truth], effect: Effect) -> Iterator[tuple[LeafNode, Effect]]:
        if effect.settled:
            return
        if truths[self.basis.index] is not False:
            yield from self.leaf.effects(truths, effect)
        given = effect.of(truths[self.leaf.index])
        yield from self.basis.effects(truths, Effect(given, effect.if_false, given))


class ExpandedNode(Node):
    __slots__ = ("basis", "code", "leaf")

    def __init__(self, index: int, leaf: LeafNode, basis: Node) -> None:
        super().__init__(index)
        self.leaf = leaf
        self.basis = basis
        self.code = leaf.code

    @property
    def below(self) -> tuple[Node, ...]:
        return (self.leaf, self.basis)

    def settle(self, _values: Values, truths: list[Truth]) -> Truth:
        truth = truths[self.basis.index]
        return truths[self.leaf.index] if truth is None else truth

    def literals(self, truths: list[Truth], negated: bool, via: str) -> Iterator[tuple[Literal, int]]:
        """What the derived finding rests on; the finding itself where it is given and the answers are not."""
        if self._given_alone(truths):
            return self.leaf.literals(truths, negated, via)
        return self.basis.literals(truths, negated, via or self.code)

    def effects(self, truths: list[Truth], effect: Effect) -> Iterator[tuple[LeafNode, Effect]]:
        return iter(()) if self._given_alone(truths) else self.basis.effects(truths, effect)

    def _given_alone(self, truths: list[Truth]) -> bool:
        return truths[self.basis.index] is None and truths[self.leaf.index] is not None


@dataclass(frozen=True, slots=True)
class Trial:
    """A finding that a condition tests in several places: its cells, each with what the leaves would be."""

    code: str
    named: tuple[str, ...]
    leaves: tuple[LeafNode, ...]
    cells: tuple[tuple[Cell, tuple[Truth, ...]], ...]
    affected: tuple[Node, ...]


class Root:
    """One condition of a program, with what is worked out for it beforehand."""

    def __init__(self, top: Node, terms: Terms, inputs: Inputs) -> None:
        self.top = top
        self.nodes = _in_order(top)
        walked = list(_walk(top))
        leaves = [node for node in self.nodes if isinstance(node, LeafNode)]
        counts = Counter(node.code for node in walked if isinstance(node, LeafNode))
        tangled = _tangled(_answered(walked), inputs)
        self.single = frozenset(code for code, count in counts.items() if count == 1) - tangled
        repeated = sorted(code for code, count in counts.items() if count > 1 and code not in tangled)
        self.trials = tuple(trial for code in repeated if (trial := self._trial(code, terms)))
        self.known_by = _picker([leaf.index for leaf in leaves])
        self.remembered: dict[object, Explanation] = {}

    def _trial(self, code: str, terms: Terms) -> Trial | None:
        leaves = tuple(node for node in self.nodes if isinstance(node, LeafNode) and node.code == code)
        tests = [node.leaf.test for node in leaves]
        cells = tuple(
            (cell, tuple(test.holds(cell.sample) for test in tests)) for cell in cells_of(tests, terms.get(code))
        )
        touched = {node.index for node in leaves}
        affected = []
        for node in self.nodes:
            if any(part.index in touched for part in node.below):
                touched.add(node.index)
                affected.append(node)
        named = tuple(named_choices(tests))
        return Trial(code, named, leaves, cells, tuple(affected)) if cells else None


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
        self._fixed = frozenset(fixed)
        tops = {key: self._make(condition) for key, condition in conditions.items()}
        rests_on = inputs or (lambda code: frozenset([code]))
        self.roots = {key: Root(top, terms or {}, rests_on) for key, top in tops.items()}

    def run(self, values: Values) -> "Run":
        """Evaluate every condition over findings."""
        truths: list[Truth] = []
        settle_next = truths.append
        try:
            for node in self.nodes:
                settle_next(node.settle(values, truths))
        except Exception:
            return self._run_with_failures(values)
        return Run(self, truths, {})

    def _run_with_failures(self, values: Values) -> "Run":
        """Evaluate again, part by part; what fails, and all that rests on it, is noted with the reason."""
        truths: list[Truth] = []
        failures: dict[int, str] = {}
        for node in self.nodes:
            truth: Truth = None
            broken = next((failures[part.index] for part in node.below if part.index in failures), None)
            if broken is None:
                truth, broken = _tried(node, values, truths)
            if broken is not None:
                failures[node.index] = broken
            truths.append(truth)
        return Run(self, truths, failures)

    def _make(self, condition: Condition) -> Node:
        if condition not in self._made:
            node = self._new(condition)
            node.index = len(self.nodes)
            self.nodes.append(node)
            self._made[condition] = node
        return self._made[condition]

    def _new(self, condition: Condition) -> Node:
        match condition:
            case Leaf():
                return LeafNode(0, condition)
            case Not(part):
                return NotNode(0, self._make(part))
            case Several():
                return SeveralNode(0, tuple(self._make(part) for part in condition.parts), condition.needed)
            case Asked(leaf, basis):
                return AskedNode(0, self._make(leaf), self._make(basis))
            case Expanded(leaf, basis):
                return ExpandedNode(0, self._make(leaf), self._make(basis))  # type: ignore[arg-type]
        raise TypeError(f"{condition!r} is not a condition")


class Run:
    """One evaluation of a program."""

    def __init__(self, program: Program, truths: list[Truth], failures: Mapping[int, str]) -> None:
        self._program = program
        self._truths = truths
        self._failures = failures

    def failure(self, key: str) -> str | None:
        """Why a condition could not be evaluated; None when it could."""
        return self._failures.get(self._program.roots[key].top.index) if self._failures else None

    def truth(self, key: str) -> Truth:
        """What a condition is. Raises `FailedEvaluationError`."""
        reason = self.failure(key)
        if reason is not None:
            raise FailedEvaluationError(reason)
        return self._truths[self._program.roots[key].top.index]

    def explain(self, key: str) -> Explanation:
        """Why a condition is what it is. Raises `FailedEvaluationError`.

        An explanation depends on nothing but the truth of the condition's leaves, so it is remembered by those.
        """
        self.truth(key)
        root = self._program.roots[key]
        known = root.known_by(self._truths)
        explanation = root.remembered.get(known)
        if explanation is None:
            explanation = self._explained(root)
            if len(root.remembered) >= REMEMBERED:
                root.remembered.clear()
            root.remembered[known] = explanation
        return explanation

    def _explained(self, root: Root) -> Explanation:
        sorted_out: dict[Truth, dict[Literal, None]] = {True: {}, False: {}, None: {}}
        for literal, index in root.top.literals(self._truths, False, ""):
            truth = self._truths[index]
            sorted_out[None if truth is None else truth is not literal.negated][literal] = None
        truth, unknown, changes = self._truths[root.top.index], tuple(sorted_out[None]), tuple(self._changes(root))
        return Explanation(
            truth=truth,
            held=tuple(sorted_out[True]),
            against=tuple(sorted_out[False]),
            unknown=unknown,
            changes=changes,
            to_ask=_to_ask(unknown, changes) if truth is None else (),
        )

    def _changes(self, root: Root) -> Iterator[Change]:
        now = self._truths[root.top.index]
        for leaf, effect in root.top.effects(self._truths, IDENTITY):
            if leaf.code in root.single and self._can_change(leaf):
                yield from self._leaf_changes(leaf, effect, now)
        for trial in root.trials:
            if all(self._can_change(leaf) for leaf in trial.leaves):
                yield from self._trial_changes(root, trial, now)

    def _can_change(self, leaf: LeafNode) -> bool:
        return leaf.code not in self._program._fixed or self._truths[leaf.index] is None

    def _leaf_changes(self, leaf: LeafNode, effect: Effect, now: Truth) -> Iterator[Change]:
        if _tells(now, effect.if_true):
            yield Change(leaf.code, leaf.leaf, effect.if_true)
        if _tells(now, effect.if_false):
            yield Change(leaf.code, opposite(leaf.leaf), effect.if_false)

    def _trial_changes(self, root: Root, trial: Trial, now: Truth) -> Iterator[Change]:
        outcomes = [(self._outcome(root, trial, truths), cell) for cell, truths in trial.cells]
        for to, becomes in claims(trial.code, outcomes, trial.named):
            if _tells(now, becomes):
                yield Change(trial.code, to, becomes)

    def _outcome(self, root: Root, trial: Trial, leaf_truths: tuple[Truth, ...]) -> Truth:
        """What the condition would be with other truths for the leaves of one finding."""
        truths = self._truths
        kept = [(node.index, truths[node.index]) for node in (*trial.leaves, *trial.affected)]
        for leaf, truth in zip(trial.leaves, leaf_truths, strict=True):
            truths[leaf.index] = truth
        for node in trial.affected:
            truths[node.index] = node.settle({}, truths)
        outcome = truths[root.top.index]
        for index, truth in kept:
            truths[index] = truth
        return outcome


def _tried_cells(tests: list[Test], term: Term | None) -> tuple[tuple[Cell, tuple[Truth, ...]], ...]:
    """The cells of a finding, each with what the tests say there; none for tests that do not go together."""
    try:
        return tuple((cell, tuple(test.holds(cell.sample) for test in tests)) for cell in cells_of(tests, term))
    except WrongKindError:
        return ()


def explain(condition: Condition, values: Values) -> Explanation:
    """Why one condition holds, does not hold, or is unknown."""
    return Program({"": condition}).run(values).explain("")


def _to_ask(unknown: tuple[Literal, ...], changes: tuple[Change, ...]) -> tuple[str, ...]:
    codes = dict.fromkeys(literal.code for literal in unknown)
    settling = {change.code for change in changes}
    return tuple(code for code in codes if code in settling) or tuple(codes)


def _tells(now: Truth, becomes: Truth) -> bool:
    """Whether a change is worth naming: it decides otherwise, or takes away the certainty that a condition holds."""
    return becomes is not now and (becomes is not None or now is True)


def _tried(node: Node, values: Values, truths: list[Truth]) -> tuple[Truth, str | None]:
    try:
        return node.settle(values, truths), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _walk(node: Node) -> Iterator[Node]:
    """Every node by every path, without the derived findings that their answers stand for."""
    yield node
    for part in (node.basis,) if isinstance(node, ExpandedNode) else node.below:
        yield from _walk(part)


def _in_order(top: Node) -> tuple[Node, ...]:
    """Every node once, each after those below it."""
    found: dict[int, Node] = {}
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node.index not in found:
            found[node.index] = node
            waiting.extend(node.below)
    return tuple(found[index] for index in sorted(found))


def _answered(nodes: Iterable[Node]) -> list[str]:
    return sorted({node.code for node in nodes if isinstance(node, LeafNode)})


def _tangled(codes: list[str], inputs: Inputs) -> frozenset[str]:
    """Codes that share something they rest on with another one: changing one alone may be impossible."""
    bases = {code: inputs(code) for code in codes}
    return frozenset(
        code for code in codes for other in codes if other != code and not bases[code].isdisjoint(bases[other])
    )


def _picker(indexes: list[int]) -> Callable[[list[Truth]], object]:
    return itemgetter(*indexes)
