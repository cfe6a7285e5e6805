"""Reads a plan, its sessions and wishes into what a series is proposed from."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Any

from django.db.models import QuerySet

from plans.models import Plan, PlannedSession, PlanRevision
from scheduling.availability.calendar import Calendar, all_day, calendar_for, span_of
from scheduling.domain.clock import wall_time
from scheduling.domain.instance import (
    DayPart,
    Instance,
    Need,
    Placement,
    Preferences,
    Span,
    Wish,
)
from scheduling.domain.life import GONE, AppointmentState
from scheduling.models import Appointment, AppointmentKind, PlanWishes

DAY = dt.timedelta(days=1)
WEEK = 7
RUN_OVER = dt.timedelta(weeks=1)  # that a session may come later than its week of the plan
LEEWAY = dt.timedelta(weeks=3)  # beyond the last week of a plan that are looked at, for the alternatives
GRID = 30  # minutes between two starts, unless sessions are of another length
FINEST = 10
DELIVERED = frozenset({AppointmentState.BOOKED, AppointmentState.ARRIVED, AppointmentState.DONE, AppointmentState.HELD})
USUAL_DAYS, USUAL_MOST = 2, 3  # days between the dates of two sessions, in plans of at most so many a week


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of a plan by number: planned, with a place already, and those that will not be given."""

    planned: Mapping[int, PlannedSession]
    placed: Mapping[int, Appointment]
    dropped: frozenset[int]

    @property
    def to_book(self) -> tuple[int, ...]:
        """The numbers that lack a place."""
        return tuple(sorted(self.planned.keys() - self.placed.keys() - self.dropped))

    @property
    def last_placed(self) -> int:
        """The highest number with a place; 0 when there is none."""
        return max(self.placed, default=0)


def sessions_of(plan: Plan, *, now: dt.datetime, leaving_out: Collection[uuid.UUID] = ()) -> Sessions:
    """The sessions of a plan, with the appointments that deliver them. Uses what was prefetched."""
    left_out = set(leaving_out)
    placed = {
        row.session_number: row
        for row in sorted(plan.appointments.all(), key=lambda row: row.starts)
        if row.session_number and _delivers(row, now) and row.pk not in left_out
    }
    revision = plan.current_revision
    planned = {row.number: row for row in revision.planned_sessions.all()} if revision else {}
    return Sessions(planned, placed, frozenset(row.number for row in plan.dropped_sessions.all()))


def proposed_for(plan: Plan, now: dt.datetime) -> list[Appointment]:
    """What is held of a plan because its series is being proposed, held longest first. Uses what was prefetched."""
    rows = (row for row in plan.appointments.all() if row.state == AppointmentState.HELD and row.series_id)
    return sorted((row for row in rows if not is_over(row, now)), key=lambda row: row.held_until or now, reverse=True)


def _delivers(row: Appointment, now: dt.datetime) -> bool:
    """Whether an appointment gives its session; a hold that is over does not, and neither does one not shown up for."""
    return row.state in DELIVERED and not is_over(row, now)


def is_over(row: Appointment, now: dt.datetime) -> bool:
    return row.held_until is not None and row.held_until <= now


def with_sessions(plans: "QuerySet[Plan]") -> "QuerySet[Plan]":
    """The same plans, with all that `instance_for` reads of each of them."""
    with_related = plans.select_related(
        "episode__patient",
        "episode__practitioner__staff",
        "current_revision",
        "protocol_version",
        "wishes__practitioner__staff",
    ).defer("protocol_version__content")
    return with_related.prefetch_related(
        "current_revision__planned_sessions", "appointments", "dropped_sessions", "episode__patient__appointments"
    )


def first_day_of(plan: Plan, *, now: dt.datetime) -> dt.date | None:
    """The first day of week 1 of a plan, counted back from its first visit; None when it has none."""
    sessions = sessions_of(plan, now=now)
    return Asked(plan, sessions, wishes_of(plan), now, {}).first if sessions.placed else None


def wishes_of(plan: Plan) -> PlanWishes | None:
    """What the patient wishes of the visits of a plan, when that was asked."""
    return getattr(plan, "wishes", None)


def instance_for(
    *,
    plan: Plan,
    wishes: PlanWishes | None,
    now: dt.datetime,
    pins: Collection[Placement] = (),
    skips: Collection[int] = (),
    leaving_out: Collection[uuid.UUID] = (),
    calendar: Calendar | None = None,
) -> Instance:
    """What booking the rest of a plan depends on.

    Sessions with a place that come before the rest are pins: they stay, and the rest keeps its distance from them.
    Other ones close the days around them, so that a session in between may come before or after. `wishes` may be
    unsaved; where nobody is asked for, the practitioner of the episode is preferred. `calendar` saves reading it again
    for several plans; it must cover `days_of` them.
    """
    sessions = sessions_of(plan, now=now, leaving_out=leaving_out)
    kinds = calendar.kinds if calendar else AppointmentKind.objects.all().by_code()
    asked = Asked(plan, sessions, wishes, now, kinds)
    needs, fixed = asked.needs(), asked.fixed()
    if calendar is None:
        first, last = _days_of(needs, now)
        calendar = calendar_for(first=first, last=last, now=now, leaving_out=leaving_out, kinds=kinds)
    return Instance(
        practitioners=calendar.practitioners,
        rooms=calendar.rooms,
        needs=(*(asked.around(pin) for pin in fixed), *needs),
        busy=(*_busy_of(plan, sessions, now, leaving_out), *asked.closed_days(fixed)),
        preferences=preferences_of(plan, wishes),
        minimum_days=asked.minimum_days,
        slot_minutes=grid_of(needs),
        referral_until=plan.episode.referral_valid_until,
        pins=(*fixed, *(pin for pin in pins if pin.number in sessions.to_book)),
        skips=frozenset(skips) & frozenset(sessions.to_book),
    )


def days_of(plans: Iterable[Plan], *, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """The first and last day that a calendar must cover to plan all of these."""
    kinds = AppointmentKind.objects.all().by_code()
    asked = [Asked(plan, sessions_of(plan, now=now), wishes_of(plan), now, kinds) for plan in plans]
    return _days_of((need for one in asked for need in one.needs()), now)


def _days_of(needs: Iterable[Need], now: dt.datetime) -> tuple[dt.date, dt.date]:
    today = wall_time(now).date()
    return today, max((need.latest for need in needs), default=today) + LEEWAY


def grid_of(needs: Iterable[Need]) -> int:
    return max(gcd(GRID, *(need.minutes for need in needs)), FINEST)


def _busy_of(plan: Plan, sessions: Sessions, now: dt.datetime, leaving_out: Collection[uuid.UUID]) -> Iterator[Span]:
    """When the patient has another appointment."""
    left_out = {*leaving_out, *(row.pk for row in sessions.placed.values())}
    for row in plan.episode.patient.appointments.all():
        if row.pk not in left_out and row.state not in GONE and not is_over(row, now):
            yield span_of(row.starts, row.ends)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rest of a plan asks for, and how what has a place already stands in its way."""

    plan: Plan
    sessions: Sessions
    wishes: PlanWishes | None
    now: dt.datetime
    kinds: Mapping[str, AppointmentKind]

    @property
    def revision(self) -> PlanRevision:
        if self.plan.current_revision is None:
            raise ValueError("a plan without a revision asks for nothing")
        return self.plan.current_revision

    @property
    def minimum_days(self) -> int:
        """Who was not asked yet rests a day between two sessions, unless the plan asks for more than three a week."""
        if self.wishes:
            return self.wishes.minimum_days
        most = max((phase["sessions_per_week"] for phase in self.revision.content["phases"]), default=0)
        return USUAL_DAYS if most <= USUAL_MOST else 1

    @property
    def start(self) -> dt.date:
        """The first day on which anything is proposed: tomorrow, or when the patient can come."""
        wished = self.wishes.not_before if self.wishes else None
        return max(wall_time(self.now).date() + DAY, wished or dt.date.min)

    @property
    def first(self) -> dt.date:
        """The first day of week 1: counted back from the first visit, or else the first day that is possible."""
        rows = self.sessions.placed.items()
        known = [(row.starts, self.sessions.planned[number].week) for number, row in rows if self._is_planned(number)]
        if not known:
            return self.start
        starts, week = min(known)
        return wall_time(starts).date() - _weeks(week - 1)

    def _is_planned(self, number: int) -> bool:
        return number in self.sessions.planned

    def needs(self) -> list[Need]:
        """The sessions that lack a place, with the days in which each may be.

        A session between others that have a place may be any time until the plan ends; the rest of a plan that fell
        behind moves up as a whole.
        """
        of_phase = {phase["code"]: phase for phase in self.revision.content["phases"]}
        planned = [self.sessions.planned[number] for number in self.sessions.to_book]
        behind = [row for row in planned if row.number > self.sessions.last_placed]
        late = max(self.start - self._due(behind[0]), dt.timedelta()) if behind else dt.timedelta()
        return [self._need(row, of_phase[row.phase], late) for row in planned]

    def _due(self, row: PlannedSession) -> dt.date:
        return self.first + _weeks(row.week - 1)

    def _need(self, row: PlannedSession, phase: Mapping[str, Any], late: dt.timedelta) -> Need:
        competences, room_kind = self._takes(phase)
        per_week = phase["sessions_per_week"]
        earliest = self._due(row) + late
        latest = earliest + _weeks(1) - DAY
        if row.number < self.sessions.last_placed:
            earliest = max(self._due(row), self.start)
            latest = max(earliest, self.first + _weeks(self.revision.weeks) - DAY)
        return Need(
            number=row.number,
            minutes=row.minutes,
            earliest=earliest,
            latest=latest + RUN_OVER,
            competences=competences,
            room_kind=room_kind,
            ideal_gap=self._ideal_gap(row, per_week),
        )

    def _ideal_gap(self, row: PlannedSession, per_week: float) -> int | None:
        """The days after the session before it: two a week are 3 and 4 days apart in turn, three 2, 2 and 3."""
        if not per_week:
            return None
        first = min(number for number, one in self.sessions.planned.items() if one.phase == row.phase)
        position = max(row.number - first, 1)
        return int(position * WEEK // per_week) - int((position - 1) * WEEK // per_week)

    def _takes(self, phase: Mapping[str, Any]) -> tuple[frozenset[str], str | None]:
        """The competences and the kind of room that the sessions of a phase take."""
        known, kind = self.plan.protocol_version.protocol.techniques, self.kinds["session"]
        techniques = [known[one["code"]] for one in phase["techniques"] if one["code"] in known]
        competences = {one.competence for one in techniques if one.competence}
        rooms = [one.room_kind for one in techniques if one.room_kind]
        return frozenset(competences | set(kind.competences)), (rooms[0] if rooms else kind.room_kind) or None

    def fixed(self) -> tuple[Placement, ...]:
        """The sessions with a place before the first that lacks one, as far as they are in order and apart."""
        kept: list[Placement] = []
        for number, row in sorted(self.sessions.placed.items()):
            there = placement_of(row, number)
            apart = not kept or (there.start.date() - kept[-1].start.date()).days >= self.minimum_days
            if apart and number < min(self.sessions.to_book, default=0):
                kept.append(there)
        return tuple(kept)

    def around(self, pin: Placement) -> Need:
        """The need of a session that has its place."""
        date = pin.start.date()
        return Need(pin.number, pin.minutes, date, date)

    def closed_days(self, fixed: Collection[Placement]) -> Iterator[Span]:
        """The days on which nothing can be, because a session is there or close by that is not among the fixed ones."""
        numbers = {pin.number for pin in fixed}
        margin = dt.timedelta(days=self.minimum_days - 1)
        for number, row in self.sessions.placed.items():
            if number not in numbers:
                date = wall_time(row.starts).date()
                yield Span(all_day(date - margin).start, all_day(date + margin).end)


def _weeks(number: int) -> dt.timedelta:
    return dt.timedelta(weeks=number)


def placement_of(row: Appointment, number: int | None = None) -> Placement:
    """Where an appointment is; `number` is that of its session unless another one is given."""
    return Placement(
        number=number or row.session_number or 1,
        start=wall_time(row.starts),
        minutes=int((row.ends - row.starts).total_seconds() // 60),
        practitioner=str(row.practitioner_id),
        room=str(row.room_id) if row.room_id else None,
        location=str(row.location_id),
    )


def preferences_of(plan: Plan, wishes: PlanWishes | None) -> Preferences:
    """The patient's wishes as values; nobody in particular asked for means the practitioner of the episode.

    Who was not asked yet most likely wants to come at the same time.
    """
    if wishes is None:
        return Preferences(practitioner=str(plan.episode.practitioner_id), same_time=True)
    return Preferences(
        practitioner=str(wishes.practitioner_id or plan.episode.practitioner_id),
        day_parts=frozenset(DayPart(code) for code in wishes.day_parts),
        weekdays=frozenset(wishes.weekdays),
        same_time=wishes.same_time,
        as_early_as_possible=wishes.as_early_as_possible,
        not_before=wishes.not_before,
        not_after=wishes.not_after,
        strict=frozenset(Wish(code) for code in wishes.strict),
    )
