"""How a plan and the calendar go together: what is planned, booked, given, left to book and dropped. Pure.

Planned = booked + to book + done + dropped, at every moment: each planned session is in exactly one of them.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scheduling.domain.life import AppointmentState

ENDS_SOON = 14  # days: from then on the screen says in how many days a plan ends
_BOOKED = (AppointmentState.BOOKED, AppointmentState.ARRIVED)


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A session that a plan asks for: its number, the week of the plan (from 1), and whether something is measured."""

    number: int
    week: int
    measurement: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment of a plan: for which session, when it starts in wall time, and where it stands."""

    number: int | None
    starts: dt.datetime
    state: AppointmentState


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The next session at which something is measured: when it was due, and when it is booked, if it is."""

    number: int
    due: dt.date
    booked: dt.datetime | None

    def is_due(self, today: dt.date) -> bool:
        """Whether it should have been there by now, and no day was agreed on."""
        return self.booked is None and self.due <= today


@dataclass(frozen=True, slots=True)
class InStep:
    """Where a plan stands in the calendar.

    `beyond` are visits in the future for sessions that the plan does not ask for any more; `too_late` are the sessions
    that are booked after its last day. `started` says that a series was booked before, so that what is left to book
    makes the plan short. Dates are None before the plan has started.
    """

    planned: tuple[int, ...]
    done: tuple[int, ...]
    booked: tuple[int, ...]
    to_book: tuple[int, ...]
    dropped: tuple[int, ...]
    beyond: tuple[int, ...]
    too_late: tuple[int, ...]
    started: bool
    ends_on: dt.date | None
    days_left: int | None
    next_visit: dt.datetime | None
    evaluation: Evaluation | None

    @property
    def short(self) -> int:
        """How many visits a plan lacks for which a series was booked already."""
        return len(self.to_book) if self.started else 0

    @property
    def ends_soon(self) -> bool:
        """Whether the last day is near, or behind us."""
        return self.days_left is not None and self.days_left <= ENDS_SOON

    @property
    def beyond_its_end(self) -> bool:
        """Whether the weeks of the plan are over."""
        return self.days_left is not None and self.days_left < 0


def in_step(
    planned: Iterable[PlannedVisit],
    visits: Iterable[Visit],
    dropped: Collection[int],
    *,
    began: dt.date | None,
    weeks: int,
    now: dt.datetime,
) -> InStep:
    """Where a plan of so many weeks, that began on a day, stands at this moment (wall time)."""
    sessions = {one.number: one for one in planned}
    made = list(visits)
    state = _states(sessions, made, dropped)
    ends_on = began + dt.timedelta(weeks=weeks, days=-1) if began else None
    return InStep(
        planned=tuple(sorted(sessions)),
        done=_with(state, "done"),
        booked=_with(state, "booked"),
        to_book=_with(state, "to_book"),
        dropped=_with(state, "dropped"),
        beyond=_beyond(sessions, made, now),
        too_late=_too_late(made, ends_on),
        started=any(visit.number is not None and visit.state is not AppointmentState.HELD for visit in made),
        ends_on=ends_on,
        days_left=(ends_on - now.date()).days if ends_on else None,
        next_visit=min((one.starts for one in made if one.state in _BOOKED and one.starts >= now), default=None),
        evaluation=_evaluation(sessions.values(), state, made, began),
    )


def _states(sessions: Mapping[int, PlannedVisit], visits: list[Visit], dropped: Collection[int]) -> dict[int, str]:
    """In which one of the four each planned session is: what was given counts, then what is agreed, then the reason."""
    done = {visit.number for visit in visits if visit.state is AppointmentState.DONE}
    booked = {visit.number for visit in visits if visit.state in _BOOKED}

    def of(number: int) -> str:
        if number in done:
            return "done"
        if number in booked:
            return "booked"
        return "dropped" if number in dropped else "to_book"

    return {number: of(number) for number in sessions}


def _with(states: Mapping[int, str], state: str) -> tuple[int, ...]:
    return tuple(sorted(number for number, found in states.items() if found == state))


def _beyond(sessions: Mapping[int, PlannedVisit], visits: list[Visit], now: dt.datetime) -> tuple[int, ...]:
    """The numbers of visits to come that the plan does not ask for."""
    found = {
        visit.number
        for visit in visits
        if visit.number is not None
        and visit.number not in sessions
        and visit.state is AppointmentState.BOOKED
        and visit.starts >= now
    }
    return tuple(sorted(found))


def _too_late(visits: list[Visit], ends_on: dt.date | None) -> tuple[int, ...]:
    """The numbers of agreed visits after the last day of the plan."""
    if ends_on is None:
        return ()
    late = {one.number for one in visits if one.number and one.state in _BOOKED and one.starts.date() > ends_on}
    return tuple(sorted(late))


def _evaluation(
    sessions: Iterable[PlannedVisit], states: Mapping[int, str], visits: list[Visit], began: dt.date | None
) -> Evaluation | None:
    """The next session with a measurement, neither given nor dropped; what the first session measures is the start."""
    measured = (one for one in sessions if one.measurement and one.number > 1)
    open_ones = [one for one in measured if states[one.number] in ("booked", "to_book")]
    if not open_ones or began is None:
        return None
    first = min(open_ones, key=lambda one: one.number)
    due = began + dt.timedelta(weeks=first.week, days=-1)
    at = min((one.starts for one in visits if one.number == first.number and one.state in _BOOKED), default=None)
    return Evaluation(first.number, due, at)
