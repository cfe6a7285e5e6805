"""What-if questions about single findings, asked of many conditions at once.

Every finding that conditions test gets a few scenarios: values that between them stand for all that the tests can tell
apart. Each scenario is one bit of a whole number, and bit 0 is what is really known. A truth is a mask, a number with
two such halves: the scenarios in which it is certainly true, and above them those in which it is possibly true. What is
possible but not certain is unknown. One `and` or `or` of two masks thus combines two truths in all scenarios together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from intake.domain.conditions.cells import Cell, cells_of, claims, named_choices
from intake.domain.conditions.terms import Term
from intake.domain.conditions.tree import All, Condition, Includes, Leaf, Not, Test, Truth, Value, WrongKindError

REALITY = 1

Masks = tuple[int, int]  # the scenarios in which something is certainly true, and those in which it is certainly false


class Layout:
    """How a mask is laid out, for a number of scenarios, reality included."""

    def __init__(self, scenarios: int) -> None:
        self.width = scenarios
        self.every = (1 << scenarios) - 1
        self.really_possible = REALITY << scenarios

    def mask(self, true: int, false: int) -> int:
        """The mask of what is certainly true in some scenarios, and certainly false in some."""
        return true | (self.every & ~false) << self.width

    def true(self, mask: int) -> int:
        """The scenarios in which it is certainly true."""
        return mask & self.every

    def false(self, mask: int) -> int:
        """The scenarios in which it is certainly false."""
        return ~(mask >> self.width) & self.every

    def opposite(self, mask: int) -> int:
        return self.mask(self.false(mask), self.true(mask))

    def possibly(self, mask: int) -> int:
        """Certain wherever it was possible."""
        possible = mask >> self.width
        return possible | possible << self.width

    def truth(self, mask: int) -> Truth:
        """What it really is."""
        if mask & REALITY:
            return True
        return None if mask & self.really_possible else False

    def truths(self, masks: Iterable[int]) -> list[Truth]:
        """What each of many is: `truth`, without a call for each."""
        possible = self.really_possible
        return [True if mask & REALITY else None if mask & possible else False for mask in masks]


class Scenarios:
    """The scenarios of one finding: a value for each cell that the tests cut its values into.

    `start` is the place of the first; `mask` covers them all; `every` covers all scenarios of all findings.
    """

    def __init__(self, code: str, tests: Sequence[Test], term: Term | None, start: int) -> None:
        self.code = code
        self.start = start
        self.named = tuple(named_choices(tests))
        self.cells = _cells(tests, term)
        self.own = (1 << self.size) - 1
        self.mask = self.own << start
        self._known_masks: dict[Test, Masks] = {}

    @property
    def size(self) -> int:
        return len(self.cells)

    def seen(self, value: Value | None) -> Value | None:
        """As much of a value as the tests can see."""
        return value

    def judge(self, value: Value | None, layout: Layout) -> Callable[[Test], int]:
        """Tells the mask of a test of this finding, it being `value` (None: unknown)."""
        elsewhere = layout.every & ~self.mask

        def mask(test: Test) -> int:
            true, false = self._own_masks(test, value)
            if value is None:
                return layout.mask(true, false)
            return layout.mask(true | elsewhere, false) if test.holds(value) else layout.mask(true, false | elsewhere)

        return mask

    def _own_masks(self, test: Test, _value: Value | None) -> Masks:
        """In which of its own scenarios a test holds and fails; whatever it is now."""
        if test not in self._known_masks:
            self._known_masks[test] = self._masks(test, [cell.sample for cell in self.cells])
        return self._known_masks[test]

    def _masks(self, test: Test, samples: Sequence[Value]) -> Masks:
        held = sum([1 << place for place, sample in enumerate(samples) if test.holds(sample)]) << self.start
        return held, self.mask ^ held

    def changes(
        self, truths: Masks, _telling: int, _value: Value | None, _named: Sequence[str]
    ) -> list[tuple[Condition, Truth]]:
        """What the finding would have to be for each outcome of a condition.

        `truths` and `telling` are about its own scenarios alone, counted from its first.
        """
        outcomes = [(_truth_at(truths, place), cell) for place, cell in enumerate(self.cells)]
        return claims(self.code, outcomes, self.named)


@dataclass(frozen=True, slots=True)
class Selection:
    """A scenario of a set of choices: with one choice, or without some; the others as they are."""

    choices: tuple[str, ...]
    chosen: bool


class SetScenarios(Scenarios):
    """The scenarios of a set of choices: each choice that is tested, once chosen and once not, and none of them.

    They do not stand for all sets there can be, so that changes of several choices at once are left unnamed.
    """

    def __init__(self, code: str, tests: Sequence[Test], term: Term | None, start: int) -> None:
        self.alone = term.exclusive if term else frozenset()
        named = named_choices(tests)
        self.selections = [Selection((choice,), chosen) for choice in named for chosen in (True, False)]
        if len(named) > 1:
            self.selections.append(Selection(tuple(named), False))
        self._seen = frozenset(named)
        super().__init__(code, tests, term, start)

    @property
    def size(self) -> int:
        return len(self.selections)

    def seen(self, value: Value | None) -> Value | None:
        return value & self._seen if isinstance(value, frozenset) else value

    def _own_masks(self, test: Test, value: Value | None) -> Masks:
        """Where the set is unknown, so are the choices that a scenario does not speak of."""
        if isinstance(value, frozenset):
            return self._masks(test, [self._selected(value, selection) for selection in self.selections])
        truths = [self._judge_unknown(test, selection) for selection in self.selections]
        return _mask(truths, True) << self.start, _mask(truths, False) << self.start

    def _judge_unknown(self, test: Test, selection: Selection) -> Truth:
        tested, some = frozenset(named_choices([test])), frozenset(selection.choices)
        if selection.chosen:
            return self._judge_with(tested, some)
        return False if tested <= some else None

    def _judge_with(self, tested: frozenset[str], chosen: frozenset[str]) -> Truth:
        """Whether a set of which only one choice is known has a tested one."""
        if tested & chosen:
            return True
        return False if chosen <= self.alone or tested <= self.alone else None

    def _selected(self, value: frozenset[str], selection: Selection) -> frozenset[str]:
        """The set with choices taken in or out; an exclusive choice drives out the others, and they drive it out."""
        some = frozenset(selection.choices)
        if not selection.chosen:
            return value - some
        return some if some <= self.alone else (value - self.alone) | some

    def changes(
        self, truths: Masks, telling: int, value: Value | None, named: Sequence[str]
    ) -> list[tuple[Condition, Truth]]:
        return [
            (self._condition(selection, value, named), _truth_at(truths, place))
            for place, selection in enumerate(self.selections)
            if telling >> place & 1
        ]

    def _condition(self, selection: Selection, value: Value | None, named: Sequence[str]) -> Condition:
        """The condition that fixes what the tests can see: the choices of the scenario, or all where they are known."""
        if not isinstance(value, frozenset):
            return self._fixed(
                [choice for choice in selection.choices if choice in named] or selection.choices, selection
            )
        selected = self._selected(value, selection)
        kept, left = [choice for choice in named if choice in selected], [c for c in named if c not in selected]
        parts = [Leaf(self.code, Includes((choice,))) for choice in kept]
        outside = [Not(Leaf(self.code, Includes(tuple(left))))] if left else []
        return _together([*parts, *outside])

    def _fixed(self, choices: Sequence[str], selection: Selection) -> Condition:
        leaf = Leaf(self.code, Includes(tuple(choices)))
        return leaf if selection.chosen else Not(leaf)


def scenarios_for(code: str, tests: Sequence[Test], term: Term | None, start: int) -> Scenarios:
    """The scenarios of one finding under all tests of it; they begin at the place `start`."""
    kind = SetScenarios if isinstance(tests[0], Includes) else Scenarios
    return kind(code, tests, term, start)


def in_at_least(number: int, masks: Iterable[int]) -> int:
    """The scenarios that are in at least so many of the masks."""
    found = [-1] + [0] * number
    for mask in masks:
        for count in range(number, 0, -1):
            found[count] |= found[count - 1] & mask
    return found[number]


def _truth_at(truths: Masks, place: int) -> Truth:
    if truths[0] >> place & 1:
        return True
    return False if truths[1] >> place & 1 else None


def _mask(truths: Iterable[Truth], wanted: bool) -> int:
    return sum(1 << place for place, truth in enumerate(truths) if truth is wanted)


def _together(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _cells(tests: Sequence[Test], term: Term | None) -> list[Cell]:
    """The cells of a finding; none where its tests do not go together."""
    cells = cells_of(tests, term)
    try:
        for cell in cells:
            for test in tests:
                test.holds(cell.sample)
    except WrongKindError:
        return []
    return cells


def by_code(leaves: Iterable[Leaf]) -> Mapping[str, list[Test]]:
    """The different tests of each finding, by code."""
    tests: dict[str, dict[Test, None]] = {}
    for leaf in leaves:
        tests.setdefault(leaf.code, {})[leaf.test] = None
    return {code: list(tests[code]) for code in sorted(tests)}
