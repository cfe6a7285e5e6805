"""What made a better place of a session impossible: the one cause that a desk would name on the telephone."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice

from scheduling.domain import words
from scheduling.domain.alternatives import free_days
from scheduling.domain.candidates import kind_of, wall
from scheduling.domain.constraints import (
    Case,
    asked_weekday,
    not_after,
    not_before,
    referral_is_valid,
    why_closed,
)
from scheduling.domain.instance import Closed, DayPart, Practitioner, Reason, Room, Span, Wish
from scheduling.domain.solver import Search

LOOKED_AT = 14  # better days at most, for one session
ON_THE_DAY = frozenset({"preferred_practitioner", "same_practitioner", "day_part", "same_time"})
AT_A_TIME = frozenset({"taken", "full", "room", "patient"})  # causes that hold at one time of a day
OF_A_DAY = frozenset({"rhythm", "weekday"})  # for the others, a day that is closed every week is no news
EXCEPTIONS = frozenset({"holiday", "closed", "leave", "block"})  # what differs from other weeks explains most
EVERY_WEEK = frozenset({"full", "no_work", "weekdays"})  # what is so every week explains least
STARTS_OF = {
    DayPart.MORNING: (0, 12 * 60 - 1),
    DayPart.AFTERNOON: (12 * 60, 18 * 60 - 1),
    DayPart.EVENING: (1080, 1439),
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The place that was wanted: with whom, and between which minutes of a day it would start."""

    case: Case
    who: Practitioner | None
    first: int
    last: int

    @property
    def minutes(self) -> int:
        return self.case.placement.minutes

    @property
    def is_one_time(self) -> bool:
        return self.first == self.last

    def span(self, day: int) -> Span:
        return Span(wall(day, self.first), wall(day, self.last) + dt.timedelta(minutes=self.minutes))


class InTheWay:
    """What stands in the way of the better days of one series, worked out for what is asked only."""

    def __init__(self, search: Search) -> None:
        self.search, self.instance = search, search.instance
        self._closed: dict[str, dict[int, list[Closed]]] = {}

    def of(self, case: Case, missed: Collection[str]) -> Reason | None:
        """The cause why a session misses these wishes (names of soft constraints); None when it is a matter of price.

        The first of the better days counts, but what is out of the ordinary goes before what is so every week.
        """
        wanted, best = self._wanted(case, missed), None
        for day in self._looked_at(case, missed):
            cause = self._on(wanted, day)
            if cause is None and day != case.date.toordinal():
                break  # a better day was possible
            if cause is None or (cause is words.PRACTICE_CLOSED and not OF_A_DAY & set(missed)):
                continue
            rank = 0 if cause.code in EXCEPTIONS else 2 if cause.code in EVERY_WEEK else 1
            if best is None or rank < best[0]:
                best = (rank, cause, day)
            if rank == 0:
                break
        return _said(best[1], best[2], wanted) if best else None

    def _wanted(self, case: Case, missed: Collection[str]) -> _Wanted:
        wishes = self.instance.preferences
        wished = wishes.practitioner or case.main
        who = next((one for one in self.instance.practitioners if one.code == wished), None)
        minute = case.minute if case.reference is None else case.reference
        if "day_part" in missed and DayPart.at(minute) not in wishes.day_parts:
            return _Wanted(case, who, *next(STARTS_OF[part] for part in DayPart if part in wishes.day_parts))
        return _Wanted(case, who, minute, minute)

    # --- the days that would have been better -----------------------------------------------------------------------

    def _looked_at(self, case: Case, missed: Collection[str]) -> Iterator[int]:
        """The day of the session when it is wrong in something else than its date, and then the better days."""
        own = [case.date.toordinal()] if ON_THE_DAY & set(missed) else []
        better = (self._better(case, name) for name in ("rhythm", "weekday", "early") if name in missed)
        return islice(dict.fromkeys(chain(own, *better)), LOOKED_AT)

    def _better(self, case: Case, wish: str) -> list[int]:
        """The days far enough from the other sessions that meet a wish about the date better, the best first."""
        days, own = free_days(self.instance, case.need, case.others), case.date.toordinal()
        if wish == "early":
            return list(range(days.start, own))
        if wish == "weekday":
            wished = self.instance.preferences.weekdays
            return sorted((day for day in days if (day - 1) % 7 + 1 in wished), key=lambda day: (abs(day - own), day))
        target = (case.before.start.toordinal() if case.before else own) + (case.need.ideal_gap or 0)
        off = abs(own - target)
        nearer = range(max(days.start, target - off + 1), min(days.stop, target + off))
        return sorted(nearer, key=lambda day: (abs(day - target), day))

    # --- why not on one of them -------------------------------------------------------------------------------------

    def _on(self, wanted: _Wanted, day: int) -> Reason | None:
        """Why the session cannot be as wanted on a day."""
        case, who = wanted.case, wanted.who
        if not self.search.wishes.starts(day, wanted.minutes) and (cause := _not_for_patient(wanted, day)):
            return cause
        if who is None:
            return None if self._anybody_is_free(case, day) else self._nobody(day)
        if not case.need.competences <= who.competences:
            return words.not_qualified(who.name)
        return self._with(who, wanted, day)

    def _with(self, who: Practitioner, wanted: _Wanted, day: int) -> Reason | None:
        """Why somebody who may give the session cannot give it as wanted on a day."""
        if free := self._free_at(who, wanted, day):
            return self._beside_free(wanted, day, free)
        closed = self._closed_on(who, day)
        cause = why_closed(closed, wanted.span(day)) if closed else None
        if cause is not None and cause.code != "taken":
            return cause
        if cause is None:
            works_for_others = day in self._work_days and day not in self._shut
            return words.does_not_work(who.name) if works_for_others else self._nobody(day)
        is_anybody_allowed = Wish.PRACTITIONER not in self.instance.preferences.strict
        return self._nobody(day) if is_anybody_allowed and not self._anybody_is_free(wanted.case, day) else cause

    def _beside_free(self, wanted: _Wanted, day: int, locations: Collection[str]) -> Reason | None:
        """What else than the practitioner stands in the way at the wanted time."""
        if not wanted.is_one_time or wanted.first % self.search.openings.cell:
            return None
        at, free = wanted.first // self.search.openings.cell, self.search.days[kind_of(wanted.case.need)].free
        if free.takes_room:
            with_room = free.with_room(day)
            if not any(with_room.get(location, 0) >> at & 1 for location in locations):
                return words.NO_ROOM
        return None if self.search.wishes.not_busy(day, wanted.minutes) >> at & 1 else words.PATIENT_BUSY

    def _anybody_is_free(self, case: Case, day: int) -> bool:
        """Whether anybody who may give the session has time on a day."""
        days = self.search.days[kind_of(case.need)]
        return any(one.by_day.get(day) for one in days.free.people if one.code in days.able)

    def _nobody(self, day: int) -> Reason:
        """What is said of a day on which nobody has time."""
        if day in self._shut:
            return self._shut[day]
        if day in self._work_days:
            return words.EVERYBODY_BOOKED
        return words.NOBODY_WORKS if day in self._open_days else words.PRACTICE_CLOSED

    @cached_property
    def _work_days(self) -> set[int]:
        """The days on which anybody has working hours, as far as these are not leave."""
        people = self.instance.practitioners
        closed = (one for who in people for one in who.closed if one.cause not in ("past", "leave"))
        return self._days_of_any(people) | {one.span.start.toordinal() for one in closed}

    @cached_property
    def _shut(self) -> Mapping[int, Reason]:
        """The days with a holiday or a closure for anybody."""
        closed = (
            one for who in self.instance.practitioners for one in who.closed if one.cause in ("holiday", "closed")
        )
        return {one.span.start.toordinal(): Reason(one.cause, one.text) for one in closed}

    @cached_property
    def _open_days(self) -> set[int]:
        """The days on which a room can be used."""
        return self._days_of_any(self.instance.rooms)

    def _days_of_any(self, ones: Iterable[Practitioner | Room]) -> set[int]:
        """The days on which any of these people or rooms is free for a session."""
        openings, step, minutes = self.search.openings, self.instance.slot_minutes, self.instance.needs[0].minutes
        by_days = (by_day for one in ones for by_day in openings.starts(one.free, minutes, step).values())
        return set().union(*by_days)

    def _free_at(self, who: Practitioner, wanted: _Wanted, day: int) -> list[str]:
        """The locations where somebody is free as wanted on a day."""
        openings, step = self.search.openings, self.instance.slot_minutes
        if wanted.is_one_time and wanted.first % step:
            there = wanted.span(day)
            return [one.location for one in who.free if one.span.start <= there.start and there.end <= one.span.end]
        bits = openings.between(wanted.first, wanted.last + 1)
        by_location = openings.starts(who.free, wanted.minutes, step)
        return [location for location, by_day in by_location.items() if by_day.get(day, 0) & bits]

    def _closed_on(self, who: Practitioner, day: int) -> Sequence[Closed]:
        """What closes somebody on a day of the series."""
        if not who.closed:
            return ()
        if who.code not in self._closed:
            first = min(need.earliest for need in self.instance.needs).toordinal()
            last = max(need.latest for need in self.instance.needs).toordinal()
            by_day = self._closed[who.code] = defaultdict(list)
            for closed in who.closed:
                for one in _days_of(closed.span, first, last):
                    by_day[one].append(closed)
        return self._closed[who.code].get(day, ())


def _days_of(span: Span, first: int, last: int) -> range:
    """The days between two others on which a span lies."""
    end = span.end.toordinal() if span.end.time() != dt.time() else span.end.toordinal() - 1
    return range(max(span.start.toordinal(), first), min(end, last) + 1)


def _not_for_patient(wanted: _Wanted, day: int) -> Reason | None:
    """Why the patient cannot come on a day, whatever the agenda says."""
    case = wanted.case
    there = replace(case, placement=replace(case.placement, start=wall(day, wanted.first)))
    return not_before(there) or not_after(there) or referral_is_valid(there) or asked_weekday(there)


def _said(cause: Reason, day: int, wanted: _Wanted) -> Reason:
    """A cause with whose it is, where that is not in it, and on which day unless that is the session's own."""
    if cause.code == "block" and wanted.who:
        cause = words.of_somebody(wanted.who.name, cause)
    if day == wanted.case.date.toordinal():
        return cause
    is_at_a_time = cause.code in AT_A_TIME and wanted.is_one_time and cause is not words.EVERYBODY_BOOKED
    return words.on_day(dt.date.fromordinal(day), wanted.first if is_at_a_time else None, cause)
