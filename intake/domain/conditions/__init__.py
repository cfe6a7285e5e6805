"""The condition language: parse it, evaluate it over findings in three values, say it as a sentence."""

from intake.domain.conditions.parser import ConditionError, parse
from intake.domain.conditions.terms import Term, TermKind, Terms
from intake.domain.conditions.tree import Condition, Leaf, Truth, Value, Values, WrongKindError

__all__ = [
    "Condition",
    "ConditionError",
    "Leaf",
    "Term",
    "TermKind",
    "Terms",
    "Truth",
    "Value",
    "Values",
    "WrongKindError",
    "parse",
]
