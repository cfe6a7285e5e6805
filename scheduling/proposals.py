"""Says plans that are to be scheduled and proposals for their series, for the desk: nothing in it is clinical."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from intake.domain.text import Text
from patients.models.patient import of_readable_patients
from plans.models import Plan
from practice.domain.grants import Act
from practice.models import Room, Staff
from scheduling.actions.bookings import Change, OnPurpose, overlaps_of, pins_of, placements_of, skips_of
from scheduling.availability import (
    USUAL_DAYS,
    Shared,
    first_day_of,
    instance_for,
    sessions_of,
    ways_to_share,
    wishes_of,
    with_sessions,
)
from scheduling.domain import words
from scheduling.domain.instance import DayPart, Instance, Placement, Proposal, Reason, Row, RowState
from scheduling.domain.life import AppointmentState
from scheduling.domain.propose import explain
from scheduling.models import Appointment, PlanToSchedule, PlanWishes, Series

LONGEST = 100  # plans on the queue at once
TONES = {
    RowState.FREE: "ok",
    RowState.ADJUSTED: "warning",
    RowState.NO_PLACE: "danger",
    RowState.PINNED: "info",
    RowState.SKIPPED: "quiet",
}
STATE_NAMES = {
    RowState.FREE: gettext_lazy("free"),
    RowState.ADJUSTED: gettext_lazy("adjusted"),
    RowState.NO_PLACE: gettext_lazy("no place"),
    RowState.PINNED: gettext_lazy("fixed"),
    RowState.SKIPPED: gettext_lazy("skipped"),
}


def plans_for_planning(staff: Staff) -> QuerySet[Plan]:
    """The plans whose sessions, minutes and places this person may read: what the desk needs, not their content."""
    if not staff.may(Act.READ_PLANNING):
        return Plan.objects.none()
    return with_sessions(of_readable_patients(Plan.objects.all(), staff, "episode__patient_id"))


def said(text: Text) -> str:
    """A text in the reader's language."""
    return text.in_language(get_language() or "nl")


# --- the queue ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan with sessions that lack a place, and since when."""

    plan: Plan
    to_book: int
    total: int
    since: dt.datetime
    wishes: str
    is_short: bool = False  # visits were booked before, so what is to be booked is missing

    @property
    def patient(self) -> Any:
        """Whose plan it is."""
        return self.plan.episode.patient


def queue(staff: Staff, now: dt.datetime) -> list[Waiting]:
    """The active plans without a complete series, the longest wait first."""
    plans = with_sessions(PlanToSchedule.objects.visible_to(staff).lacking_visits())
    rows = [_waiting(plan, now) for plan in plans.order_by("activated_at", "pk")[:LONGEST]]
    return sorted(rows, key=lambda row: row.since)


def _waiting(plan: Plan, now: dt.datetime) -> Waiting:
    sessions = sessions_of(plan, now=now)
    held = sum(row.state == "held" for row in sessions.placed.values())
    freed = [row.cancelled_at for row in plan.appointments.all() if row.cancelled_at and row.session_number]
    since = max([plan.activated_at or plan.created_at, *freed])
    short = any(row.session_number and row.state != "held" for row in plan.appointments.all())
    return Waiting(plan, len(sessions.to_book) + held, len(sessions.planned), since, wishes_in_words(plan), short)


def in_part(plans: Iterable[Plan], now: dt.datetime) -> list[Waiting]:
    """Those of these plans that still have sessions without a place."""
    rows = [_waiting(plan, now) for plan in plans]
    return [row for row in rows if row.to_book]


def wishes_in_words(plan: Plan) -> str:
    """What the patient wishes of the visits, in one line."""
    wishes = wishes_of(plan)
    practitioner = (wishes.practitioner if wishes else None) or plan.episode.practitioner
    parts = [str(practitioner)]
    if wishes is not None:
        parts += [said(words.DAYS[day - 1]) for day in sorted(wishes.weekdays)]
        parts += [said(words.DAY_PARTS[part]) for part in DayPart if part.value in wishes.day_parts]
        parts += [_("at the same time")] if wishes.same_time else []
        parts += [_("as early as possible")] if wishes.as_early_as_possible else []
    return ", ".join(parts)


def rhythm_in_words(plan: Plan) -> str:
    """How often the sessions of a plan come: "2 a week for 3 weeks, 1 a week for 3 weeks"."""
    phases = plan.current_revision.content["phases"] if plan.current_revision else []
    return ", ".join(
        _often(often, sum(phase["weeks"] for phase in group))
        for often, group in groupby(phases, key=lambda phase: phase["sessions_per_week"])
    )


def _often(per_week: float, weeks: int) -> str:
    if per_week >= 1:
        text = ngettext("%(count)s a week for %(weeks)s week", "%(count)s a week for %(weeks)s weeks", weeks)
        return text % {"count": number_format(Decimal(f"{per_week:g}")), "weeks": weeks}
    text = ngettext("1 in %(weeks)s week", "1 every %(every)s weeks for %(weeks)s weeks", weeks)
    return text % {"every": round(1 / per_week) if per_week else weeks, "weeks": weeks}


# --- a proposal -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words, and the value that a button sends for it."""

    when: str
    time: str
    practitioner: str
    room: str
    value: str

    def __str__(self) -> str:
        return f"{self.when} {self.time} {self.practitioner}"


@dataclass(frozen=True, slots=True)
class Line:
    """One session of a proposal, as a row on the page."""

    number: int
    state: str
    tone: str
    word: str
    place: Place | None
    reasons: tuple[str, ...]
    alternatives: tuple[Place, ...]
    minutes: int
    overlap_because: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the session has no place."""
        return self.state == RowState.NO_PLACE.value


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds places of a plan, how many of them, and until when; they are free again from then on."""

    name: str
    count: int
    until: dt.datetime


class Page:
    """A plan with the proposal that is made for it, if there is one."""

    def __init__(self, plan: Plan, series: Series | None, *, now: dt.datetime) -> None:
        """`series` is a proposal that was not booked."""
        self.plan, self.series, self.now = plan, series, now
        self.held = [row for row in plan.appointments.all() if series and row.series_id == series.pk]
        self.sessions = sessions_of(plan, now=now, leaving_out=[row.pk for row in self.held])

    @property
    def held_until(self) -> dt.datetime | None:
        """Until when the places are held; None when the hold is over."""
        untils = [row.held_until for row in self.held if row.held_until and row.held_until > self.now]
        return min(untils, default=None)

    @property
    def booked(self) -> list[int]:
        """The numbers of the sessions that were agreed on, not merely held."""
        return [number for number, row in self.sessions.placed.items() if row.state != AppointmentState.HELD]

    @cached_property
    def held_elsewhere(self) -> Hold | None:
        """The hold of a colleague who is scheduling this plan; until it is over nobody else can."""
        rows = [row for row in self.sessions.placed.values() if row.state == AppointmentState.HELD and row.series_id]
        until = max((row.held_until for row in rows if row.held_until), default=None)
        return Hold(str(rows[0].by), len(rows), until) if until else None

    @property
    def is_complete(self) -> bool:
        """Whether no session lacks a place."""
        return not self.sessions.to_book

    @cached_property
    def instance(self) -> Instance:
        """What the proposal depends on, as it is now, without what is held for it."""
        series = self.series
        places = placements_of(series) if series else ()
        fixed = pins_of(series) if series else frozenset()
        return instance_for(
            plan=self.plan,
            wishes=wishes_of(self.plan),
            now=self.now,
            pins=[one for one in places if one.number in fixed],
            skips=skips_of(series) if series else (),
            leaving_out=[row.pk for row in self.held],
        )

    @cached_property
    def proposal(self) -> Proposal:
        """The proposal with what is to be said about each session now."""
        places = placements_of(self.series) if self.series else ()
        booked = [pin for pin in self.instance.pins if pin.number not in self.sessions.to_book]
        return explain(self.instance, [*booked, *(one for one in places if one.number in self.sessions.to_book)])

    @cached_property
    def people(self) -> Mapping[str, str]:
        """The names of practitioners by code."""
        return {one.code: one.name for one in self.instance.practitioners}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the sessions that lack a place."""
        return tuple(row for row in self.proposal.rows if row.number in self.sessions.to_book)

    @cached_property
    def lines(self) -> list[Line]:
        """The proposal as it stands on the page."""
        return [self._line(row) for row in self.rows]

    def _line(self, row: Row) -> Line:
        place = self.place(row.placement) if row.placement else None
        options = tuple(self.place(option) for option in row.alternatives)
        return Line(
            row.number,
            row.state.value,
            TONES[row.state],
            str(STATE_NAMES[row.state]),
            place,
            tuple(said(reason.text) for reason in row.reasons),
            options,
            self.sessions.planned[row.number].minutes,
            self.overlaps[row.number].because if row.number in self.overlaps else "",
        )

    @cached_property
    def overlaps(self) -> Mapping[int, OnPurpose]:
        """The sessions that overlap with other visits on purpose."""
        return overlaps_of(self.series) if self.series else {}

    @cached_property
    def rooms(self) -> Mapping[str, str]:
        """The names of rooms by code."""
        return {str(pk): name for pk, name in Room.objects.values_list("pk", "name")}

    def place(self, placement: Placement) -> Place:
        """A place in words."""
        practitioner = self.people.get(placement.practitioner, "")
        return Place(
            date_format(placement.start.date(), "D j b"),
            f"{placement.start:%H:%M}",
            practitioner,
            self.rooms.get(placement.room or "", ""),
            f"{placement.number}|{placement.start:%Y-%m-%dT%H:%M}|{placement.practitioner}|{placement.room or ''}",
        )

    def alternative(self, value: str) -> Placement | None:
        """The alternative that a button sent, if it is still one."""
        options = (option for row in self.rows for option in row.alternatives)
        return next((option for option in options if self.place(option).value == value), None)

    def ways_to_share(self, number: int, start: dt.datetime, practitioner: str) -> list[Shared]:
        """How a session can be at a time that may be taken; none when it is not to be booked any more."""
        need = next((one for one in self.instance.needs if one.number == number), None)
        if need is None:
            return []
        place = Placement(number, start, need.minutes, practitioner, None, str(self.plan.episode.location_id))
        return ways_to_share(self.instance, place, now=self.now, leaving_out=[row.pk for row in self.held])

    @property
    def unadjusted(self) -> list[int]:
        """The numbers of the sessions that are as wished."""
        return [row.number for row in self.rows if row.placement and not row.reasons]

    @property
    def placed(self) -> list[int]:
        """The numbers of the sessions that have a place in the proposal."""
        return [row.number for row in self.rows if row.placement]

    @property
    def without_place(self) -> list[int]:
        """The numbers of the sessions that will have no place when the proposal is booked."""
        return [row.number for row in self.rows if not row.placement]

    @property
    def asked(self) -> int:
        """How many sessions the plan asks for, with a place or without."""
        return len(self.sessions.planned.keys() - self.sessions.dropped)

    @property
    def with_place(self) -> int:
        """How many sessions will have a place when the proposal is booked."""
        return self.asked - len(self.without_place)

    @property
    def totals(self) -> str:
        """How many sessions are free, adjusted and without a place."""
        counted = {state: sum(row.state is state for row in self.rows) for state in RowState}
        return ", ".join(f"{count} {STATE_NAMES[state]}" for state, count in counted.items() if count)

    @property
    def relaxation(self) -> str:
        """The smallest change with which every session finds a place; empty when there is none or none is needed."""
        found = self.proposal.relaxation
        return said(found.text) if found else ""

    @property
    def lacks_place(self) -> bool:
        """Whether a session has none."""
        return not self.proposal.is_complete

    @property
    def runs_over(self) -> str:
        """By how much the series ends later than the plan has in mind."""
        return runs_over(self.plan, [row.placement.start.date() for row in self.rows if row.placement], self.now)

    def changes(self, changes: Iterable[Change]) -> list[tuple[Place, list[str]]]:
        """What changed since a proposal, in words."""
        return [(self.place(change.placement), reasons_in_words(change.reasons)) for change in changes]


def reasons_in_words(reasons: Iterable[Reason]) -> list[str]:
    """Reasons in the reader's language."""
    return [said(reason.text) for reason in reasons]


def runs_over(plan: Plan, dates: Iterable[dt.date], now: dt.datetime) -> str:
    """By how many weeks the last visit comes later than the plan has in mind; empty when it does not."""
    dates = list(dates)
    if not dates or plan.current_revision is None:
        return ""
    first = first_day_of(plan, now=now) or min(dates)
    weeks = ((max(dates) - first).days // 7 + 1) - plan.current_revision.weeks
    if weeks <= 0:
        return ""
    return ngettext(
        "The last visit is on %(day)s, %(weeks)s week later than planned.",
        "The last visit is on %(day)s, %(weeks)s weeks later than planned.",
        weeks,
    ) % {"day": date_format(max(dates), "j F Y"), "weeks": weeks}


def until_in_words(moment: dt.datetime) -> str:
    """A moment of today as a clock shows it."""
    return date_format(localtime(moment), "H:i")


def proposal_of(plan: Plan, staff: Staff) -> Series | None:
    """The last proposal that this person made for a plan, when it was not booked."""
    last = plan.series.filter(by=staff).order_by("-held_at").first()
    return last if last and last.booked_at is None else None


def held_by(staff: Staff, now: dt.datetime) -> list[Series]:
    """The proposals of this person whose places are held."""
    held = Appointment.objects.filter(state="held", held_until__gt=now, series=OuterRef("pk"))
    mine = Series.objects.visible_to(staff).filter(Exists(held), by=staff, booked_at=None)
    return list(mine.select_related("plan__episode__patient").order_by("held_at", "pk"))


def initial_wishes(plan: Plan) -> dict[str, Any]:
    """What the form of wishes shows at first."""
    wishes: PlanWishes | None = wishes_of(plan)
    if wishes is None:
        return {"practitioner": plan.episode.practitioner_id, "minimum_days": USUAL_DAYS, "rhythm": "same_time"}
    rhythm = "same_time" if wishes.same_time else "early" if wishes.as_early_as_possible else ""
    return {
        "practitioner": wishes.practitioner_id or plan.episode.practitioner_id,
        "minimum_days": wishes.minimum_days,
        "rhythm": rhythm,
        "weekdays": [str(day) for day in wishes.weekdays],
        "day_parts": wishes.day_parts,
        "not_before": wishes.not_before,
        "not_after": wishes.not_after,
        "strict": wishes.strict,
    }
