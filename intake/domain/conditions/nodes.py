"""The parts of many conditions, laid out so that each is settled once, in all scenarios together (see `scenarios`).

Each part says, as a Python expression, how its mask follows from those below; `settling` makes one function of all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from intake.domain.conditions.scenarios import Layout, in_at_least
from intake.domain.conditions.tree import Leaf

Found = tuple["LeafNode", bool, str]  # a leaf, whether it is wanted not to hold, and the derived finding it stands for
DEEP = 20  # brackets within brackets, far below what Python can read

Expression = Callable[["Node"], str]


class Node:
    """One part of the conditions of a program; `index` is its place among all parts, after those below it."""

    __slots__ = ("below", "index")

    def __init__(self, index: int, below: tuple["Node", ...] = ()) -> None:
        self.index = index
        self.below = below

    def expression(self, of: Expression) -> str:
        """The mask of this part, in terms of those below."""
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

    def expression(self, of: Expression) -> str:
        return f"opposite({of(self.below[0])})"

    def literals(self, unasked: int, negated: bool, via: str) -> Iterator[Found]:
        return self.below[0].literals(unasked, not negated, via)


class SeveralNode(Node):
    """At least `needed` of those below."""

    __slots__ = ("needed",)

    def __init__(self, index: int, below: tuple[Node, ...], needed: int) -> None:
        super().__init__(index, below)
        self.needed = needed

    def expression(self, of: Expression) -> str:
        parts = [of(part) for part in self.below]
        if self.needed == len(parts):
            return f"({' & '.join(parts)})"
        return f"({' | '.join(parts)})" if self.needed == 1 else f"in_at_least({self.needed}, ({', '.join(parts)}))"


class AskedNode(Node):
    """A leaf, then what says whether it is asked."""

    __slots__ = ()

    def expression(self, of: Expression) -> str:
        leaf, basis = self.below
        return f"({of(leaf)} & possibly({of(basis)}))"

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


def settling(nodes: Iterable[Node], kept: Iterable[Node], layout: Layout) -> Callable[[list[int]], None]:
    """A function that works out masks from those of the leaves, by their places; those `kept` are there afterwards.

    It is made of places only: nothing that content says gets into it. `nodes` are in the order in which they build on
    one another. What only one other part needs is worked out within that part, unless it would nest too deep.
    """
    inner = [node for node in nodes if not isinstance(node, LeafNode)]
    uses = Counter(part.index for node in inner for part in node.below)
    wanted = {node.index for node in kept}
    within: dict[int, tuple[int, str]] = {}

    def of(node: Node) -> str:
        return within[node.index][1] if node.index in within else f"masks[{node.index}]"

    lines = []
    for node in inner:
        text, depth = node.expression(of), 1 + max(within.get(part.index, (0,))[0] for part in node.below)
        if uses[node.index] == 1 and node.index not in wanted and depth < DEEP:
            within[node.index] = (depth, text)
        else:
            lines.append(f" masks[{node.index}] = {text}")
    names: dict[str, Any] = {"opposite": layout.opposite, "possibly": layout.possibly, "in_at_least": in_at_least}
    exec("\n".join(["def settle(masks):", *lines, " return"]), names)  # noqa: S102 - text of our own, see above
    settle: Callable[[list[int]], None] = names["settle"]
    return settle


def picker(places: list[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """Picks what is at some places of a list; always a tuple."""
    if len(places) == 1:
        return lambda items: (items[places[0]],)
    return itemgetter(*places)
