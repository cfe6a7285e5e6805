"""Booking series on made-up practices: 10 therapists, 6 rooms, 85 % busy, 12 sessions in half hours over 6 to 8 weeks.

One plan at a time, the median of five runs each, and its whole proposal with reasons and alternatives; OR-Tools CP-SAT
gets the same question in the same run, with a minute to prove its cost, which is held against ours. Then 40 plans of
one practice together, against CP-SAT that books all of them jointly, with our sequential order as a hint, in 10
seconds. Placed sessions are added up over five practices.
"""

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import Any

from ortools.sat.python import cp_model

from benchmarks.figures import Figure
from scheduling.domain.candidates import Slot
from scheduling.domain.instance import Instance
from scheduling.domain.many import _in_order, propose_many, searches_of, times_of
from scheduling.domain.openings import cell_minutes
from scheduling.domain.propose import propose
from scheduling.domain.solver import STEPS, Search
from tests.scheduling.domain.cp_sat import SeriesModel, lowest_cost
from tests.scheduling.domain.made_up import instance, instances

ONE_PLAN_WITHIN, MANY_PLANS_WITHIN = 5.0, 2.0  # milliseconds, seconds
PLANS, PRACTICES, SINGLES, RUNS = 40, 5, 20, 5
PROOF_SECONDS, PROVERS = 60.0, 8
JOINT_SECONDS = 10.0

Hint = list[tuple[Slot | None, ...]]


def measure(seed: int) -> Iterator[Figure]:
    """One plan, then many."""
    yield from _one_plan(seed)
    yield from _many_plans(seed)


def _one_plan(seed: int) -> Iterator[Figure]:
    ours, with_reasons, theirs, proven, equal = [], [], [], 0, 0
    for number in range(SINGLES):
        asked = instance(seed * 1000 + number)
        ours.append(_usual(lambda asked=asked: Search.of(asked).solve()))
        with_reasons.append(_usual(lambda asked=asked: propose(asked)))
        lowest, seconds = _timed(lambda asked=asked: _lowest(asked))
        theirs.append(seconds)
        proven += lowest is not None
        equal += lowest == Search.of(asked).solve().rank
    yield Figure("one plan: the proven series", median(ours) * 1000, "ms", ONE_PLAN_WITHIN, "lower")
    yield Figure("one plan: with reasons and alternatives", median(with_reasons) * 1000, "ms", None, "lower")
    yield Figure("one plan: CP-SAT", median(theirs) * 1000, "ms", None, "lower")
    yield Figure(f"plans at the cost that CP-SAT proves, of {proven} that it proves", equal, "plans", proven, "higher")


def _lowest(asked: Instance) -> tuple[int, int] | None:
    """What CP-SAT proves to be the lowest, unless it runs out of time."""
    try:
        return lowest_cost(asked, PROOF_SECONDS, PROVERS)
    except AssertionError:
        return None


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = perf_counter()
    outcome = work()
    return outcome, perf_counter() - start


def _usual(work: Callable[[], Any]) -> float:
    """The median of the seconds that this takes."""
    return median(_timed(work)[1] for _ in range(RUNS))


def _many_plans(seed: int) -> Iterator[Figure]:
    placed, sequential, jointly, seconds = 0, 0, 0, []
    for practice in range(PRACTICES):
        asked = instances(seed + practice, PLANS)
        proposals, took = _timed(lambda asked=asked: propose_many(asked))
        seconds.append(took)
        placed += sum(len(proposal.placements) for proposal in proposals)
        hint = _sequential(asked)
        sequential += sum(slot is not None for slots in hint for slot in slots)
        jointly += _joint(asked, hint)
    sessions = PRACTICES * sum(len(one.asked) for one in asked)
    yield Figure(f"{PLANS} plans together", median(seconds), "s", MANY_PLANS_WITHIN, "lower")
    yield Figure(f"{PLANS} plans: sessions placed of {sessions}", placed, "sessions", jointly, "higher")
    yield Figure(f"{PLANS} plans: CP-SAT jointly in {JOINT_SECONDS:.0f} s", jointly, "sessions", None, "higher")
    yield Figure(f"{PLANS} plans: one after the other", sequential, "sessions", None, "higher")


def _sequential(asked: Sequence[Instance]) -> Hint:
    searches = searches_of(asked)
    every = list(range(len(searches)))
    return [one.slots for one in _in_order(searches, every, cell_minutes(asked), STEPS).solutions]


def _joint(asked: Sequence[Instance], hint: Hint) -> int:
    """How many sessions CP-SAT places when it books all series in one model, given a hint."""
    model = cp_model.CpModel()
    series = [SeriesModel(model, one) for one in asked]
    cell = cell_minutes(asked)
    taken: dict[tuple, list] = {}
    rooms: dict[tuple, set] = {}
    for one, slots in zip(series, hint, strict=True):
        for need, choice, placed, hinted in zip(one.needs, one.choices, one.placed, slots, strict=True):
            model.add_hint(placed, hinted is not None)
            for slot, variable in choice:
                model.add_hint(variable, hinted is not None and _place(slot) == _place(hinted))
                for time in times_of(slot, need.minutes, cell):
                    taken.setdefault(("p", slot.practitioner, time), []).append(variable)
                    taken.setdefault(("r", need.room_kind, time), []).append(variable)
                    rooms.setdefault(("r", need.room_kind, time), set()).update(slot.rooms)
    for key, variables in taken.items():
        model.add(sum(variables) <= len(rooms.get(key, "1")))
    model.maximize(sum(placed for one in series for placed in one.placed))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = JOINT_SECONDS
    solver.parameters.num_workers = 2
    solver.parameters.cp_model_presolve = False  # it takes all of the time, and the hint is never looked at
    status = solver.solve(model)
    return round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else 0


def _place(slot: Slot) -> tuple[int, int, str]:
    return (slot.day, slot.minute, slot.practitioner)
