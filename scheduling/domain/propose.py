"""The proposal for a series in words: a row for each session, why it is not as wished, and what else could be."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from scheduling.domain import words
from scheduling.domain.alternatives import Alternatives
from scheduling.domain.constraints import (
    SOFT,
    Case,
    Hard,
    asked_day_part,
    asked_practitioner,
    asked_weekday,
    cases_of,
    costs,
    gap_before,
    keeps_distance,
    minute_of,
    not_after,
    not_before,
    practitioner_is_free,
    referral_is_valid,
)
from scheduling.domain.in_the_way import EXCEPTIONS, InTheWay
from scheduling.domain.instance import DayPart, Instance, Need, Placement, Proposal, Reason, Row, RowState
from scheduling.domain.no_place import Refusals
from scheduling.domain.relaxing import smallest_relaxation
from scheduling.domain.solver import STEPS, Search, Solution, placements

Choice = TypeVar("Choice")


def propose(instance: Instance, steps: int = STEPS) -> Proposal:
    """The best series for an instance, explained. `steps` bounds the search; the same input gives the same output."""
    search = Search.of(instance)
    return explained(search, search.solve(steps=steps))


def explained(search: Search, solution: Solution, rooms: Mapping[int, str] | None = None) -> Proposal:
    """A solution as a proposal; `rooms` says in which room a session is, where that is not the first that is free."""
    pinned = {pin.number: pin for pin in search.instance.pins}
    placed = tuple(pinned.get(one.number, one) for one in placements(solution, rooms))
    return _proposal(search, placed, solution.main, solution.reference, nodes=solution.nodes, proven=solution.proven)


def explain(instance: Instance, placed: Iterable[Placement]) -> Proposal:
    """A series that was chosen before, with what is to be said about each session now.

    Practitioner and time of the series are those from which it is cheapest to depart.
    """
    there = tuple(sorted(placed, key=lambda one: one.number))
    times = {minute_of(one.start) for one in there} if instance.preferences.same_time else set()
    main = _cheapest(sorted({one.practitioner for one in there}), lambda one: costs(instance, there, one, None))
    reference = _cheapest(sorted(times), lambda one: costs(instance, there, main, one))
    return _proposal(Search.of(instance), there, main, reference, nodes=0, proven=False)


def _cheapest(choices: Iterable[Choice], prices: Callable[[Choice], Mapping[str, int]]) -> Choice | None:
    return min(choices, key=lambda choice: sum(prices(choice).values()), default=None)


def _proposal(
    search: Search,
    placed: tuple[Placement, ...],
    main: str | None,
    reference: int | None,
    *,
    nodes: int,
    proven: bool,
) -> Proposal:
    instance = search.instance
    cases = {case.need.number: case for case in cases_of(instance, placed, main, reference)}
    explaining = _Explaining(Alternatives(search, main, reference), Refusals(search, placed), InTheWay(search))
    needs = sorted(instance.needs, key=lambda need: need.number)
    rows = tuple(_row(need, instance, cases.get(need.number), explaining) for need in needs)
    lost = any(row.state is RowState.NO_PLACE for row in rows)
    relaxation = smallest_relaxation(search) if lost else None
    return Proposal(rows, costs(instance, placed, main, reference), proven, nodes, main, reference, relaxation)


class _Explaining(NamedTuple):
    """What is asked about the rows of one proposal."""

    others: Alternatives
    refusals: Refusals
    in_the_way: InTheWay


def _row(need: Need, instance: Instance, case: Case | None, explaining: _Explaining) -> Row:
    if need.number in instance.skips:
        return Row(need.number, RowState.SKIPPED, None)
    if case is None:
        return Row(need.number, RowState.NO_PLACE, None, *explaining.refusals.of(need))
    reasons = tuple(why_adjusted(case, explaining.in_the_way))
    state = RowState.ADJUSTED if reasons else RowState.FREE
    if need.number in {pin.number for pin in instance.pins}:
        state, reasons = RowState.PINNED, why_pin_breaks(case) or reasons
    return Row(need.number, state, case.placement, reasons, explaining.others.to(case))


# --- why a session is not as wished ---------------------------------------------------------------------------------


def why_adjusted(case: Case, in_the_way: InTheWay) -> Iterator[Reason]:
    """Every wish that the place of a session does not meet, and what stands in the way of a better one."""
    missed = [name for name in SOFT if SOFT[name](case) and case.instance.weights.get(name)]
    if "preferred_practitioner" in missed and "same_practitioner" in missed:
        missed.remove("same_practitioner")  # whom the patient asks for says it all
    yield from (SAYINGS[name](case) for name in missed)
    if missed and (cause := in_the_way.of(case, missed)):
        yield cause


# What may have changed since a session was pinned; that others are where it is, may be on purpose.
BIND_PINS: tuple[Hard, ...] = (
    not_before,
    not_after,
    referral_is_valid,
    asked_practitioner,
    asked_day_part,
    asked_weekday,
    keeps_distance,
)


def why_pin_breaks(case: Case) -> tuple[Reason, ...]:
    """The conditions that a pinned session does not meet any more."""
    broken = tuple(reason for hard in BIND_PINS if (reason := hard(case)))
    away = practitioner_is_free(case)
    return (*broken, away) if away and away.code in EXCEPTIONS else broken


def _name_of(instance: Instance, code: str | None) -> str:
    return next((one.name for one in instance.practitioners if one.code == code), code or "")


def _other_practitioner(code: str) -> Callable[[Case], Reason]:
    def said(case: Case) -> Reason:
        wished = case.instance.preferences.practitioner if code == "preferred_practitioner" else case.main
        names = (_name_of(case.instance, one) for one in (case.placement.practitioner, wished))
        return words.other_practitioner(code, *names)

    return said


SAYINGS: Mapping[str, Callable[[Case], Reason]] = {
    "preferred_practitioner": _other_practitioner("preferred_practitioner"),
    "same_practitioner": _other_practitioner("same_practitioner"),
    "day_part": lambda case: words.other_day_part(DayPart.at(case.minute)),
    "weekday": lambda case: words.other_weekday(case.date),
    "same_time": lambda case: words.other_time(case.minute, case.reference or 0),
    "early": lambda case: words.later((case.date - case.need.earliest).days),
    "rhythm": lambda case: words.out_of_rhythm(gap_before(case) or 0, case.need.ideal_gap or 0),
}
