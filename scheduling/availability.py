"""Reads hours, leave, holidays, rooms and appointments into the values that a series is proposed from.

Codes of practitioners, rooms and locations are their primary keys. The number of queries does not depend on the number
of rows: the rows of the whole stretch of days are read at once.
"""

import datetime as dt
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from math import gcd
from typing import Any

from django.db.models import Q, QuerySet

from intake.domain.text import Text
from patients.models import Patient
from plans.models import Plan, PlannedSession, PlanRevision
from practice.models import Absence, Closure, HolidayOverride, Location, OpeningHours, WorkingHours
from practice.models import Practitioner as PractitionerRow
from practice.models import Room as RoomRow
from scheduling.domain.clock import moment, wall_time
from scheduling.domain.constraints import (
    asked_day_part,
    asked_practitioner,
    asked_weekday,
    judge,
    not_after,
    not_before,
    within_window,
)
from scheduling.domain.instance import (
    Closed,
    DayPart,
    Free,
    Instance,
    Need,
    Placement,
    Practitioner,
    Preferences,
    Reason,
    Room,
    Span,
    Wish,
)
from scheduling.domain.life import GONE, AppointmentState
from scheduling.models import Appointment, AppointmentKind, PlanWishes, RecurringBlock

DAY = dt.timedelta(days=1)
WEEK = 7
RUN_OVER = dt.timedelta(weeks=1)  # that a session may come later than its week of the plan
LEEWAY = dt.timedelta(weeks=3)  # beyond the last week of a plan that are looked at, for the alternatives
GRID = 30  # minutes between two starts, unless sessions are of another length
FINEST = 10
USUAL_DAYS, USUAL_MOST = 2, 3  # days between the dates of two sessions, in plans of at most so many a week
DELIVERED = frozenset({AppointmentState.BOOKED, AppointmentState.ARRIVED, AppointmentState.DONE, AppointmentState.HELD})


@dataclass(frozen=True, slots=True)
class Calendar:
    """Who works when and which rooms are free, in a stretch of days; and the kinds of visit by their codes."""

    practitioners: tuple[Practitioner, ...]
    rooms: tuple[Room, ...]
    kinds: Mapping[str, AppointmentKind]


# --- wall time ------------------------------------------------------------------------------------------------------


def _span(starts: dt.datetime, ends: dt.datetime) -> Span:
    """The wall time between two moments; in the night in which the clock goes back it may seem longer than it is."""
    start, end = wall_time(starts), wall_time(ends)
    return Span(start, end if start < end else start + (ends - starts))


def _on(date: dt.date, starts: dt.time, ends: dt.time) -> Span:
    return Span(dt.datetime.combine(date, starts), dt.datetime.combine(date, ends))


def _all_day(date: dt.date) -> Span:
    return Span(dt.datetime.combine(date, dt.time()), dt.datetime.combine(date + DAY, dt.time()))


def _dates(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield dt.date.fromordinal(ordinal)


# --- spans of time --------------------------------------------------------------------------------------------------


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as possible, in order."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _shared(some: Iterable[Span], others: Iterable[Span]) -> Iterator[Span]:
    """The time that is in both."""
    kept = list(others)
    for one in some:
        for other in kept:
            if one.meets(other):
                yield Span(max(one.start, other.start), min(one.end, other.end))


def _less(spans: Iterable[Span], closed: Iterable[Span]) -> Iterator[Span]:
    """What remains of spans that are in order when closed time is taken out of them."""
    cuts = _joined(closed)
    ends = [cut.end for cut in cuts]
    for span in spans:
        start = span.start
        for cut in _until(islice(cuts, bisect_right(ends, start), None), span.end):
            if start < cut.start:
                yield Span(start, cut.start)
            start = max(start, cut.end)
        if start < span.end:
            yield Span(start, span.end)


# --- public holidays ------------------------------------------------------------------------------------------------


@cache
def holidays_of(year: int) -> Mapping[dt.date, Text]:
    """The public holidays of the Netherlands in a year, with their names in Dutch and English."""
    from holidays import country_holidays  # noqa: PLC0415 - it takes a while to load, and few processes need it

    dutch = country_holidays("NL", years=year, language="nl")
    english = country_holidays("NL", years=year, language="en_US")
    return {date: Text(name, english[date]) for date, name in sorted(dutch.items())}


def _holiday(date: dt.date) -> Text | None:
    return holidays_of(date.year).get(date)


# --- the calendar of the practice -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """The rows of a stretch of days, and what is closed because of them."""

    first: dt.date
    last: dt.date
    now: dt.datetime
    locations: Collection[int] | None
    leaving_out: Collection[uuid.UUID]
    with_visits: bool
    opening: dict[int, list[Span]] = field(init=False)
    closed_at: dict[int, list[Closed]] = field(init=False)
    past: Closed = field(init=False)
    appointments: list[Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        long_ago = wall_time(self.now) - 2 * 366 * DAY
        self.past = Closed(Span(long_ago, wall_time(self.now)), "past", Text("Dat is al voorbij.", "That is past."))
        known = Location.objects.filter(is_active=True)
        codes = list(known.filter(pk__in=self.locations) if self.locations is not None else known)
        self.opening = self._opening([location.pk for location in codes])
        self.closed_at = self._closed([location.pk for location in codes])
        self.appointments = self._appointments() if self.with_visits else []

    @property
    def days(self) -> Iterator[dt.date]:
        return _dates(self.first, self.last)

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """The first moment of the stretch, and the first after it."""
        return moment(_all_day(self.first).start), moment(_all_day(self.last).end)

    def _opening(self, codes: list[int]) -> dict[int, list[Span]]:
        """When each location is open. One without any opening hours is open whenever somebody works there."""
        rows: dict[int, list[OpeningHours]] = defaultdict(list)
        for row in OpeningHours.objects.filter(location__in=codes):
            rows[row.location_id].append(row)
        return {code: _joined(self._opening_of(rows[code])) for code in codes}

    def _opening_of(self, rows: list[OpeningHours]) -> Iterator[Span]:
        for date in self.days:
            if not rows:
                yield _all_day(date)
            yield from (_on(date, row.opens, row.closes) for row in rows if row.weekday == date.isoweekday())

    def _closed(self, codes: list[int]) -> dict[int, list[Closed]]:
        """What closes each location: public holidays and what the practice decided about them, and closures."""
        decided = self._decided()
        closed: dict[int, list[Closed]] = {code: list(self._holidays(code, decided)) for code in codes}
        for closure in Closure.objects.filter(*self._meeting()):
            text = _because("De praktijk is gesloten", "The practice is closed", closure.reason)
            at = codes if closure.location_id is None else [closure.location_id]
            for code in set(at) & closed.keys():
                closed[code].append(Closed(_span(closure.starts, closure.ends), "closed", text))
        return closed

    def _meeting(self) -> tuple[Q, ...]:
        start, end = self.moments
        return (Q(starts__lt=end), Q(ends__gt=start))

    def _decided(self) -> dict[tuple[dt.date, int | None], bool]:
        rows = HolidayOverride.objects.filter(date__range=(self.first, self.last))
        return {(row.date, row.location_id): row.is_open for row in rows}

    def _holidays(self, code: int, decided: Mapping[tuple[dt.date, int | None], bool]) -> Iterator[Closed]:
        """The days off of one location; what is decided for it goes before what is decided for all."""
        for date in self.days:
            name = _holiday(date)
            is_open = decided.get((date, code), decided.get((date, None), name is None))
            if not is_open:
                text = _because("Gesloten", "Closed", name.nl if name else "", name.en if name else "")
                yield Closed(_all_day(date), "holiday", text)

    # --- practitioners ----------------------------------------------------------------------------------------------

    def practitioners(self, chosen: Collection[int] | None) -> Iterator[Practitioner]:
        known = PractitionerRow.objects.filter(staff__is_active=True).select_related("staff")
        wanted = known if chosen is None else known.filter(pk__in=chosen)
        rows = list(wanted.prefetch_related("competences").order_by("staff__name", "pk"))
        work, leave = self._work(rows), self._leave(rows)
        blocks, taken = self._blocks(), self._taken("practitioner_id")
        for row in rows:
            name = row.staff.name
            own = [Closed(span, "leave", _away(name)) for span in leave[row.pk]]
            busy = [Closed(span, "taken", _busy(name)) for span in taken[row.pk]]
            yield self._practitioner(row, work[row.pk], [*own, *_blocks_of(row, blocks)], busy)

    def _practitioner(
        self, row: PractitionerRow, work: Mapping[int, list[Span]], own: list["Closed | _Block"], busy: list[Closed]
    ) -> Practitioner:
        """`own` closed time may hold at one location only; closed time counts where there is work."""
        free: list[Free] = []
        closed: list[Closed] = [one for one in own if isinstance(one, Closed) and one.cause == "leave"]
        for location, spans in sorted(work.items()):
            here = [*self.closed_at[location], *_at(own, location)]
            closed += [Closed(part, one.cause, one.text) for one in here for part in _shared([one.span], spans)]
            cuts = [one.span for one in (*here, *busy, self.past)]
            free += [Free(span, str(location)) for span in _less(spans, cuts)]
        closed.sort(key=_by_weight)
        return Practitioner(str(row.pk), row.staff.name, row.competence_codes, tuple(free), (self.past, *closed, *busy))

    def _work(self, rows: list[PractitionerRow]) -> dict[int, dict[int, list[Span]]]:
        """For each practitioner and location the working hours within the hours that it is open."""
        spans: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
        hours = WorkingHours.objects.filter(practitioner__in=rows, location__in=self.opening, valid_from__lte=self.last)
        for row in hours.exclude(valid_until__lt=self.first):
            spans[row.practitioner_id][row.location_id] += [
                _on(date, row.starts, row.ends) for date in self.days if row.is_on(date)
            ]
        return defaultdict(
            dict,
            {
                person: {
                    place: _joined(_by_day(_joined(times), self.opening[place])) for place, times in places.items()
                }
                for person, places in spans.items()
            },
        )

    def _leave(self, rows: list[PractitionerRow]) -> dict[int, list[Span]]:
        spans: dict[int, list[Span]] = defaultdict(list)
        for row in Absence.objects.filter(*self._meeting(), practitioner__in=rows):
            spans[row.practitioner_id].append(_span(row.starts, row.ends))
        return spans

    def _blocks(self) -> list["_Block"]:
        rows = RecurringBlock.objects.filter(valid_from__lte=self.last).exclude(valid_until__lt=self.first)
        return [
            _Block(_on(date, row.starts, row.ends), row.title, row.practitioner_id, row.location_id)
            for row in rows
            for date in self.days
            if row.is_on(date)
        ]

    def _taken(self, whose: str) -> dict[int, list[Span]]:
        """Live appointments by practitioner or room; a hold that is over takes nothing any more."""
        spans: dict[int, list[Span]] = defaultdict(list)
        for row in self.appointments:
            spans[row[whose]].append(_span(row["starts"], row["ends"]))
        return spans

    def _appointments(self) -> list[Mapping[str, Any]]:
        live = Appointment.objects.live().between(*self.moments).exclude(pk__in=self.leaving_out)
        live = live.exclude(state=AppointmentState.HELD, held_until__lte=self.now)
        return [*live.values("practitioner_id", "room_id", "starts", "ends")]

    # --- rooms ------------------------------------------------------------------------------------------------------

    def rooms(self) -> Iterator[Room]:
        taken = self._taken("room_id")
        rows = RoomRow.objects.filter(is_active=True, location__in=self.opening)
        for row in rows.order_by("location", "name", "pk"):
            busy = [Closed(span, "taken", _busy(row.name)) for span in taken[row.pk]]
            closed = [*self.closed_at[row.location_id], *busy]
            free = _less(self.opening[row.location_id], [one.span for one in closed])
            code = str(row.location_id)
            yield Room(str(row.pk), row.kind, tuple(Free(span, code) for span in free), tuple(closed))


@dataclass(frozen=True, slots=True)
class _Block:
    """One time that a recurring block takes: everybody's or one's own, at one location or all."""

    span: Span
    title: str
    practitioner: int | None
    location: int | None


def _blocks_of(row: PractitionerRow, blocks: Iterable[_Block]) -> Iterator[_Block]:
    return (block for block in blocks if block.practitioner in (None, row.pk))


def _at(own: Iterable[Closed | _Block], location: int) -> Iterator[Closed]:
    """What is closed at one location."""
    for one in own:
        if isinstance(one, Closed):
            yield one
        elif one.location in (None, location):
            yield Closed(one.span, "block", _because("Bezet", "Taken", one.title))


def _by_day(times: list[Span], opening: list[Span]) -> Iterator[Span]:
    """The time that two lists in order share; both are walked once."""
    at = 0
    for one in times:
        while at < len(opening) and opening[at].end <= one.start:
            at += 1
        yield from _shared([one], _until(opening[at:], one.end))


def _until(spans: Iterable[Span], end: dt.datetime) -> Iterator[Span]:
    for span in spans:
        if span.start >= end:
            return
        yield span


# What is said when several causes lie over the same time: the one that a practice would name first.
WEIGHT = {"holiday": 0, "closed": 1, "leave": 2, "block": 3, "taken": 4}


def _by_weight(one: Closed) -> tuple[int, dt.datetime]:
    return WEIGHT[one.cause], one.span.start


def _because(nl: str, en: str, reason: str, english: str = "") -> Text:
    return Text(f"{nl}: {reason}.", f"{en}: {english or reason}.") if reason else Text(f"{nl}.", f"{en}.")


def _away(name: str) -> Text:
    return Text(f"{name} is er niet (verlof).", f"{name} is away (leave).")


def _busy(name: str) -> Text:
    return Text(f"{name} is dan bezet.", f"{name} is taken then.")


def calendar_for(
    *,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    practitioners: Collection[int] | None = None,
    locations: Collection[int] | None = None,
    leaving_out: Collection[uuid.UUID] = (),
    with_visits: bool = True,
) -> Calendar:
    """Who is free when, and which rooms, from `first` up to and including `last`, later than `now`.

    `practitioners` and `locations` are primary keys; None takes all. `leaving_out` names appointments that count as not
    there, such as those that are being moved; without visits none of them counts, only hours and what closes them.
    """
    reading = _Reading(first, last, now, locations, leaving_out, with_visits)
    kinds = AppointmentKind.objects.all().by_code()
    return Calendar(tuple(reading.practitioners(practitioners)), tuple(reading.rooms()), kinds)


# --- what a plan needs ----------------------------------------------------------------------------------------------


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


def _delivers(row: Appointment, now: dt.datetime) -> bool:
    """Whether an appointment gives its session; a hold that is over does not, and neither does one not shown up for."""
    return row.state in DELIVERED and not _is_over(row, now)


def _is_over(row: Appointment, now: dt.datetime) -> bool:
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
    return _Asked(plan, sessions, wishes_of(plan), now, {}).first if sessions.placed else None


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
    calendar = calendar or _calendar_of(plan, sessions, wishes, now, leaving_out)
    asked = _Asked(plan, sessions, wishes, now, calendar.kinds)
    needs = asked.needs()
    fixed = asked.fixed()
    return Instance(
        practitioners=calendar.practitioners,
        rooms=calendar.rooms,
        needs=(*(asked.around(pin) for pin in fixed), *needs),
        busy=(*_busy_of(plan, sessions, now, leaving_out), *asked.closed_days(fixed)),
        preferences=preferences_of(plan, wishes),
        minimum_days=asked.minimum_days,
        slot_minutes=_grid(needs),
        referral_until=plan.episode.referral_valid_until,
        pins=(*fixed, *(pin for pin in pins if pin.number in sessions.to_book)),
        skips=frozenset(skips) & frozenset(sessions.to_book),
    )


def days_of(plans: Iterable[Plan], *, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """The first and last day that a calendar must cover to plan all of these."""
    every = [_days_of(plan, sessions_of(plan, now=now), wishes_of(plan), now) for plan in plans]
    today = wall_time(now).date()
    return today, max((last for _, last in every), default=today)


def _calendar_of(
    plan: Plan, sessions: Sessions, wishes: PlanWishes | None, now: dt.datetime, leaving_out: Collection[uuid.UUID]
) -> Calendar:
    first, last = _days_of(plan, sessions, wishes, now)
    return calendar_for(first=first, last=last, now=now, leaving_out=leaving_out)


def _days_of(plan: Plan, sessions: Sessions, wishes: PlanWishes | None, now: dt.datetime) -> tuple[dt.date, dt.date]:
    today = wall_time(now).date()
    last = max(
        (need.latest for need in _Asked(plan, sessions, wishes, now, AppointmentKind.objects.all().by_code()).needs()),
        default=today,
    )
    return today, last + LEEWAY


def _grid(needs: Iterable[Need]) -> int:
    return max(gcd(GRID, *(need.minutes for need in needs)), FINEST)


def _busy_of(plan: Plan, sessions: Sessions, now: dt.datetime, leaving_out: Collection[uuid.UUID]) -> Iterator[Span]:
    """When the patient has another appointment."""
    left_out = {*leaving_out, *(row.pk for row in sessions.placed.values())}
    for row in plan.episode.patient.appointments.all():
        if row.pk not in left_out and row.state not in GONE and not _is_over(row, now):
            yield _span(row.starts, row.ends)


@dataclass(frozen=True, slots=True)
class _Asked:
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
                yield Span(_all_day(date - margin).start, _all_day(date + margin).end)


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


# --- one visit ------------------------------------------------------------------------------------------------------


def instance_for_visit(
    *,
    patient: Patient,
    kind: AppointmentKind,
    minutes: int,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    preferences: Preferences = Preferences(),
    referral_until: dt.date | None = None,
    leaving_out: Collection[uuid.UUID] = (),
    calendar: Calendar | None = None,
) -> Instance:
    """What booking one visit beside any plan depends on; it is session 1 of the instance."""
    calendar = calendar or calendar_for(first=first, last=last, now=now, leaving_out=leaving_out)
    rows = [row for row in patient.appointments.all() if row.pk not in leaving_out]
    need = Need(1, minutes, first, last, frozenset(kind.competences), kind.room_kind or None)
    return Instance(
        practitioners=calendar.practitioners,
        rooms=calendar.rooms,
        needs=(need,),
        busy=tuple(_span(row.starts, row.ends) for row in rows if row.state not in GONE and not _is_over(row, now)),
        preferences=preferences,
        slot_minutes=_grid((need,)),
        referral_until=referral_until,
    )


# A person who moves a visit by hand has asked the patient: the days of the plan and wishes do not bind then.
NOT_BY_HAND = (within_window, not_before, not_after, asked_practitioner, asked_day_part, asked_weekday)


@dataclass(frozen=True, slots=True)
class Move:
    """What moving one appointment by hand depends on, for a stretch of days; `beside` are the rest of its plan."""

    instance: Instance
    beside: tuple[Placement, ...] = ()

    def why_not(self, placement: Placement) -> tuple[Reason, ...]:
        """Every condition that stands in the way of a place; none when the appointment can be there."""
        date = placement.start.date()
        asked = self.instance.needs[0]
        need = replace(asked, number=placement.number, minutes=placement.minutes, earliest=date, latest=date)
        others = [_beside(other, placement) for other in self.beside]
        return judge(replace(self.instance, needs=(need,)), placement, others, except_for=NOT_BY_HAND)


def move_of(*, appointment: Appointment, first: dt.date, last: dt.date, now: dt.datetime) -> Move:
    """What moving an appointment to one of these days depends on; it does not stand in its own way."""
    episode, plan = appointment.episode, appointment.plan
    instance = instance_for_visit(
        patient=appointment.patient,
        kind=appointment.kind,
        minutes=appointment.kind.minutes,
        first=first,
        last=last,
        now=now,
        referral_until=episode.referral_valid_until if episode else None,
        leaving_out=[appointment.pk],
    )
    if plan is None:
        return Move(instance)
    placed = sessions_of(plan, now=now, leaving_out=[appointment.pk]).placed
    beside = tuple(placement_of(row, other) for other, row in placed.items())
    return Move(_as_in_plan(instance, plan, appointment, now), beside)


def judged(*, appointment: Appointment, placement: Placement, now: dt.datetime) -> tuple[Reason, ...]:
    """Every condition that stands in the way of moving an appointment to a place by hand; none when it can be there."""
    date = placement.start.date()
    return move_of(appointment=appointment, first=date, last=date, now=now).why_not(placement)


def _as_in_plan(instance: Instance, plan: Plan, appointment: Appointment, now: dt.datetime) -> Instance:
    """With what the session of the plan takes, and the days that the patient wishes between two of them."""
    sessions = sessions_of(plan, now=now, leaving_out=[appointment.pk])
    wishes = wishes_of(plan)
    asked = {
        need.number: need
        for need in _Asked(plan, sessions, wishes, now, AppointmentKind.objects.all().by_code()).needs()
    }
    own = asked.get(appointment.session_number or 0)
    competences = own.competences if own else frozenset()
    need = replace(instance.needs[0], competences=instance.needs[0].competences | competences)
    return replace(instance, needs=(need,), minimum_days=wishes.minimum_days if wishes else 1)


def _beside(other: Placement, placement: Placement) -> Placement:
    """Another session, numbered by which of the two is first: a person may change their order."""
    before = other.start < placement.start
    return replace(other, number=placement.number + (-1 if before else 1))
