"""Reads hours, leave, holidays, rooms and appointments into who is free when.

Codes of practitioners, rooms and locations are their primary keys. The number of queries does not depend on the number
of rows: the rows of the whole stretch of days are read at once.
"""

import datetime as dt
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from intake.domain.text import Text
from practice.models import Absence, Closure, HolidayOverride, Location, OpeningHours, WorkingHours
from practice.models import Practitioner as PractitionerRow
from practice.models import Room as RoomRow
from scheduling.domain.clock import moment, wall_time
from scheduling.domain.instance import (
    Closed,
    Free,
    Practitioner,
    Room,
    Span,
)
from scheduling.domain.life import AppointmentState
from scheduling.models import Appointment, AppointmentKind, RecurringBlock

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Who works when and which rooms are free, in a stretch of days; and the kinds of visit by their codes."""

    practitioners: tuple[Practitioner, ...]
    rooms: tuple[Room, ...]
    kinds: Mapping[str, AppointmentKind]


# --- wall time ------------------------------------------------------------------------------------------------------


def span_of(starts: dt.datetime, ends: dt.datetime) -> Span:
    """The wall time between two moments; in the night in which the clock goes back it may seem longer than it is."""
    start, end = wall_time(starts), wall_time(ends)
    return Span(start, end if start < end else start + (ends - starts))


def _read(written: str) -> dt.datetime:
    """A moment as a database writes it: with its distance to UTC, or in UTC without saying so."""
    read = dt.datetime.fromisoformat(written)
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def _on(date: dt.date, starts: dt.time, ends: dt.time) -> Span:
    return Span(dt.datetime.combine(date, starts), dt.datetime.combine(date, ends))


def all_day(date: dt.date) -> Span:
    """A date from midnight to midnight."""
    return Span(dt.datetime.combine(date, dt.time()), dt.datetime.combine(date + DAY, dt.time()))


# --- spans of time --------------------------------------------------------------------------------------------------


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as possible, in order."""
    in_order = sorted(spans, key=attrgetter("start"))
    if not in_order:
        return []
    joined = []
    start, end = in_order[0].start, in_order[0].end
    for one in in_order:
        if one.start > end:
            joined.append(Span(start, end))
            start, end = one.start, one.end
        elif one.end > end:
            end = one.end
    return [*joined, Span(start, end)]


def _meeting(spans: list[Span], ends: list[dt.datetime], other: Span) -> Iterator[Span]:
    """Those of spans that are in order and apart, with their ends, that share a moment with another one."""
    for span in islice(spans, bisect_right(ends, other.start), None):
        if span.start >= other.end:
            return
        yield span


def _less(spans: Iterable[Span], closed: Iterable[Span]) -> Iterator[Span]:
    """What remains of spans that are in order when closed time is taken out of them."""
    cuts = _joined(closed)
    ends = [cut.end for cut in cuts]
    for span in spans:
        start = span.start
        for cut in _meeting(cuts, ends, span):
            if start < cut.start:
                yield Span(start, cut.start)
            start = cut.end
        if start == span.start:
            yield span
        elif start < span.end:
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
    hours: dict[int, list[OpeningHours]] = field(init=False)
    closed_at: dict[int, list[Closed]] = field(init=False)
    past: Closed = field(init=False)
    taken: "_Taken" = field(init=False)

    def __post_init__(self) -> None:
        long_ago = wall_time(self.now) - 2 * 366 * DAY
        self.past = Closed(Span(long_ago, wall_time(self.now)), "past", Text("Dat is al voorbij.", "That is past."))
        known = Location.objects.filter(is_active=True)
        codes = list(known.filter(pk__in=self.locations) if self.locations is not None else known)
        self.hours = self._hours([location.pk for location in codes])
        self.closed_at = self._closed([location.pk for location in codes])
        self.taken = self._visits() if self.with_visits else _Taken()

    @property
    def days(self) -> Iterator[dt.date]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield dt.date.fromordinal(ordinal)

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """The first moment of the stretch, and the first after it."""
        return moment(all_day(self.first).start), moment(all_day(self.last).end)

    def _hours(self, codes: list[int]) -> dict[int, list[OpeningHours]]:
        """The opening hours of each location. One without any is open whenever somebody works there."""
        rows: dict[int, list[OpeningHours]] = {code: [] for code in codes}
        for row in OpeningHours.objects.filter(location__in=codes):
            rows[row.location_id].append(row)
        return rows

    def _opening(self, code: int) -> list[Span]:
        """When a location is open."""
        rows = self.hours[code]
        if not rows:
            return _joined(map(all_day, self.days))
        dates = list(self.days)
        return _joined(
            _on(date, row.opens, row.closes) for row in rows for date in dates if row.weekday == date.isoweekday()
        )

    def _closed(self, codes: list[int]) -> dict[int, list[Closed]]:
        """What closes each location: public holidays and what the practice decided about them, and closures."""
        decided = self._decided()
        closed: dict[int, list[Closed]] = {code: list(self._holidays(code, decided)) for code in codes}
        for closure in Closure.objects.filter(*self._meeting()):
            text = _because("De praktijk is gesloten", "The practice is closed", closure.reason)
            at = codes if closure.location_id is None else [closure.location_id]
            for code in set(at) & closed.keys():
                closed[code].append(Closed(span_of(closure.starts, closure.ends), "closed", text))
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
                yield Closed(all_day(date), "holiday", text)

    # --- practitioners ----------------------------------------------------------------------------------------------

    def practitioners(self, chosen: Collection[int] | None) -> Iterator[Practitioner]:
        if chosen is not None and not chosen:
            return
        known = PractitionerRow.objects.filter(staff__is_active=True).select_related("staff")
        wanted = known if chosen is None else known.filter(pk__in=chosen)
        rows = list(wanted.prefetch_related("competences").order_by("staff__name", "pk"))
        work, leave, blocks = self._work(rows), self._leave(rows), self._blocks()
        for row in rows:
            away, is_busy = _away(row.staff.name), _busy(row.staff.name)
            absent = [Closed(span, "leave", away) for span in leave[row.pk]]
            busy = [Closed(span, "taken", is_busy) for span in _joined(self.taken.of_people[row.pk])]
            own = [block for block in blocks if block.practitioner in (None, row.pk)]
            yield self._practitioner(row, work[row.pk], absent, own, busy)

    def _practitioner(
        self,
        row: PractitionerRow,
        work: Mapping[int, list[Span]],
        absent: list[Closed],
        blocks: list["_Block"],
        busy: list[Closed],
    ) -> Practitioner:
        """Closed time counts where there is work."""
        free: list[Free] = []
        closed = [*absent]
        for location, spans in sorted(work.items()):
            ends = [span.end for span in spans]
            own = [block.closed for block in blocks if block.location in (None, location)]
            here = [*self.closed_at[location], *absent, *own]
            for one in here:
                closed += [_part(one, span) for span in _meeting(spans, ends, one.span)]
            cuts = [one.span for one in (*here, *busy, self.past)]
            free += [Free(span, str(location)) for span in _less(spans, cuts)]
        closed.sort(key=_by_weight)
        return Practitioner(str(row.pk), row.staff.name, row.competence_codes, tuple(free), (self.past, *closed, *busy))

    def _work(self, rows: list[PractitionerRow]) -> dict[int, dict[int, list[Span]]]:
        """For each practitioner and location the working hours within the hours that it is open."""
        spans: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
        hours = WorkingHours.objects.filter(practitioner__in=rows, location__in=self.hours, valid_from__lte=self.last)
        for row in hours.exclude(valid_until__lt=self.first):
            there = spans[row.practitioner_id][row.location_id]
            pieces = list(self._within_opening(row))
            there += [_on(date, *piece) for date in row.dates(self.first, self.last) for piece in pieces]
        return defaultdict(
            dict,
            {person: {place: _joined(times) for place, times in places.items()} for person, places in spans.items()},
        )

    def _within_opening(self, row: WorkingHours) -> Iterator[tuple[dt.time, dt.time]]:
        """The pieces of working hours in which their location is open on that day of the week."""
        opening = self.hours[row.location_id]
        if not opening:
            yield row.starts, row.ends
        for one in opening:
            if one.weekday == row.weekday and one.opens < row.ends and row.starts < one.closes:
                yield max(row.starts, one.opens), min(row.ends, one.closes)

    def _leave(self, rows: list[PractitionerRow]) -> dict[int, list[Span]]:
        spans: dict[int, list[Span]] = defaultdict(list)
        for row in Absence.objects.filter(*self._meeting(), practitioner__in=rows):
            spans[row.practitioner_id].append(span_of(row.starts, row.ends))
        return spans

    def _blocks(self) -> list["_Block"]:
        rows = RecurringBlock.objects.filter(valid_from__lte=self.last).exclude(valid_until__lt=self.first)
        found = []
        for row in rows:
            why = _because("Bezet", "Taken", row.title)
            for date in row.dates(self.first, self.last):
                closed = Closed(_on(date, row.starts, row.ends), "block", why)
                found.append(_Block(closed, row.practitioner_id, row.location_id))
        return found

    def _visits(self) -> "_Taken":
        """The time that live appointments take; a hold that is over takes nothing any more.

        There may be thousands, and many begin and end together: their moments come as text, and each is read once.
        """
        live = Appointment.objects.live().between(*self.moments).exclude(pk__in=self.leaving_out)
        live = live.exclude(state=AppointmentState.HELD, held_until__lte=self.now)
        written = [Cast(name, TextField()) for name in ("starts", "ends")]
        known: dict[tuple[str, str], Span] = {}
        taken = _Taken()
        for practitioner, room, starts, ends in live.values_list("practitioner_id", "room_id", *written):
            span = known.get((starts, ends))
            if span is None:
                span = known[starts, ends] = span_of(_read(starts), _read(ends))
            taken.of_people[practitioner].append(span)
            taken.of_rooms[room].append(span)
        return taken

    # --- rooms ------------------------------------------------------------------------------------------------------

    def rooms(self) -> Iterator[Room]:
        opening = {code: self._opening(code) for code in self.hours}
        rows = RoomRow.objects.filter(is_active=True, location__in=opening)
        for row in rows.order_by("location", "name", "pk"):
            is_busy = _busy(row.name)
            busy = [Closed(span, "taken", is_busy) for span in _joined(self.taken.of_rooms[row.pk])]
            closed = [*self.closed_at[row.location_id], *busy]
            free = _less(opening[row.location_id], [one.span for one in closed])
            code = str(row.location_id)
            yield Room(str(row.pk), row.kind, tuple(Free(span, code) for span in free), tuple(closed))


def _taking() -> dict[int | None, list[Span]]:
    return defaultdict(list)


@dataclass(frozen=True, slots=True)
class _Taken:
    """The time that visits take, by practitioner and by room."""

    of_people: dict[int | None, list[Span]] = field(default_factory=_taking)
    of_rooms: dict[int | None, list[Span]] = field(default_factory=_taking)


class _Block(NamedTuple):
    """One time that a recurring block takes: everybody's or one's own, at one location or all."""

    closed: Closed
    practitioner: int | None
    location: int | None


def _part(closed: Closed, of: Span) -> Closed:
    """The part of closed time that lies in a span which it meets."""
    start, end = max(closed.span.start, of.start), min(closed.span.end, of.end)
    return Closed(Span(start, end), closed.cause, closed.text)


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
    with_rooms: bool = True,
    kinds: Mapping[str, AppointmentKind] | None = None,
) -> Calendar:
    """Who is free when, and which rooms, from `first` up to and including `last`, later than `now`.

    `practitioners` and `locations` are primary keys; None takes all. `leaving_out` names appointments that count as not
    there, such as those that are being moved; without visits none of them counts, only hours and what closes them.
    Who asks about people only can leave the rooms out; `kinds` saves reading them again.
    """
    reading = _Reading(first, last, now, locations, leaving_out, with_visits)
    kinds = kinds if kinds is not None else AppointmentKind.objects.all().by_code()
    rooms = tuple(reading.rooms()) if with_rooms else ()
    return Calendar(tuple(reading.practitioners(practitioners)), rooms, kinds)
