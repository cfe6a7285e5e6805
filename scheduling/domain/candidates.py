"""Where each session of a series could be, before looking at the others: worked out once for each instance.

Time is counted here in whole minutes since day 0 of the calendar, so that the search compares numbers only.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd
from operator import attrgetter
from typing import NamedTuple

from scheduling.domain.clock import is_true_span
from scheduling.domain.instance import DayPart, Free, Instance, Need, Placement, Practitioner, Room, Wish

DAY = 24 * 60
SAFE_FROM, SAFE_UNTIL = 4 * 60, 23 * 60  # the clock changes at night only; sessions between these need no closer look

Cell = tuple[str, int]  # a practitioner ("p:code") or room ("r:code"), and a piece of time


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


Days = Mapping[int, tuple[Slot, ...]]


def kind_of(need: Need) -> Kind:
    """What a session takes."""
    return Kind(need.minutes, need.competences, need.room_kind)


def minutes(at: dt.datetime) -> int:
    """Minutes since day 0."""
    return at.toordinal() * DAY + at.hour * 60 + at.minute


def wall(day: int, minute: int) -> dt.datetime:
    """The wall time of a minute of a day."""
    return dt.datetime.combine(dt.date.fromordinal(day), dt.time(minute // 60, minute % 60))


def cell_minutes(instances: Iterable[Instance]) -> int:
    """The largest piece of time of which all slots and sessions are made."""
    return gcd(*(size for one in instances for size in (one.slot_minutes, *(need.minutes for need in one.needs))))


def candidates(instance: Instance) -> dict[Kind, Days]:
    """For each kind of session the slots that meet every condition which does not depend on other sessions."""
    allowed = _Allowed(instance)
    return {kind: _days(instance, kind, allowed) for kind in dict.fromkeys(kind_of(need) for need in instance.asked)}


def _days(instance: Instance, kind: Kind, allowed: "_Allowed") -> Days:
    days: dict[int, list[Slot]] = {}
    for who in instance.practitioners:
        if kind.competences <= who.competences and allowed.practitioner(who.code):
            for slot in allowed.slots_of(who, kind):
                if slot.day in days:
                    days[slot.day].append(slot)
                else:
                    days[slot.day] = [slot]
    return {day: tuple(sorted(days[day], key=_ORDER)) for day in sorted(days)}


_ORDER = attrgetter("base", "minute", "practitioner")
_Spans = list[tuple[int, int, str]]  # start and end in minutes since day 0, and the location


def _spans(free: Iterable[Free]) -> _Spans:
    return [(minutes(one.span.start), minutes(one.span.end), one.location) for one in free]


class _Rooms:
    """In which rooms a session can start: a bit for each room, by location and start."""

    def __init__(self, rooms: Iterable[Room], length: int, step: int) -> None:
        self.codes: list[str] = []
        self.at: dict[str, dict[int, int]] = {}
        self._named: dict[int, tuple[str, ...]] = {}
        for room in sorted(rooms, key=_code):
            bit = 1 << len(self.codes)
            self.codes.append(room.code)
            for first, end, location in _spans(room.free):
                starts = self.at.setdefault(location, {})
                for start in range(first + -first % step, end - length + 1, step):
                    starts[start] = starts.get(start, 0) | bit

    def named(self, bits: int) -> tuple[str, ...]:
        """The codes of some rooms."""
        if bits not in self._named:
            self._named[bits] = tuple([code for at, code in enumerate(self.codes) if bits >> at & 1])
        return self._named[bits]


def _code(room: Room) -> str:
    return room.code


class _Prices(dict[int, int | None]):
    """What each start costs, worked out when it is first asked for; None where a session cannot be."""

    def __init__(self, allowed: "_Allowed", length: int) -> None:
        super().__init__()
        self.allowed, self.length = allowed, length

    def __missing__(self, start: int) -> int | None:
        price = self[start] = self.allowed.price_at(start, self.length)
        return price


class _Allowed:
    """The conditions and prices of an instance, ready to be asked for many slots."""

    def __init__(self, instance: Instance) -> None:
        wishes = instance.preferences
        self.instance, self.wishes = instance, wishes
        self.first = wishes.not_before.toordinal() if wishes.not_before else 0
        last = [day.toordinal() for day in (wishes.not_after, instance.referral_until) if day]
        self.last = min(last, default=dt.date.max.toordinal())
        self.busy = [(minutes(span.start), minutes(span.end)) for span in instance.busy]
        self.weights = instance.weights
        self._prices: dict[int, _Prices] = {}
        self._rooms: dict[tuple[str, int], _Rooms] = {}
        self._slots: dict[tuple[str, int, str | None], list[Slot]] = {}
        self._of_days: dict[int, int | None] = {}
        self._of_minutes: dict[int, int | None] = {}

    def prices_of(self, length: int) -> _Prices:
        """What each start of a session of this length costs."""
        return self._prices.setdefault(length, _Prices(self, length))

    def rooms_of(self, kind: Kind) -> _Rooms | None:
        """The rooms for a kind of session, by location and start; None when it takes no room."""
        if kind.room_kind is None:
            return None
        key = (kind.room_kind, kind.minutes)
        if key not in self._rooms:
            fitting = [room for room in self.instance.rooms if room.kind == kind.room_kind]
            self._rooms[key] = _Rooms(fitting, kind.minutes, self.instance.slot_minutes)
        return self._rooms[key]

    def slots_of(self, who: Practitioner, kind: Kind) -> list[Slot]:
        """The slots of somebody for sessions of this length, in this kind of room."""
        key = (who.code, kind.minutes, kind.room_kind)
        if key not in self._slots:
            self._slots[key] = self._new_slots(who, kind)
        return self._slots[key]

    def _new_slots(self, who: Practitioner, kind: Kind) -> list[Slot]:
        prices, rooms = self.prices_of(kind.minutes), self.rooms_of(kind)
        step, length, code, preferred = self.instance.slot_minutes, kind.minutes, who.code, self.price_of(who.code)
        found = []
        for first, end, location in _spans(who.free):
            fitting: tuple[str, ...] = ()
            bits = {} if rooms is None else rooms.at.get(location, {})
            for start in range(first + -first % step, end - length + 1, step):
                if rooms is not None:
                    if start not in bits:
                        continue
                    fitting = rooms.named(bits[start])
                price = prices[start]
                if price is not None:
                    found.append(Slot(start // DAY, start % DAY, code, location, fitting, price + preferred))
        return found

    def practitioner(self, code: str) -> bool:
        """Whether somebody may give a session."""
        return Wish.PRACTITIONER not in self.wishes.strict or self.wishes.practitioner in (None, code)

    def price_of(self, code: str) -> int:
        """What it costs that this one gives it."""
        return self.weights.get("preferred_practitioner", 0) if self.wishes.practitioner not in (None, code) else 0

    def price_at(self, start: int, length: int) -> int | None:
        """What a time costs; None when it cannot be."""
        of_day, of_minute = self._price_of_day(start // DAY), self._price_of_minute(start % DAY)
        if of_day is None or of_minute is None or not self._is_possible(start, length):
            return None
        return of_day + of_minute

    def _price_of_day(self, day: int) -> int | None:
        if day not in self._of_days:
            off = bool(self.wishes.weekdays) and (day - 1) % 7 + 1 not in self.wishes.weekdays
            inside = self.first <= day <= self.last
            self._of_days[day] = self._off(off, Wish.WEEKDAYS, "weekday") if inside else None
        return self._of_days[day]

    def _price_of_minute(self, minute: int) -> int | None:
        if minute not in self._of_minutes:
            off = bool(self.wishes.day_parts) and DayPart.at(minute) not in self.wishes.day_parts
            self._of_minutes[minute] = self._off(off, Wish.DAY_PARTS, "day_part")
        return self._of_minutes[minute]

    def _off(self, is_off: bool, wish: Wish, weight: str) -> int | None:
        if not is_off:
            return 0
        return None if wish in self.wishes.strict else self.weights.get(weight, 0)

    def _is_possible(self, start: int, length: int) -> bool:
        for begin, end in self.busy:
            if start < end and begin < start + length:
                return False
        minute = start % DAY
        at_day = minute >= SAFE_FROM and minute + length <= SAFE_UNTIL
        return at_day or is_true_span(wall(start // DAY, minute), length, self.instance.timezone)


def placement(need: Need, slot: Slot, room: str | None) -> Placement:
    """A session in a slot."""
    return Placement(need.number, wall(slot.day, slot.minute), need.minutes, slot.practitioner, room, slot.location)


def pinned_slot(pin: Placement, instance: Instance) -> Slot:
    """The slot of a session that stays where it is, with what its place costs."""
    allowed = _Allowed(instance)
    day, minute = divmod(minutes(pin.start), DAY)
    off = allowed.wishes.weekdays and (day - 1) % 7 + 1 not in allowed.wishes.weekdays
    off_part = allowed.wishes.day_parts and DayPart.at(minute) not in allowed.wishes.day_parts
    base = bool(off) * allowed.weights.get("weekday", 0) + bool(off_part) * allowed.weights.get("day_part", 0)
    rooms = (pin.room,) if pin.room else ()
    return Slot(day, minute, pin.practitioner, pin.location, rooms, base + allowed.price_of(pin.practitioner))
