"""Several series together: nobody and no room twice, and never worse than one after the other."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.domain.constraints import judge
from scheduling.domain.instance import Instance, Placement
from scheduling.domain.many import _in_order, best_together, propose_many, searches_of
from scheduling.domain.solver import STEPS
from tests.scheduling.domain.made_up import instances


def crowded(seed: int) -> list[Instance]:
    """More sessions than a small practice can give."""
    return instances(seed, 5, therapists=3, rooms=2, busy=0.85)


@settings(max_examples=6)
@given(st.integers(0, 10**6))
def test_nobody_and_no_room_is_booked_twice(seed: int) -> None:
    asked = crowded(seed)
    proposals = propose_many(asked)
    for one, proposal in zip(asked, proposals, strict=True):
        for placement in proposal.placements:
            assert judge(one, placement, proposal.placements) == ()
    for first, second in combinations([place for proposal in proposals for place in proposal.placements], 2):
        assert not (first.span.meets(second.span) and shares(first, second))


def shares(first: Placement, second: Placement) -> bool:
    return first.practitioner == second.practitioner or (first.room is not None and first.room == second.room)


@settings(max_examples=6)
@given(st.integers(0, 10**6))
def test_together_is_never_worse_than_in_the_given_order(seed: int) -> None:
    searches = searches_of(crowded(seed))
    alone = _in_order(searches, list(range(len(searches))), searches[0].openings.cell, STEPS)
    assert best_together(searches).rank[0] <= alone.rank[0]


def test_whoever_has_a_place_alone_has_one_together_where_there_is_room() -> None:
    searches = searches_of(instances(9, 12))
    assert best_together(searches).rank[0] == sum(search.unplaceable() for search in searches)


def test_the_same_question_gets_the_same_answer() -> None:
    assert rows(propose_many(crowded(3))) == rows(propose_many(crowded(3)))


def rows(proposals: Sequence[object]) -> list[object]:
    return list(proposals)


def test_nothing_to_book_is_no_proposal() -> None:
    assert propose_many([]) == ()
