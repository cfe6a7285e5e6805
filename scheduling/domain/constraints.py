"""What a session must and should meet. The same functions judge a proposal of the solver and a move by hand.

`HARD` are conditions: each gives the reason why a placement breaks it, or None. `SOFT` are wishes: each gives how many
steps a placement is away from it; a step costs its weight.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scheduling.domain import words
from scheduling.domain.clock import is_true_span
from scheduling.domain.instance import (
    Closed,
    DayPart,
    Free,
    Instance,
    Need,
    Placement,
    Practitioner,
    Reason,
    Span,
    Wish,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One placement of a session, with the others of its series, and what the series is measured from."""

    instance: Instance
    need: Need
    placement: Placement
    others: tuple[Placement, ...] = ()
    main: str | None = None
    reference: int | None = None

    @property
    def date(self) -> dt.date:
        return self.placement.start.date()

    @property
    def minute(self) -> int:
        return minute_of(self.placement.start)

    @property
    def before(self) -> Placement | None:
        """The session just before it in the series, when that one has a place."""
        asked = (need.number for need in self.instance.needs if need.number not in self.instance.skips)
        number = max((one for one in asked if one < self.need.number), default=None)
        return next((other for other in self.others if other.number == number), None)

    @property
    def practitioner(self) -> Practitioner | None:
        return next((one for one in self.instance.practitioners if one.code == self.placement.practitioner), None)


def minute_of(at: dt.datetime) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


# --- conditions -----------------------------------------------------------------------------------------------------

Hard = Callable[[Case], Reason | None]


def within_window(case: Case) -> Reason | None:
    """The plan asks for the session within certain days."""
    return None if case.need.earliest <= case.date <= case.need.latest else words.OUTSIDE_WINDOW


def not_before(case: Case) -> Reason | None:
    """The patient cannot come before a day."""
    first = case.instance.preferences.not_before
    return words.NOT_BEFORE if first and case.date < first else None


def not_after(case: Case) -> Reason | None:
    """The patient cannot come after a day."""
    last = case.instance.preferences.not_after
    return words.NOT_AFTER if last and case.date > last else None


def referral_is_valid(case: Case) -> Reason | None:
    """A session takes place while the referral is valid."""
    last = case.instance.referral_until
    return words.REFERRAL if last and case.date > last else None


def asked_practitioner(case: Case) -> Reason | None:
    """Where it is a condition, the practitioner whom the patient asks for gives the session."""
    wished = case.instance.preferences.practitioner
    breaks = _is_strict(case, Wish.PRACTITIONER) and wished and case.placement.practitioner != wished
    return words.STRICT_PRACTITIONER if breaks else None


def asked_day_part(case: Case) -> Reason | None:
    """Where it is a condition, the session is in a part of the day that the patient asks for."""
    breaks = _is_strict(case, Wish.DAY_PARTS) and steps_from_day_part(case)
    return words.STRICT_DAY_PART if breaks else None


def asked_weekday(case: Case) -> Reason | None:
    """Where it is a condition, the session is on a day of the week that the patient asks for."""
    breaks = _is_strict(case, Wish.WEEKDAYS) and steps_from_weekday(case)
    return words.STRICT_WEEKDAY if breaks else None


def _is_strict(case: Case, wish: Wish) -> bool:
    return wish in case.instance.preferences.strict


def is_qualified(case: Case) -> Reason | None:
    """Who gives the session has the competences that it takes."""
    practitioner = case.practitioner
    return None if practitioner and case.need.competences <= practitioner.competences else words.NO_COMPETENCE


def practitioner_is_free(case: Case) -> Reason | None:
    """Who gives the session is free, at that location."""
    practitioner, place = case.practitioner, case.placement
    if practitioner is None:
        return words.NOT_FREE
    if covers(practitioner.free, place.span, place.location):
        return None
    return why_closed(practitioner.closed, place.span) or _not_at_work(practitioner, place)


def _not_at_work(practitioner: Practitioner, place: Placement) -> Reason:
    is_elsewhere = any(covers(practitioner.free, place.span, one.location) for one in practitioner.free)
    return (words.works_elsewhere if is_elsewhere else words.does_not_work)(practitioner.name)


def room_is_free(case: Case) -> Reason | None:
    """The room is of the kind that the session takes, and free."""
    if case.need.room_kind is None:
        return None
    placement = case.placement
    room = next((one for one in case.instance.rooms if one.code == placement.room), None)
    fits = room and room.kind == case.need.room_kind and covers(room.free, placement.span, placement.location)
    return None if fits else words.NO_ROOM


def patient_is_free(case: Case) -> Reason | None:
    """The patient has no other appointment."""
    return words.PATIENT_BUSY if any(case.placement.span.meets(span) for span in case.instance.busy) else None


def keeps_distance(case: Case) -> Reason | None:
    """Enough days lie between two sessions, and they come in their order."""
    for other in case.others:
        days = (case.date - other.start.date()).days * (1 if case.placement.number > other.number else -1)
        if days < case.instance.minimum_days:
            return words.TOO_CLOSE
    return None


def clock_stands(case: Case) -> Reason | None:
    """A session does not lie across a change of the clock."""
    is_true = is_true_span(case.placement.start, case.placement.minutes, case.instance.timezone)
    return None if is_true else words.CLOCK


HARD: tuple[Hard, ...] = (
    is_qualified,
    practitioner_is_free,
    room_is_free,
    patient_is_free,
    not_before,
    not_after,
    referral_is_valid,
    asked_practitioner,
    asked_day_part,
    asked_weekday,
    within_window,
    keeps_distance,
    clock_stands,
)


def covers(free: Iterable[Free], span: Span, location: str) -> bool:
    """Whether one free span at this location holds the whole of another."""
    return any(one.location == location and one.span.start <= span.start and span.end <= one.span.end for one in free)


def why_closed(closed: Iterable[Closed], span: Span) -> Reason | None:
    """The first cause that lies over a span."""
    for one in closed:
        if one.span.meets(span):
            return Reason(one.cause, one.text)
    return None


SHUT = frozenset({"holiday", "closed"})  # causes of a location: to look for a room makes no sense then


def judge(
    instance: Instance, placement: Placement, others: Iterable[Placement] = (), except_for: Iterable[Hard] = ()
) -> tuple[Reason, ...]:
    """Every condition that a placement breaks beside the others of its series; none means that it can be booked.

    Raises `KeyError` when the series has no session of this number.
    """
    need = {need.number: need for need in instance.needs}[placement.number]
    rest = tuple(other for other in others if other.number != placement.number)
    case = Case(instance, need, placement, rest)
    left_out = tuple(except_for)
    broken = tuple(reason for hard in HARD if hard not in left_out and (reason := hard(case)))
    if any(reason.code in SHUT for reason in broken):
        return tuple(reason for reason in broken if reason is not words.NO_ROOM)
    return broken


# --- wishes ---------------------------------------------------------------------------------------------------------

Soft = Callable[[Case], int]


def steps_from_preferred_practitioner(case: Case) -> int:
    """One, when somebody else than the patient asks for gives the session."""
    wished = case.instance.preferences.practitioner
    return int(bool(wished) and case.placement.practitioner != wished)


def steps_from_main_practitioner(case: Case) -> int:
    """One, when somebody else gives the session than most of the series."""
    return int(case.main is not None and case.placement.practitioner != case.main)


def steps_from_day_part(case: Case) -> int:
    """One, when the session is in another part of the day than wished."""
    wished = case.instance.preferences.day_parts
    return int(bool(wished) and DayPart.at(case.minute) not in wished)


def steps_from_weekday(case: Case) -> int:
    """One, when the session is on another day of the week than wished."""
    wished = case.instance.preferences.weekdays
    return int(bool(wished) and case.date.isoweekday() not in wished)


def steps_from_reference_time(case: Case) -> int:
    """Slots between the start of the session and the time of the series, rounded up."""
    if case.reference is None:
        return 0
    return -(-abs(case.minute - case.reference) // case.instance.slot_minutes)


def steps_from_earliest(case: Case) -> int:
    """Days after the first one on which the session could be, when the patient wants to be done soon."""
    return (case.date - case.need.earliest).days if case.instance.preferences.as_early_as_possible else 0


def steps_from_rhythm(case: Case) -> int:
    """Days by which the distance to the session just before differs from what the plan has in mind."""
    gap = gap_before(case)
    return abs(gap - case.need.ideal_gap) if gap is not None and case.need.ideal_gap is not None else 0


def gap_before(case: Case) -> int | None:
    """Days since the session just before it in the series, when that one has a place."""
    return (case.date - case.before.start.date()).days if case.before else None


SOFT: Mapping[str, Soft] = {
    "preferred_practitioner": steps_from_preferred_practitioner,
    "same_practitioner": steps_from_main_practitioner,
    "day_part": steps_from_day_part,
    "weekday": steps_from_weekday,
    "same_time": steps_from_reference_time,
    "early": steps_from_earliest,
    "rhythm": steps_from_rhythm,
}


def costs(
    instance: Instance, placements: Iterable[Placement], main: str | None, reference: int | None
) -> dict[str, int]:
    """What a series costs, by the name of the soft constraint; those without a weight cost nothing."""
    cases = tuple(cases_of(instance, placements, main, reference))
    return {
        name: weight * sum(SOFT[name](case) for case in cases)
        for name, weight in sorted(instance.weights.items())
        if name in SOFT
    }


def cases_of(
    instance: Instance, placements: Iterable[Placement], main: str | None, reference: int | None
) -> Iterator[Case]:
    """Each placement of a series beside the others."""
    needs = {need.number: need for need in instance.needs}
    all_of_them = tuple(placements)
    for placement in all_of_them:
        others = tuple(other for other in all_of_them if other.number != placement.number)
        yield Case(instance, needs[placement.number], placement, others, main, reference)
