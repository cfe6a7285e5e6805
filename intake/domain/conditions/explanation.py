"""What is said of a condition: whether it holds, the leaves for and against, and the answers that would change it."""

from dataclasses import dataclass
from typing import NamedTuple

from intake.domain.conditions.cells import opposite
from intake.domain.conditions.tree import Condition, Leaf, Truth


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


class Sides(NamedTuple):
    """The leaves of a condition by what they say for it."""

    held: tuple[Literal, ...]
    against: tuple[Literal, ...]
    unknown: tuple[Literal, ...]
