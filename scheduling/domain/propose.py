"""The proposal for a series in words: a row for each session, why it is not as wished, and what else could be."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from intake.domain.text import Text
from scheduling.domain import words
from scheduling.domain.candidates import Slot, kind_of, placement, wall
from scheduling.domain.constraints import (
    SOFT,
    Case,
    cases_of,
    costs,
    gap_before,
    judge,
    minute_of,
    practitioner_is_free,
    why_closed,
)
from scheduling.domain.instance import (
    DayPart,
    Instance,
    Need,
    Placement,
    Practitioner,
    Proposal,
    Reason,
    Relaxation,
    Row,
    RowState,
    Span,
    Wish,
)
from scheduling.domain.solver import STEPS, Search, Solution, placements

ALTERNATIVES = 2
Choice = TypeVar("Choice")
WEEKS_LATER = dt.timedelta(weeks=2)


def propose(instance: Instance, steps: int = STEPS) -> Proposal:
    """The best series for an instance, explained. `steps` bounds the search; the same input gives the same output."""
    search = Search(instance)
    return explained(search, search.solve(steps=steps))


def explained(search: Search, solution: Solution, rooms: Mapping[int, str] | None = None) -> Proposal:
    """A solution as a proposal; `rooms` says in which room a session is, where that is not the first that is free."""
    instance = search.instance
    pinned = {pin.number: pin for pin in instance.pins}
    placed = tuple(pinned.get(one.number, one) for one in placements(solution, rooms))
    cases = {case.need.number: case for case in cases_of(instance, placed, solution.main, solution.reference)}
    rows = tuple(_row(need, search, cases, placed) for need in sorted(instance.needs, key=lambda need: need.number))
    return Proposal(
        rows,
        costs(instance, placed, solution.main, solution.reference),
        solution.proven,
        solution.nodes,
        solution.main,
        solution.reference,
        None if solution.placed == len(solution.needs) else smallest_relaxation(instance),
    )


def explain(instance: Instance, placed: Iterable[Placement]) -> Proposal:
    """A series that was chosen before, with what is to be said about each session now.

    Practitioner and time of the series are those from which it is cheapest to depart.
    """
    search, there = Search(instance), tuple(sorted(placed, key=lambda one: one.number))
    times = {minute_of(one.start) for one in there} if instance.preferences.same_time else set()
    main = _cheapest(sorted({one.practitioner for one in there}), lambda one: costs(instance, there, one, None))
    reference = _cheapest(sorted(times), lambda one: costs(instance, there, main, one))
    cases = {case.need.number: case for case in cases_of(instance, there, main, reference)}
    rows = tuple(_row(need, search, cases, there) for need in sorted(instance.needs, key=lambda need: need.number))
    lost = any(row.state is RowState.NO_PLACE for row in rows)
    prices = costs(instance, there, main, reference)
    relaxation = smallest_relaxation(instance) if lost else None
    return Proposal(rows, prices, proven=False, nodes=0, main=main, reference=reference, relaxation=relaxation)


def _cheapest(choices: Iterable[Choice], prices: Callable[[Choice], Mapping[str, int]]) -> Choice | None:
    return min(choices, key=lambda choice: sum(prices(choice).values()), default=None)


def _row(need: Need, search: Search, cases: Mapping[int, Case], placed: tuple[Placement, ...]) -> Row:
    instance, case = search.instance, cases.get(need.number)
    if need.number in instance.skips:
        return Row(need.number, RowState.SKIPPED, None)
    if case is None:
        refusal = why_no_place(search, need, placed)
        return Row(need.number, RowState.NO_PLACE, None, (refusal,), elsewhere(search, need, placed))
    reasons = tuple(why_adjusted(case))
    state = RowState.ADJUSTED if reasons else RowState.FREE
    if need.number in {pin.number for pin in instance.pins}:
        state = RowState.PINNED
    return Row(need.number, state, case.placement, reasons, alternatives(search, case))


# --- why a session is not as wished ---------------------------------------------------------------------------------


def why_adjusted(case: Case) -> Iterator[Reason]:
    """Every wish that the place of a session does not meet, and what stands in the way of the wished place."""
    found = [SAYINGS[name](case) for name in SOFT if SOFT[name](case) and case.instance.weights.get(name)]
    yield from found
    if found and (cause := _in_the_way(case)):
        yield cause


def _in_the_way(case: Case) -> Reason | None:
    """Why the wished practitioner cannot at the wished time of that day."""
    wished = case.instance.preferences.practitioner or case.main
    who = next((one for one in case.instance.practitioners if one.code == wished), None)
    if who is None:
        return None
    minute = case.minute if case.reference is None else case.reference
    at = wall(case.date.toordinal(), minute)
    there = replace(case.placement, start=at, practitioner=who.code)
    cause = practitioner_is_free(replace(case, placement=there))
    if cause is None or cause is words.NOT_FREE:
        return None
    return Reason(cause.code, Text(f"{who.name}: {cause.text.nl}", f"{who.name}: {cause.text.en}"))


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


# --- what else could be ---------------------------------------------------------------------------------------------


def alternatives(search: Search, case: Case) -> tuple[Placement, ...]:
    """Up to two other places for a session, the others staying where they are: the cheapest on different days."""
    if case.need.number in search.pins:
        return ()
    days = search.days[kind_of(case.need)]
    first, last = case.need.earliest.toordinal(), case.need.latest.toordinal()
    free = (day for day in days if first <= day <= last and _keeps_apart(case.instance, case.need, day, case.others))
    options = [_cheapest_of_day(case, days[day]) for day in free]
    ranked = sorted((option for option in options if option), key=lambda option: option[:2])
    return tuple(option[2] for option in ranked[:ALTERNATIVES])


def _keeps_apart(instance: Instance, need: Need, day: int, others: Iterable[Placement]) -> bool:
    """Whether a day is far enough from the other sessions, and on the right side of them."""
    for other in others:
        days = (day - other.start.toordinal()) * (1 if need.number > other.number else -1)
        if days < instance.minimum_days:
            return False
    return True


def _cheapest_of_day(case: Case, slots: Iterable[Slot]) -> tuple[int, dt.datetime, Placement] | None:
    best: tuple[int, dt.datetime, Placement] | None = None
    for slot in slots:
        if best is not None and slot.base > best[0]:
            break  # the slots of a day are in the order of what they cost at least
        there = placement(case.need, slot, slot.rooms[0] if slot.rooms else None)
        if there.start == case.placement.start and there.practitioner == case.placement.practitioner:
            continue
        option = (price_of(replace(case, placement=there)), there.start, there)
        if best is None or option[:2] < best[:2]:
            best = option
    return best


def price_of(case: Case) -> int:
    """What one placement costs, its distance to the session before included."""
    return sum(weight * SOFT[name](case) for name, weight in case.instance.weights.items() if name in SOFT)


def elsewhere(search: Search, need: Need, placed: tuple[Placement, ...]) -> tuple[Placement, ...]:
    """Up to two places for a session that has none in its days: the nearest to them that can be booked."""
    instance = without_wishes(search.instance)
    days = Search(replace(instance, skips=frozenset(), pins=())).days[kind_of(need)]
    first, last = need.earliest.toordinal(), need.latest.toordinal()
    free = [day for day in days if _keeps_apart(search.instance, need, day, placed)]
    nearest = sorted(free, key=lambda day: (max(first - day, day - last, 0), day))[:ALTERNATIVES]
    slots = (min(days[day], key=lambda slot: (slot.base, slot.minute, slot.practitioner)) for day in nearest)
    return tuple(placement(need, slot, slot.rooms[0] if slot.rooms else None) for slot in slots)


def without_wishes(instance: Instance) -> Instance:
    """An instance in which no wish is a condition."""
    return replace(instance, preferences=replace(instance.preferences, strict=frozenset()))


# --- why there is no place ------------------------------------------------------------------------------------------


def why_no_place(search: Search, need: Need, placed: tuple[Placement, ...]) -> Reason:
    """The one cause why a session has no place in its days: the first condition that leaves nothing."""
    instance = search.instance
    qualified = [one for one in instance.practitioners if need.competences <= one.competences]
    if not qualified:
        return words.NO_COMPETENCE
    broken = [judge(instance, there, placed) for there in _imaginable(instance, need, qualified)]
    if not broken:
        return _nobody_free(need, qualified)
    fewest = min(broken, key=lambda reasons: (len(reasons), [reason.code for reason in reasons]))
    return fewest[0] if fewest else words.TOO_CLOSE


def _imaginable(instance: Instance, need: Need, qualified: list[Practitioner]) -> Iterator[Placement]:
    """Every slot of somebody qualified in the days of a session, with the first room of its kind that is free."""
    kind = kind_of(need)
    bare = Instance(
        tuple(qualified), instance.rooms, (replace(need, room_kind=None),), slot_minutes=instance.slot_minutes
    )
    days = Search(bare).days[replace(kind, room_kind=None)]
    rooms = Search(replace(bare, needs=(need,))).days[kind] if need.room_kind else {}
    for day in range(need.earliest.toordinal(), need.latest.toordinal() + 1):
        with_room = {(slot.minute, slot.practitioner): slot for slot in rooms.get(day, ())}
        for slot in days.get(day, ()):
            fitting = with_room.get((slot.minute, slot.practitioner), slot)
            yield placement(need, fitting, fitting.rooms[0] if fitting.rooms else None)


def _nobody_free(need: Need, qualified: list[Practitioner]) -> Reason:
    """The cause that closes most of the days for those who are qualified."""
    window = Span(
        dt.datetime.combine(need.earliest, dt.time()),
        dt.datetime.combine(need.latest + dt.timedelta(days=1), dt.time()),
    )
    counted: dict[Reason, dt.timedelta] = {}
    for one in qualified:
        for closed in one.closed:
            if closed.span.meets(window) and (cause := why_closed((closed,), window)):
                shared = min(closed.span.end, window.end) - max(closed.span.start, window.start)
                counted[cause] = counted.get(cause, dt.timedelta()) + shared
    return max(counted, key=lambda cause: (counted[cause], cause.code)) if counted else words.NOT_FREE


# --- the smallest change that helps ---------------------------------------------------------------------------------

Relax = Callable[[Instance], Instance]


def _not_strict(wish: Wish) -> Relax:
    def relaxed(instance: Instance) -> Instance:
        wishes = instance.preferences
        return replace(instance, preferences=replace(wishes, strict=wishes.strict - {wish}))

    return relaxed


def _earlier(instance: Instance) -> Instance:
    return replace(instance, preferences=replace(instance.preferences, not_before=None))


def _longer(instance: Instance) -> Instance:
    return replace(instance, preferences=replace(instance.preferences, not_after=None))


def _later(instance: Instance) -> Instance:
    return replace(instance, needs=tuple(replace(need, latest=need.latest + WEEKS_LATER) for need in instance.needs))


def _without_rest(instance: Instance) -> Instance:
    return replace(instance, minimum_days=1)


# In the order in which they are offered: what asks least of the patient and the plan comes first.
RELAXATIONS: Mapping[str, tuple[Relax, Text]] = {
    "practitioner": (_not_strict(Wish.PRACTITIONER), Text("ook bij een andere behandelaar", "with somebody else too")),
    "day_parts": (_not_strict(Wish.DAY_PARTS), Text("ook op een ander dagdeel", "in another part of the day too")),
    "weekdays": (_not_strict(Wish.WEEKDAYS), Text("ook op een andere dag", "on another day of the week too")),
    "not_before": (_earlier, Text("eerder beginnen", "starting earlier")),
    "not_after": (_longer, Text("langer doorgaan", "going on longer")),
    "rest_days": (_without_rest, Text("zonder rustdag ertussen", "without a day of rest between")),
    "later": (_later, Text("tot twee weken later", "up to two weeks later")),
}


def smallest_relaxation(instance: Instance) -> Relaxation | None:
    """One condition, else two, without which every session finds a place; None when no pair suffices."""
    wanted = len(instance.asked)
    applicable = [name for name, (relax, _) in RELAXATIONS.items() if relax(instance) != instance]
    for size in (1, 2):
        for names in combinations(applicable, size):
            if most_placed(_relaxed(instance, names)) == wanted:
                return Relaxation(names, _said(names), wanted)
    return None


def _relaxed(instance: Instance, names: Iterable[str]) -> Instance:
    for name in names:
        instance = RELAXATIONS[name][0](instance)
    return instance


def _said(names: Iterable[str]) -> Text:
    texts = [RELAXATIONS[name][1] for name in names]
    return Text(" en ".join(text.nl for text in texts), " and ".join(text.en for text in texts))


def most_placed(instance: Instance) -> int:
    """How many sessions of an instance can have a place, whatever they cost."""
    return len(instance.asked) - Search(instance).unplaceable()
