"""Says the agenda as somebody may read it: who comes when, what is free, and why the rest is not. Reads only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from patients.domain.names import NameOrder, PersonName
from patients.models import Episode, Patient
from patients.models.patient import of_readable_patients
from plans.models import Plan
from practice.domain.grants import Act
from practice.models import Location, Practitioner, Room, Staff
from scheduling.availability import (
    FINEST,
    Calendar,
    Shared,
    calendar_for,
    move_of,
    placement_of,
    proposed_for,
    sessions_of,
    ways_to_share,
    with_sessions,
)
from scheduling.domain import spoken
from scheduling.domain.alternatives import ALTERNATIVES
from scheduling.domain.board import Asked, By, Cell, Column, Entry, Form, Line, Range, Table, Use, table
from scheduling.domain.candidates import candidates, kind_of, placement
from scheduling.domain.clock import moment, wall_time
from scheduling.domain.constraints import minute_of
from scheduling.domain.dock import Option, options
from scheduling.domain.instance import Closed, DayPart, Free, Instance, Placement, Preferences, Span
from scheduling.domain.life import AppointmentState
from scheduling.domain.words import NO_ROOM
from scheduling.models import Appointment, AppointmentKind

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
NEAREST = 3
HORIZON = dt.timedelta(weeks=6)  # in which places are looked for on the telephone
TAKEN = frozenset({"taken"})  # closed time that the agenda shows as appointments
NOT_SHOWN = TAKEN | {"past"}  # and what matters only to whom looks for a place
NOBODY = str(UUID(int=0))  # stands for an appointment in an address
NAME_PARTS = ("family_name", "prefix", "given_name", "initials", "partner_name", "partner_prefix", "name_order")
COLUMNS = (
    *("pk", "starts", "ends", "state", "practitioner_id", "room_id", "overlap_because", "held_until", "version"),
    *("kind__name_nl", "kind__name_en", "practitioner__staff__name", "room__name", "is_visible"),
    *(f"patient__{part}" for part in NAME_PARTS),
)
# How a state is shown beside its word: an icon, and a tone of the colours.
STATE_SIGNS: dict[AppointmentState, tuple[str, str]] = {
    AppointmentState.HELD: ("clock", "warning"),
    AppointmentState.BOOKED: ("circle", "quiet"),
    AppointmentState.ARRIVED: ("user", "info"),
    AppointmentState.DONE: ("check", "ok"),
    AppointmentState.CANCELLED: ("minus", "quiet"),
    AppointmentState.LATE_CANCELLED: ("minus", "warning"),
    AppointmentState.NO_SHOW: ("cross", "warning"),
}
STATE_NAMES: dict[AppointmentState, Any] = {
    AppointmentState.HELD: gettext_lazy("held"),
    AppointmentState.BOOKED: gettext_lazy("booked"),
    AppointmentState.ARRIVED: gettext_lazy("arrived"),
    AppointmentState.DONE: gettext_lazy("done"),
    AppointmentState.CANCELLED: gettext_lazy("cancelled"),
    AppointmentState.LATE_CANCELLED: gettext_lazy("cancelled late"),
    AppointmentState.NO_SHOW: gettext_lazy("not shown up"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An appointment as somebody may read it. `patient` is empty for who may not see the patient, and so is `url`.

    `move_url` is empty for what cannot be moved, or not by this person.
    """

    span: Span
    patient: str
    url: str
    kind: str
    state: str
    practitioner_id: int
    practitioner: str
    room_id: int | None
    room: str
    overlap_because: str
    is_shared: bool = False
    version: int = 0
    move_url: str = ""
    in_closed_time: str = ""

    @property
    def sign(self) -> tuple[str, str]:
        """The icon and the tone of its state."""
        return STATE_SIGNS[AppointmentState(self.state)]

    @property
    def from_time(self) -> str:
        """When it begins: "09:00"."""
        return _clock(self.span.start)

    @property
    def time(self) -> str:
        """From when until when: "09:00–09:30"."""
        return f"{self.from_time}–{_clock(self.span.end)}"


def _clock(at: dt.datetime) -> str:
    """The hours and minutes of a time; `strftime` takes ten times as long, and a week has hundreds of visits."""
    return f"{at.hour:02}:{at.minute:02}"


def as_sent(place: Placement) -> str:
    """A place as a button sends it: start, practitioner, room or "-", and location."""
    return f"{place.start:%Y-%m-%dT%H:%M} {place.practitioner} {place.room or '-'} {place.location}"


@dataclass(frozen=True, slots=True)
class Offered:
    """A place to which an appointment can be moved: what the form sends, its time, with whom, and its full name."""

    placement: Placement
    name: str
    who: str

    @property
    def value(self) -> str:
        """What the form sends."""
        return as_sent(self.placement)

    @property
    def start(self) -> dt.datetime:
        """When it begins, in wall time."""
        return self.placement.start


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column or a row of the agenda: a person, a room or a day, and where a click on it leads."""

    title: str
    query: Mapping[str, str] = field(default_factory=dict)
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """What is on one day of one person or room, or of all of them, in order."""

    date: dt.date
    visits: tuple[Shown, ...] = ()
    closed: tuple[str, ...] = ()
    places: tuple["Offered", ...] = ()


@dataclass(frozen=True, slots=True)
class Agenda:
    """The agenda that was asked for, with `count` appointments.

    As a list it is in `days`; as a table either `grid` is there (rows of time) or `overview` (rows of people or rooms).
    """

    asked: Asked
    location: Location | None
    locations: tuple[Location, ...]
    ones: tuple[tuple[int, str], ...]
    heads: tuple[Head, ...]
    days: tuple[Day, ...]
    count: int
    step: int = 0
    grid: tuple[Any, ...] = ()
    overview: tuple[tuple[Head, tuple[Day, ...]], ...] = ()


def agenda(asked: Asked, *, by: Staff, now: dt.datetime, moving: "Moving | None" = None) -> Agenda:
    """The agenda as this person may read it, with the places to which an appointment can be moved when one is moving.

    The number of queries does not depend on how much is in it.
    """
    return _Reader(asked, by, now, moving).agenda()


class Moving:
    """The places to which one appointment can be moved, from a day up to another."""

    def __init__(self, appointment: Appointment, first: dt.date, until: dt.date, now: dt.datetime) -> None:
        self.appointment = appointment
        self.was = placement_of(appointment)
        self.move = move_of(appointment=appointment, first=first, last=until - DAY, now=now)
        self.instance = self.move.instance
        self._names = {one.code: one.name for one in self.instance.practitioners}
        self._known: dict[tuple[Any, ...], Placement | None] = {}

    def at(self, start: dt.datetime, location: str, practitioner: str = "", room: str = "") -> Offered | None:
        """The place at a time with somebody, or in a room; None when the appointment cannot be there."""
        wanted = replace(self.was, start=start, location=location, practitioner=practitioner or self.was.practitioner)
        key = (start, location, wanted.practitioner, room)
        if key not in self._known:
            self._known[key] = self._first(wanted, [room] if room else self._rooms(location))
        found = self._known[key]
        if found is None or found == self.was:
            return None
        return Offered(found, self.name_of(found), self._names.get(found.practitioner, "?"))

    def _first(self, wanted: Placement, rooms: Iterable[str | None]) -> Placement | None:
        """The place in the first room that is free, as long as only the room stands in the way."""
        for room in rooms:
            place = replace(wanted, room=room)
            reasons = {reason.code for reason in self.move.why_not(place)}
            if not reasons:
                return place
            if reasons != {NO_ROOM.code}:
                return None
        return None

    def _rooms(self, location: str) -> list[str | None]:
        """The rooms in which it could be, its own first; one that is none when it takes no room."""
        kind = self.instance.needs[0].room_kind
        if kind is None:
            return [self.was.room if location == self.was.location else None]
        fitting = [one.code for one in self.instance.rooms if one.kind == kind]
        return sorted(fitting, key=lambda code: code != self.was.room)

    def name_of(self, place: Placement) -> str:
        """The full name of a place: "Move session 5 to Friday 11 December 09:20 with Sanne"."""
        number, names = self.appointment.session_number, self._names
        said = {
            "when": date_format(place.start, "l j F H:i"),
            "who": names.get(place.practitioner, "?"),
            "number": number,
        }
        if number:
            return _("Move session %(number)s to %(when)s with %(who)s") % said
        return _("Move the appointment to %(when)s with %(who)s") % said

    def places(self, column: Column, by: By, location: str) -> Iterator[Offered]:
        """The places in one day of a person or room, at the times at which visits usually begin."""
        pk, date = column.what
        whose = {"room" if by is By.ROOM else "practitioner": str(pk)}
        step = self.instance.slot_minutes
        starts = {
            minute
            for free in column.free
            for minute in range(-(-minute_of(free.start) // step) * step, 24 * 60, step)
            if minute < minute_of(free.end) or free.end.date() != date
        }
        for minute in sorted(starts):
            start = dt.datetime.combine(date, dt.time(minute // 60, minute % 60))
            if offered := self.at(start, location, **whose):
                yield offered

    def nearest(self, wanted: Placement, agenda: Agenda) -> list[Offered]:
        """The three places closest to one that cannot be: with the same person before others, and in time."""
        found = {place.value: place for day in agenda.days for place in day.places}
        return sorted(
            found.values(),
            key=lambda one: (one.placement.practitioner != wanted.practitioner, abs(one.start - wanted.start)),
        )[:NEAREST]


def in_a_free_room(appointment: Appointment, wanted: Placement, now: dt.datetime) -> Placement:
    """A place in a room that is free then; in the room that was wanted when there is none."""
    date = wanted.start.date()
    moving = Moving(appointment, date, date + DAY, now)
    found = moving.at(wanted.start, wanted.location, wanted.practitioner)
    return found.placement if found else wanted


def ways_to_overlap(appointment: Appointment, wanted: Placement, now: dt.datetime) -> list[Shared]:
    """How an appointment can be at a place that is taken; none when it is free."""
    date = wanted.start.date()
    move = move_of(appointment=appointment, first=date, last=date, now=now)
    if not move.why_not(wanted):
        return []
    return ways_to_share(move.instance, wanted, now=now, leaving_out=[appointment.pk])


def nearest_places(appointment: Appointment, now: dt.datetime) -> list[Offered]:
    """Up to two places in which an appointment can be, nearest to its own: with the same person before others."""
    was, today = placement_of(appointment), wall_time(now).date()
    first = max(was.start.date() - WEEK, today)
    moving = Moving(appointment, first, first + 2 * WEEK, now)
    need = moving.instance.needs[0]
    slots = (slot for day in candidates(moving.instance)[kind_of(need)].values() for slot in day)
    places = [placement(need, slot, None) for slot in slots]
    places.sort(key=lambda one: (one.practitioner != was.practitioner, abs(one.start - was.start), one.start))
    found = (moving.at(one.start, one.location, one.practitioner) for one in places)
    return [*islice(filter(None, found), ALTERNATIVES)]


class _Reader:
    """Reads one agenda: the days, the people or rooms, what is booked, and what is closed."""

    def __init__(self, asked: Asked, by: Staff, now: dt.datetime, moving: Moving | None) -> None:
        self.asked, self.by, self.now, self.moving = asked, by, now, moving
        self.today = wall_time(now).date()
        self.locations = tuple(Location.objects.filter(is_active=True))
        self.location = self._location()
        self.dates = [asked.first + DAY * number for number in range(asked.days)]
        self.start, self.end = (moment(dt.datetime.combine(date, dt.time())) for date in (asked.first, asked.until))
        self.visits = _with_shared(list(self._visits()))
        self.here = str(self.location.pk) if self.location else ""

    def _location(self) -> Location | None:
        """The location that was asked for, else the one where this person works, else the first."""
        wanted = [self.asked.location, self.by.only_location_id]
        known = {location.pk: location for location in self.locations}
        return next((known[pk] for pk in wanted if pk in known), next(iter(self.locations), None))

    def _visits(self) -> Iterator[Shown]:
        seen = Patient.objects.visible_to(self.by).filter(pk=OuterRef("patient_id"))
        rows = Appointment.objects.live().between(self.start, self.end).filter(location=self.location)
        rows = rows.exclude(state=AppointmentState.HELD, held_until__lte=self.now)
        say = _Saying(may_move=self.moving is None and self.by.may(Act.BOOK_APPOINTMENTS))
        for row in rows.annotate(is_visible=Exists(seen)).order_by("starts", "pk").values(*COLUMNS):
            yield say.shown(row)

    # --- people and rooms -------------------------------------------------------------------------------------------

    def ones(self) -> list[tuple[int, str]]:
        """The people who work at this location, or its rooms: those with an agenda here."""
        return [*(self._rooms() if self.asked.by is By.ROOM else self._practitioners())]

    def _practitioners(self) -> Iterable[tuple[int, str]]:
        booked = {visit.practitioner_id for visit in self.visits}
        works = Q(working_hours__location=self.location, staff__is_active=True) | Q(pk__in=booked)
        rows: QuerySet[Practitioner] = Practitioner.objects.filter(works).distinct().order_by("staff__name", "pk")
        return rows.values_list("pk", "staff__name")

    def _rooms(self) -> Iterable[tuple[int, str]]:
        booked = {visit.room_id for visit in self.visits}
        rows = Room.objects.filter(Q(location=self.location, is_active=True) | Q(pk__in=booked))
        return rows.order_by("name", "pk").values_list("pk", "name")

    def _whose(self, visit: Shown) -> int | None:
        return visit.room_id if self.asked.by is By.ROOM else visit.practitioner_id

    def _closed_and_free(
        self, people: Sequence[int], *, with_visits: bool
    ) -> dict[str, tuple[tuple[Free, ...], tuple[Closed, ...]]]:
        """For each person or room, by its code, what is free and what is closed."""
        known: Instance | Calendar
        if self.moving is not None:
            known = self.moving.instance
        else:
            known = calendar_for(
                first=self.asked.first,
                last=self.asked.until - DAY,
                now=min(self.now, self.start),
                practitioners=people if self.asked.by is By.PRACTITIONER else [],
                locations=[self.location.pk] if self.location else [],
                with_rooms=self.asked.by is By.ROOM,
                with_visits=with_visits,
            )
        rows = known.rooms if self.asked.by is By.ROOM else known.practitioners
        return {one.code: (one.free, one.closed) for one in rows}

    # --- columns ----------------------------------------------------------------------------------------------------

    def columns(
        self, ones: Sequence[tuple[int, str]], *, with_visits: bool = True
    ) -> dict[tuple[int, dt.date], Column]:
        """A column for every person or room and every day; without visits what is free is all that is worked."""
        open_hours = self._closed_and_free([pk for pk, _name in ones], with_visits=with_visits)
        entries = defaultdict(list)
        for visit in self.visits:
            entries[self._whose(visit), visit.span.start.date()].append(visit)
        found = {}
        for pk, _name in ones:
            free, closed = open_hours.get(str(pk), ((), ()))
            by_date = defaultdict(list)
            for one in free:
                if one.location == self.here:
                    by_date[one.span.start.date()].append(one.span)
            why = [one for one in closed if one.cause not in (TAKEN if self.moving else NOT_SHOWN)]
            for date in self.dates:
                day = _all_day(date)
                on_day = tuple(one for one in why if one.span.meets(day))
                shown = (Entry(visit.span, _noting(visit, on_day)) for visit in entries[pk, date])
                found[pk, date] = Column(date, tuple(shown), tuple(by_date[date]), on_day, what=(pk, date))
        return found

    def agenda(self) -> Agenda:
        """All of it."""
        ones = self.ones()
        known = {pk for pk, _name in ones}
        one = self.asked.whose if self.asked.whose in known else None
        shown = [each for each in ones if one in (None, each[0])]
        in_rows_of_time = self._is_grid(one) and self.asked.form is not Form.LIST
        columns = self.columns(shown, with_visits=in_rows_of_time)
        dates = self._days_with_something(columns)
        days = tuple(self._day(date, [columns[pk, date] for pk, _name in shown]) for date in dates)
        heads = [Head(name, self._only(pk)) for pk, name in shown] if self._is_grid(one) and one is None else None
        around = Agenda(
            self.asked,
            self.location,
            self.locations,
            tuple(ones),
            tuple(heads or map(self._of_day, dates)),
            days,
            count=sum(len(columns[pk, date].entries) for pk, _name in shown for date in dates),
        )
        if self.asked.form is Form.LIST:
            return around
        if not self._is_grid(one):
            return replace(around, overview=tuple(self._row(name, pk, columns, dates) for pk, name in shown))
        in_order = [columns[pk, date] for pk, _name in shown for date in dates]
        laid_out = table(in_order)
        return replace(around, step=laid_out.step, grid=self._lines(laid_out) if in_order else ())

    def _row(
        self, name: str, pk: int, columns: Mapping[tuple[int, dt.date], Column], dates: Iterable[dt.date]
    ) -> tuple[Head, tuple[Day, ...]]:
        """The days of one person or room."""
        return Head(name, self._only(pk)), tuple(self._day(date, [columns[pk, date]]) for date in dates)

    def _is_grid(self, one: int | None) -> bool:
        """Whether the table has rows of time: not for a week of everybody, which would be too wide."""
        return self.asked.range is Range.DAY or one is not None

    def _lines(self, laid_out: Table) -> tuple[Line, ...]:
        """The rows, with the places to which an appointment can be moved in the cells where it is free."""
        if self.moving is None:
            return laid_out.lines
        return tuple(
            replace(line, cells=tuple(self._offering(cell) if cell else None for cell in line.cells))
            for line in laid_out.lines
        )

    def _offering(self, cell: Cell) -> Cell:
        if self.moving is None or cell.use is not Use.FREE or not _is_a_start(cell.start):
            return cell
        whose = {"room" if self.asked.by is By.ROOM else "practitioner": str(cell.what[0])}
        return replace(cell, what=self.moving.at(cell.start, self.here, **whose))

    def _day(self, date: dt.date, columns: list[Column]) -> Day:
        day = _day(date, columns)
        if self.moving is None:
            return day
        found = [place for column in columns for place in self.moving.places(column, self.asked.by, self.here)]
        return replace(day, places=tuple(sorted(found, key=lambda place: place.start)))

    def _days_with_something(self, columns: Mapping[tuple[int, dt.date], Column]) -> list[dt.date]:
        """The days to show: of a week the weekend only when something is on."""
        busy = {date for (_pk, date), column in columns.items() if column.entries or column.free}
        return [date for date in self.dates if self.asked.range is Range.DAY or date.isoweekday() <= 5 or date in busy]

    def _of_day(self, date: dt.date) -> Head:
        query = self.asked.query() | {"date": date.isoformat(), "range": Range.DAY.value}
        return Head(day_name(date), query, date == self.today)

    def _only(self, pk: int) -> dict[str, str]:
        return self.asked.query() | {"whose": str(pk), "range": Range.WEEK.value}


def _is_a_start(at: dt.datetime) -> bool:
    """Whether a visit may be offered at a time; in a board of five minutes not at every one of them."""
    return at.minute % FINEST == 0 or at.minute % 15 == 0


def day_name(date: dt.date) -> str:
    """A day as the agenda writes it: "ma 30 nov"."""
    return date_format(date, "D j b")


def _all_day(date: dt.date) -> Span:
    midnight = dt.datetime.combine(date, dt.time())
    return Span(midnight, midnight + DAY)


def _day(date: dt.date, kept: Sequence[Column]) -> Day:
    visits = sorted((entry.what for column in kept for entry in column.entries), key=lambda visit: visit.span.start)
    causes = {said(one): _when(one, date) for column in kept for one in reversed(column.closed)}
    closed = tuple(f"{when} {why}".strip() for why, when in reversed(causes.items()))
    return Day(date, tuple(visits), closed)


def _when(closed: Closed, date: dt.date) -> str:
    """At which hours of a day something is closed; empty when it is all day."""
    day = _all_day(date)
    if closed.span.start <= day.start and closed.span.end >= day.end:
        return ""
    start, end = max(closed.span.start, day.start), min(closed.span.end, day.end)
    return f"{start:%H:%M}–{end:%H:%M}"


def said(closed: Closed) -> str:
    """Why time is closed, in the reader's language."""
    return closed.text.in_language(get_language() or "nl")


def _noting(visit: Shown, closed: Iterable[Closed]) -> Shown:
    """The same appointment, with what is closed over it: it cannot go on as it stands."""
    over = next((one for one in closed if one.span.meets(visit.span)), None)
    return visit if over is None else replace(visit, in_closed_time=said(over))


def _with_shared(visits: list[Shown]) -> list[Shown]:
    """The same appointments; those that overlap on purpose are marked, whichever of them says why."""
    on_purpose = [visit for visit in visits if visit.overlap_because]
    return [
        replace(visit, is_shared=True) if any(_shares(visit, other) for other in on_purpose) else visit
        for visit in visits
    ]


def _shares(visit: Shown, other: Shown) -> bool:
    """Whether two appointments are the same one, or share time with somebody or in a room."""
    same_room = visit.room_id is not None and visit.room_id == other.room_id
    return visit.span.meets(other.span) and (same_room or visit.practitioner_id == other.practitioner_id)


class _Saying:
    """Says rows of appointments; what is the same for all of them is worked out once, since a week has hundreds."""

    def __init__(self, *, may_move: bool) -> None:
        self.may_move = may_move
        self.kind = "kind__name_en" if (get_language() or "nl").startswith("en") else "kind__name_nl"
        self.page, self.move_page = (reverse(name, args=[NOBODY]) for name in ("appointment", "appointment_move"))

    def shown(self, row: Mapping[str, Any]) -> Shown:
        """An appointment as somebody may read it."""
        start, end = wall_time(row["starts"]), wall_time(row["ends"])
        is_visible, pk = row["is_visible"], str(row["pk"])
        can_be_moved = self.may_move and is_visible and row["state"] == AppointmentState.BOOKED
        return Shown(
            span=Span(start, max(end, start + dt.timedelta(minutes=1))),
            patient=_listed(row) if is_visible else "",
            url=self.page.replace(NOBODY, pk) if is_visible else "",
            kind=row[self.kind],
            state=row["state"],
            practitioner_id=row["practitioner_id"],
            practitioner=row["practitioner__staff__name"],
            room_id=row["room_id"],
            room=row["room__name"] or "",
            overlap_because=row["overlap_because"],
            version=row["version"],
            move_url=self.move_page.replace(NOBODY, pk) if can_be_moved else "",
        )


def _listed(row: Mapping[str, Any]) -> str:
    family, prefix, given, initials, partner, partner_prefix, order = (row[f"patient__{part}"] for part in NAME_PARTS)
    return PersonName(family, prefix, given, initials, partner, partner_prefix, NameOrder(order)).listed()


# --- on the telephone -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """A place to offer on the telephone: what the button sends, with whom, why, and what to say."""

    option: Option
    who: str
    say: str

    @property
    def value(self) -> str:
        """What the button sends."""
        return as_sent(self.option.placement)


class Call:
    """A patient on the telephone, for one visit: whose it is, of which plan, and which places can be offered."""

    def __init__(self, patient: Patient, kind: AppointmentKind, by: Staff, now: dt.datetime) -> None:
        self.patient, self.kind, self.by, self.now = patient, kind, by, now
        self.held: list[Appointment] = []
        self.plan, self.number = self._session(by)
        episodes = Episode.objects.visible_to(by).open().filter(patient=patient).select_related("practitioner__staff")
        episode = self.plan.episode if self.plan else episodes.order_by("-opened_on").first()
        self.own: Practitioner | None = episode.practitioner if episode else None
        self.language = "nl" if patient.language == "nl" else "en"

    def _session(self, by: Staff) -> tuple[Plan | None, int | None]:
        """The first session of the patient's plan that is not booked, when one is asked for.

        What is merely held for a proposal of a series is not booked.
        """
        if self.kind.code != "session":
            return None, None
        of_patient = Plan.objects.filter(life="active", episode__patient=self.patient)
        readable = of_readable_patients(of_patient, by, "episode__patient_id")
        for plan in with_sessions(readable).order_by("-activated_at"):
            proposed = proposed_for(plan, self.now)
            if to_book := sessions_of(plan, now=self.now, leaving_out=[row.pk for row in proposed]).to_book:
                self.held = proposed
                return plan, to_book[0]
        return None, None

    @property
    def proposal(self) -> Appointment | None:
        """A visit that is held because this series is being proposed right now: it says by whom and until when."""
        return self.held[0] if self.held else None

    @property
    def is_proposed_by_a_colleague(self) -> bool:
        """Whether a colleague is proposing this series, so that nothing of it can be booked here."""
        return any(row.by_id != self.by.pk for row in self.held)

    @property
    def minutes(self) -> int:
        """How long the visit lasts: as the plan says, or as is usual for its kind."""
        if self.plan is None or self.number is None:
            return self.kind.minutes
        return sessions_of(self.plan, now=self.now).planned[self.number].minutes

    def offers(self, *, who: str, parts: Iterable[str], first: dt.date, page: int) -> list[Offer]:
        """Three places, judged by the same conditions as a booking."""
        if self.is_proposed_by_a_colleague:
            return []
        last = first + HORIZON
        visit = Appointment(kind=self.kind, patient=self.patient, plan=self.plan, session_number=self.number)
        visit.episode = self.plan.episode if self.plan else None
        let_go = [row.pk for row in self.held]
        move = move_of(appointment=visit, first=first, last=last, now=self.now, leaving_out=let_go)
        need = replace(move.instance.needs[0], number=self.number or 1, minutes=self.minutes)
        own = str(self.own.pk) if self.own and who == "own" else None
        wishes = Preferences(practitioner=own, day_parts=frozenset(map(DayPart, parts)))
        instance = replace(move.instance, needs=(need,), preferences=wishes)
        names = {one.code: one.name for one in instance.practitioners}
        return [
            self._offer(option, names[option.placement.practitioner])
            for option in options(instance, lambda place: not move.why_not(place), page)
        ]

    def _offer(self, option: Option, who: str) -> Offer:
        return Offer(option, who, spoken.offer(option.placement.start, who).in_language(self.language))
