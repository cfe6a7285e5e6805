"""Generated conditions and findings over a few codes of every kind."""

import itertools
from typing import Any as Anything

from hypothesis import strategies as st

from intake.domain.conditions.tree import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    Condition,
    In,
    Includes,
    Is,
    IsYes,
    Leaf,
    Not,
    Operator,
)

YES_NO = ["a", "b", "c"]
CHOICE = ["color", "shade"]
CHOICES = ["tags"]
NUMBERS = ["x", "y"]
VALUES = ["red", "green", "blue"]

_number = st.one_of(st.integers(-3, 12), st.sampled_from([0.5, 2.5, -1.25]))
_some_values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True).map(tuple)


def _leaf(codes: list[str], test: st.SearchStrategy) -> st.SearchStrategy[Leaf]:
    return st.builds(Leaf, st.sampled_from(codes), test)


_leaves = st.one_of(
    _leaf(YES_NO, st.builds(IsYes, st.booleans())),
    _leaf(CHOICE, st.one_of(st.builds(Is, st.sampled_from(VALUES), st.booleans()), st.builds(In, _some_values))),
    _leaf(CHOICES, st.builds(Includes, _some_values)),
    _leaf(
        NUMBERS,
        st.one_of(
            st.builds(Compare, st.sampled_from(Operator), _number),
            st.tuples(_number, _number).map(lambda pair: Between(min(pair), max(pair))),
        ),
    ),
)


def _combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=4).map(tuple)
    at_least = (
        st.lists(inner, min_size=1, max_size=4)
        .map(tuple)
        .flatmap(lambda some: st.integers(1, len(some)).map(lambda number: AtLeast(some, number)))
    )
    return st.one_of(st.builds(All, parts), st.builds(Any, parts), st.builds(Not, inner), at_least)


def conditions(max_leaves: int = 8) -> st.SearchStrategy[Condition]:
    return st.recursive(_leaves, _combined, max_leaves=max_leaves)


def conditions_with(derived: list[str], bands: dict[str, list[str]]) -> st.SearchStrategy[Condition]:
    """Conditions that also test derived findings: yes-no ones, and ones with bands."""
    banded = [
        _leaf([code], st.lists(st.sampled_from(names), min_size=1, unique=True).map(lambda some: In(tuple(some))))
        for code, names in bands.items()
    ]
    leaves = st.one_of(_leaves, _leaf(derived, st.builds(IsYes, st.booleans())), *banded)
    return st.recursive(leaves, _combined, max_leaves=8)


def possible_values() -> dict[str, list[Anything]]:
    """For every code, values that between them stand for all that tests can tell apart."""
    subsets = [frozenset(some) for size in range(4) for some in itertools.combinations(VALUES, size)]
    numbers = [quarter / 4 for quarter in range(-16, 52)]
    kinds = [(YES_NO, [True, False]), (CHOICE, [*VALUES, "other"]), (CHOICES, subsets), (NUMBERS, numbers)]
    return {code: values for codes, values in kinds for code in codes}


VALUES_OF: dict[str, st.SearchStrategy[Anything]] = {
    **dict.fromkeys(YES_NO, st.booleans()),
    **dict.fromkeys(CHOICE, st.sampled_from(VALUES)),
    **dict.fromkeys(CHOICES, st.frozensets(st.sampled_from(VALUES))),
    **dict.fromkeys(NUMBERS, _number),
}


def known_values() -> st.SearchStrategy[dict[str, Anything]]:
    """Findings of which any may be unknown."""
    return st.fixed_dictionaries({}, optional=VALUES_OF)
