"""Series that cannot be booked as asked: the search says so, why, and what would help, in a bounded amount of work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

import pytest

from scheduling.domain.instance import DayPart, Instance, Preferences, RowState, Wish
from scheduling.domain.propose import propose
from scheduling.domain.solver import Search
from tests.scheduling.domain.cp_sat import lowest_cost
from tests.scheduling.domain.made_up import instance

CALLS = 400_000  # of functions, for a whole proposal; to judge every start of everybody takes ten million
STEPS = 40_000  # of the search; to look at every choice in full takes 170,000

NOBODY = Preferences(practitioner="nobody", strict=frozenset({Wish.PRACTITIONER}))
SUNDAYS = Preferences(weekdays=frozenset({7}), strict=frozenset({Wish.WEEKDAYS}))
SUNDAY_EVENINGS_WITH_NOBODY = Preferences(
    practitioner="nobody", weekdays=frozenset({7}), day_parts=frozenset({DayPart.EVENING}), strict=frozenset(Wish)
)


def wide_open(preferences: Preferences) -> Instance:
    """A practice in which everybody has time all day, at any ten minutes."""
    return replace(instance(11, busy=0.0), preferences=preferences, slot_minutes=10)


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many functions are called meanwhile: the same on every machine, however busy."""
    calls, before = [0], sys.getprofile()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        calls[0] += event == "call"

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize(
    ("wishes", "code", "relaxation"),
    [
        (NOBODY, "practitioner", ("practitioner",)),
        (SUNDAYS, "weekdays", ("weekdays",)),
        (SUNDAY_EVENINGS_WITH_NOBODY, "practitioner", None),
    ],
)
def test_why_nothing_can_be_booked_takes_a_bounded_amount_of_work(
    wishes: Preferences, code: str, relaxation: tuple[str, ...] | None
) -> None:
    with counted() as calls:
        proposal = propose(wide_open(wishes))
    assert {row.state for row in proposal.rows} == {RowState.NO_PLACE}
    assert code in {reason.code for row in proposal.rows for reason in row.reasons}
    assert (proposal.relaxation and proposal.relaxation.names) == relaxation
    assert calls[0] < CALLS


def crowded(seed: int) -> Instance:
    """Twelve sessions at least four days apart, two a week: at least one cannot have a place."""
    wishes = Preferences(
        practitioner="p0",
        weekdays=frozenset({2}),
        same_time=True,
        as_early_as_possible=True,
        strict=frozenset({Wish.WEEKDAYS}),
    )
    return replace(instance(seed), preferences=wishes, slot_minutes=10, minimum_days=4)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_best_series_with_gaps_is_proven_in_a_bounded_number_of_steps(seed: int) -> None:
    solution = Search.of(crowded(seed)).solve()
    assert solution.rank[0] > 0
    assert solution.proven
    assert solution.nodes < STEPS


@pytest.mark.parametrize("rest", [3, 4, 5])
@pytest.mark.parametrize("seed", range(5))
def test_cp_sat_finds_no_better_series_with_gaps(seed: int, rest: int) -> None:
    one = replace(instance(seed, sessions=6, weeks=2, therapists=4, rooms=2, busy=0.8), minimum_days=rest)
    assert Search.of(one).solve().rank == lowest_cost(one)
