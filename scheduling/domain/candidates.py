"""Where each session of a series could be, before looking at the others, and what that costs by itself.

What is free is worked out for each day when it is asked for, as bits (`scheduling.domain.openings`); the slots that
these stand for are made for the few days of which somebody wants to see them.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from scheduling.domain.clock import is_true_span
from scheduling.domain.instance import DayPart, Instance, Need, Placement, Practitioner, Room, Wish
from scheduling.domain.openings import DAY, Bits, ByDay, Openings, cell_minutes, positions

SAFE_FROM, SAFE_UNTIL = 4 * 60, 23 * 60  # the clock changes at night only; sessions between these need no closer look

Taken = Mapping[str, ByDay]  # by practitioner ("p:code") or room ("r:code"), the pieces of time that others have
NOTHING_TAKEN: Taken = {}


class Slot(NamedTuple):
    """One way to give a session: on a day, at a minute of it, with somebody, in one of these rooms."""

    day: int
    minute: int
    practitioner: str
    location: str
    rooms: tuple[str, ...]
    base: int  # cost of the wishes that do not depend on the rest of the series


@dataclass(frozen=True, slots=True)
class Kind:
    """What sessions that can be given in the same places have in common."""

    minutes: int
    competences: frozenset[str]
    room_kind: str | None


class Starts(NamedTuple):
    """When sessions can start on one day with somebody at a location."""

    practitioner: str
    location: str
    bits: Bits


def kind_of(need: Need) -> Kind:
    """What a session takes."""
    return Kind(need.minutes, need.competences, need.room_kind)


def minutes(at: dt.datetime) -> int:
    """Minutes since day 0."""
    return at.toordinal() * DAY + at.hour * 60 + at.minute


def wall(day: int, minute: int) -> dt.datetime:
    """The wall time of a minute of a day."""
    return dt.datetime.combine(dt.date.fromordinal(day), dt.time(minute // 60, minute % 60))


def candidates(instance: Instance, openings: Openings | None = None) -> dict[Kind, "Days"]:
    """For each kind of session the slots that meet every condition which does not depend on other sessions.

    `openings` saves working out the free time of a practice again for each of several instances.
    """
    wishes = Wishes(instance, openings or Openings(cell_minutes((instance,))))
    return days_of_kinds(map(kind_of, instance.asked), wishes)


def days_of_kinds(kinds: Iterable[Kind], wishes: "Wishes", taken: Taken = NOTHING_TAKEN) -> dict[Kind, "Days"]:
    """The same, beside what others have taken."""
    free: dict[tuple[int, str | None], FreeTime] = {}
    days = {}
    for kind in dict.fromkeys(kinds):
        key = (kind.minutes, kind.room_kind)
        if key not in free:
            free[key] = FreeTime(*key, wishes, taken)
        days[kind] = Days(kind, free[key])
    return days


class _Open(NamedTuple):
    """Somebody or a room, and when sessions can start there."""

    code: str
    location: str
    by_day: ByDay


class FreeTime:
    """When sessions of one length, in one kind of room, can start with everybody who can and may give some session."""

    def __init__(self, minutes: int, room_kind: str | None, wishes: "Wishes", taken: Taken) -> None:
        self.minutes, self.takes_room, self.wishes, self.taken = minutes, room_kind is not None, wishes, taken
        instance = wishes.instance
        asked = {need.competences for need in instance.asked}
        able = [one for one in instance.practitioners if any(competences <= one.competences for competences in asked)]
        self.people = self._open(one for one in able if wishes.allow(one.code))
        self.rooms = self._open(one for one in instance.rooms if one.kind == room_kind)
        self._starts: dict[int, list[Starts]] = {}

    def _open(self, ones: Iterable[Practitioner | Room]) -> list[_Open]:
        openings, step = self.wishes.openings, self.wishes.instance.slot_minutes
        return [
            _Open(one.code, location, by_day)
            for one in sorted(ones, key=lambda one: one.code)
            for location, by_day in sorted(openings.starts(one.free, self.minutes, step).items())
        ]

    def days(self) -> list[int]:
        """Every day on which anybody works."""
        return sorted({day for one in self.people for day in one.by_day})

    def starts(self, day: int) -> list[Starts]:
        """When sessions can start on a day, with whom and where."""
        if day not in self._starts:
            self._starts[day] = self._new_starts(day)
        return self._starts[day]

    def _new_starts(self, day: int) -> list[Starts]:
        possible = self.wishes.starts(day, self.minutes)
        if not possible:
            return []
        with_room = self.with_room(day) if self.takes_room else None
        found = []
        for code, location, by_day in self.people:
            bits = by_day.get(day, 0) & possible
            if bits and with_room is not None:
                bits &= with_room.get(location, 0)
            if bits and self.taken:
                bits &= ~self._gone(f"p:{code}", day)
            if bits:
                found.append(Starts(code, location, bits))
        return self.wishes.on_true_time(found, day, self.minutes)

    def with_room(self, day: int) -> dict[str, Bits]:
        """When any room is free, by location."""
        free: dict[str, Bits] = {}
        for code, location, by_day in self.rooms:
            bits = by_day.get(day, 0)
            if self.taken:
                bits &= ~self._gone(f"r:{code}", day)
            free[location] = free.get(location, 0) | bits
        return free

    def _gone(self, code: str, day: int) -> Bits:
        """The starts at which a session would meet what others have taken."""
        if code not in self.taken:
            return 0
        cell, taken = self.wishes.openings.cell, self.taken[code]
        pieces = taken.get(day, 0) | taken.get(day + 1, 0) << DAY // cell
        gone = pieces
        for later in range(1, self.minutes // cell):
            gone |= pieces >> later
        return gone

    def rooms_at(self, day: int, at: int, location: str) -> tuple[str, ...]:
        """The rooms in which a session can start then."""
        here = [one for one in self.rooms if one.location == location and one.by_day.get(day, 0) >> at & 1]
        return tuple([one.code for one in here if not self._gone(f"r:{one.code}", day) >> at & 1])


class Days(Mapping[int, tuple[Slot, ...]]):
    """The slots of one kind of session on each day that has any; those of a day by what they cost, the lowest first."""

    def __init__(self, kind: Kind, free: FreeTime) -> None:
        self.free, self.wishes = free, free.wishes
        able = (one.code for one in free.wishes.instance.practitioners if kind.competences <= one.competences)
        self.able = frozenset(able)
        self._starts: dict[int, list[Starts]] = {}

    def starts(self, day: int) -> list[Starts]:
        """When sessions can start on a day, with whom and where."""
        if day not in self._starts:
            self._starts[day] = [starts for starts in self.free.starts(day) if starts.practitioner in self.able]
        return self._starts[day]

    def __getitem__(self, day: int) -> tuple[Slot, ...]:
        slots = [self._slot(day, at, starts) for starts in self.starts(day) for at in positions(starts.bits)]
        if not slots:
            raise KeyError(day)
        return tuple(sorted(slots, key=attrgetter("base", "minute", "practitioner", "location")))

    def __iter__(self) -> Iterator[int]:
        return (day for day in self.free.days() if self.starts(day))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def count(self) -> int:
        """How many slots there are on all days."""
        return sum(starts.bits.bit_count() for day in self for starts in self.starts(day))

    def slot(self, day: int, at: int, practitioner: str) -> Slot:
        """The slot of somebody at one of the starts of a day. Raises `LookupError` when there is none."""
        for starts in self.starts(day):
            if starts.practitioner == practitioner and starts.bits >> at & 1:
                return self._slot(day, at, starts)
        raise LookupError(f"{practitioner} cannot start there")

    def _slot(self, day: int, at: int, starts: Starts) -> Slot:
        minute = at * self.wishes.openings.cell
        base = self.wishes.price(day, minute, starts.practitioner)
        rooms = self.free.rooms_at(day, at, starts.location)
        return Slot(day, minute, starts.practitioner, starts.location, rooms, base)


class Wishes:
    """What the patient wishes and when the patient can, as bits and prices."""

    def __init__(self, instance: Instance, openings: Openings) -> None:
        wishes = instance.preferences
        self.instance, self.openings, self.wishes, self.weights = instance, openings, wishes, instance.weights
        self.first = wishes.not_before.toordinal() if wishes.not_before else 0
        last = [day.toordinal() for day in (wishes.not_after, instance.referral_until) if day]
        self.last = min(last, default=dt.date.max.toordinal())
        self.busy = [(minutes(span.start), minutes(span.end)) for span in instance.busy]
        self.as_wished, self.off_part = self._as_wished(), self.weights.get("day_part", 0)
        strict = Wish.DAY_PARTS in wishes.strict
        self._possible = self.as_wished if strict else openings.between(0, DAY)
        self.price_of_people = {one.code: self.price_of(one.code) for one in instance.practitioners}
        self._false: dict[tuple[int, int], Bits] = {}

    def _as_wished(self) -> Bits:
        """The starts in the parts of the day that are wished; all when none is."""
        cell, parts = self.openings.cell, self.wishes.day_parts
        every = range(DAY // cell)
        return sum(1 << at for at in every if not parts or DayPart.at(at * cell) in parts)

    def allow(self, code: str) -> bool:
        """Whether somebody may give a session."""
        return Wish.PRACTITIONER not in self.wishes.strict or self.wishes.practitioner in (None, code)

    def starts(self, day: int, length: int) -> Bits:
        """When a session of so many minutes can start on a day as far as the patient goes."""
        off = self._is_off(day) and Wish.WEEKDAYS in self.wishes.strict
        if off or not self.first <= day <= self.last:
            return 0
        return self._possible & self.not_busy(day, length)

    def not_busy(self, day: int, length: int) -> Bits:
        """When a session of so many minutes can start on a day beside the other appointments of the patient."""
        bits = self.openings.between(0, DAY)
        for begin, end in self.busy:
            if begin - length < (day + 1) * DAY and day * DAY < end:
                first, last = max(begin - length + 1 - day * DAY, 0), min(end - day * DAY, DAY)
                bits &= ~self.openings.between(first, last)
        return bits

    def on_true_time(self, found: list[Starts], day: int, length: int) -> list[Starts]:
        """Without those at which the clock changes during the session."""
        safe = self.openings.between(SAFE_FROM, SAFE_UNTIL - length + 1)
        if not any(starts.bits & ~safe for starts in found):
            return found
        false = self._changes(day, length, ~safe)
        return [starts._replace(bits=starts.bits & ~false) for starts in found if starts.bits & ~false]

    def _changes(self, day: int, length: int, unsafe: Bits) -> Bits:
        if (day, length) not in self._false:
            at_risk = positions(self.openings.between(0, DAY) & unsafe)
            cell, zone = self.openings.cell, self.instance.timezone
            self._false[day, length] = sum(
                1 << at for at in at_risk if not is_true_span(wall(day, at * cell), length, zone)
            )
        return self._false[day, length]

    def price(self, day: int, minute: int, code: str) -> int:
        """What a session costs by itself."""
        return self.price_of_day(day) + self.price_of_minute(minute) + self.price_of(code)

    def price_of(self, code: str) -> int:
        """What it costs that this one gives it."""
        return self.weights.get("preferred_practitioner", 0) if self.wishes.practitioner not in (None, code) else 0

    def price_of_day(self, day: int) -> int:
        """What it costs on this day of the week."""
        return self.weights.get("weekday", 0) if self._is_off(day) else 0

    def price_of_minute(self, minute: int) -> int:
        """What it costs in the part of the day of this minute."""
        parts = self.wishes.day_parts
        return self.off_part if parts and DayPart.at(minute) not in parts else 0

    def _is_off(self, day: int) -> bool:
        return bool(self.wishes.weekdays) and (day - 1) % 7 + 1 not in self.wishes.weekdays


def placement(need: Need, slot: Slot, room: str | None) -> Placement:
    """A session in a slot."""
    return Placement(need.number, wall(slot.day, slot.minute), need.minutes, slot.practitioner, room, slot.location)


def pinned_slot(pin: Placement, wishes: Wishes) -> Slot:
    """The slot of a session that stays where it is, with what its place costs."""
    day, minute = divmod(minutes(pin.start), DAY)
    base = wishes.price(day, minute, pin.practitioner)
    return Slot(day, minute, pin.practitioner, pin.location, (pin.room,) if pin.room else (), base)
