"""The parts of many conditions, laid out so that each is settled once, in all scenarios together (see `scenarios`)."""

from collections.abc import Callable, Iterator
from functools import reduce
from operator import and_, itemgetter, or_

from intake.domain.conditions.scenarios import REALITY, in_at_least
from intake.domain.conditions.tree import Leaf

Found = tuple["LeafNode", bool, str]  # a leaf, whether it is wanted not to hold, and the derived finding it stands for


class Node:
    """One part of the conditions of a program; `index` is its place among all parts, after those below it."""

    __slots__ = ("below", "index")

    def __init__(self, index: int, below: tuple["Node", ...] = ()) -> None:
        self.index = index
        self.below = below

    def settle(self, true: list[int], false: list[int]) -> None:
        """Note in which scenarios this part holds and fails, from those below."""
        raise NotImplementedError

    def literals(self, unasked: int, negated: bool, via: str) -> Iterator[Found]:
        """The leaves that matter, in reading order; `unasked` has a bit for each part that is not asked."""
        for part in self.below:
            yield from part.literals(unasked, negated, via)


class LeafNode(Node):
    __slots__ = ("leaf",)

    def __init__(self, index: int, leaf: Leaf) -> None:
        super().__init__(index)
        self.leaf = leaf

    def literals(self, _unasked: int, negated: bool, via: str) -> Iterator[Found]:
        yield self, negated, via


class NotNode(Node):
    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        place = self.below[0].index
        true[self.index], false[self.index] = false[place], true[place]

    def literals(self, unasked: int, negated: bool, via: str) -> Iterator[Found]:
        return self.below[0].literals(unasked, not negated, via)


class SeveralNode(Node):
    """At least `needed` of those below."""

    __slots__ = ("needed", "pick")

    def __init__(self, index: int, below: tuple[Node, ...], needed: int) -> None:
        super().__init__(index, below)
        self.needed = needed
        self.pick = _picker([part.index for part in below])

    def settle(self, true: list[int], false: list[int]) -> None:
        true[self.index] = in_at_least(self.needed, self.pick(true))
        false[self.index] = ~in_at_least(self.needed, [~mask for mask in self.pick(false)])


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


class AllOfTwoNode(Node):
    """The common case of `AllNode`."""

    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        one, other = self.below[0].index, self.below[1].index
        true[self.index] = true[one] & true[other]
        false[self.index] = false[one] | false[other]


class AnyOfTwoNode(Node):
    """The common case of `AnyNode`."""

    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        one, other = self.below[0].index, self.below[1].index
        true[self.index] = true[one] | true[other]
        false[self.index] = false[one] & false[other]


class AskedNode(Node):
    """A leaf, then what says whether it is asked."""

    __slots__ = ()

    def settle(self, true: list[int], false: list[int]) -> None:
        leaf, unasked = self.below[0].index, false[self.below[1].index]
        true[self.index] = true[leaf] & ~unasked
        false[self.index] = false[leaf] | unasked

    def is_unasked(self, false: list[int]) -> bool:
        return bool(false[self.below[1].index] & REALITY)

    def literals(self, unasked: int, negated: bool, via: str) -> Iterator[Found]:
        """The leaf; where it is not asked, what says so."""
        return self.below[unasked >> self.index & 1].literals(unasked, negated, via)


class StandIn(Node):
    """What a derived finding rests on, in its place; nothing is settled for it, it shares the place of its basis."""

    __slots__ = ("code",)

    def __init__(self, basis: Node, code: str) -> None:
        super().__init__(basis.index, (basis,))
        self.code = code

    def literals(self, unasked: int, negated: bool, via: str) -> Iterator[Found]:
        return self.below[0].literals(unasked, negated, via or self.code)


def _picker(indexes: list[int]) -> Callable[[list[int]], tuple[int, ...]]:
    """Picks the masks at some places; always a tuple."""
    if len(indexes) == 1:
        return lambda masks: (masks[indexes[0]],)
    return itemgetter(*indexes)
