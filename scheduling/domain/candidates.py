"""Where each session of a series could be, before looking at the others: worked out once for each instance.

Time is counted here in whole minutes since day 0 of the calendar, so that the search compares numbers only.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import gcd

from scheduling.domain.clock import is_true_span
from scheduling.domain.constraints import minute_of
from scheduling.domain.instance import DayPart, Free, Instance, Need, Placement, Room, Wish

DAY = 24 * 60
SAFE_FROM, SAFE_UNTIL = 4 * 60, 23 * 60  # the clock changes at night only; sessions between these need no closer look

Cell = tuple[str, int]  # a practitioner ("p:code") or room ("r:code"), and a piece of time


@dataclass(frozen=True, slots=True)
class Slot:
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
    return at.toordinal() * DAY + minute_of(at)


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
    prices, rooms = allowed.prices_of(kind.minutes), allowed.rooms_of(kind.room_kind, kind.minutes)
    for who in instance.practitioners:
        if not kind.competences <= who.competences or not allowed.practitioner(who.code):
            continue
        preferred = allowed.price_of(who.code)
        for start, location in _starts(who.free, kind.minutes, instance.slot_minutes):
            price = prices[start]
            fitting = NO_ROOM if rooms is None else rooms.get((start, location))
            if price is not None and fitting is not None:
                day, minute = divmod(start, DAY)
                days.setdefault(day, []).append(Slot(day, minute, who.code, location, fitting, price + preferred))
    return {day: tuple(sorted(slots, key=_order)) for day, slots in sorted(days.items())}


def _order(slot: Slot) -> tuple[int, int, str]:
    return (slot.base, slot.minute, slot.practitioner)


def _starts(free: Iterable[Free], length: int, step: int) -> Iterator[tuple[int, str]]:
    """Every start on the grid of the practice at which a session of this length fits in a free span."""
    for one in free:
        first, end = minutes(one.span.start), minutes(one.span.end)
        for start in range(first + -first % step, end - length + 1, step):
            yield start, one.location


Rooms = Mapping[tuple[int, str], tuple[str, ...]]  # by start and location
NO_ROOM: tuple[str, ...] = ()


def _rooms_by_start(instance: Instance, room_kind: str, length: int) -> Rooms:
    """The rooms in which a session can start at a time."""
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    for room in sorted((room for room in instance.rooms if room.kind == room_kind), key=_code):
        own = (room.code,)
        for start in _starts(room.free, length, instance.slot_minutes):
            found[start] = found[start] + own if start in found else own
    return found


def _code(room: Room) -> str:
    return room.code


class _Prices(dict[int, int | None]):
    """What each start costs, worked out when it is first asked for; None where a session cannot be."""

    def __init__(self, allowed: "_Allowed", length: int) -> None:
        super().__init__()
        self.allowed, self.length = allowed, length

    def __missing__(self, start: int) -> int | None:
        price = self[start] = self.allowed.price_at(*divmod(start, DAY), self.length)
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
        self._rooms: dict[tuple[str, int], Rooms] = {}

    def prices_of(self, length: int) -> _Prices:
        """What each start of a session of this length costs."""
        return self._prices.setdefault(length, _Prices(self, length))

    def rooms_of(self, kind: str | None, length: int) -> Rooms | None:
        """The rooms of a kind by the start of a session; None when it needs no room."""
        if kind is None:
            return None
        if (kind, length) not in self._rooms:
            self._rooms[kind, length] = _rooms_by_start(self.instance, kind, length)
        return self._rooms[kind, length]

    def practitioner(self, code: str) -> bool:
        """Whether somebody may give a session."""
        return Wish.PRACTITIONER not in self.wishes.strict or self.wishes.practitioner in (None, code)

    def price_of(self, code: str) -> int:
        """What it costs that this one gives it."""
        return self.weights.get("preferred_practitioner", 0) if self.wishes.practitioner not in (None, code) else 0

    def price_at(self, day: int, minute: int, length: int) -> int | None:
        """What a time costs; None when it cannot be."""
        if not self.first <= day <= self.last or not self._is_possible(day, minute, length):
            return None
        off_day = bool(self.wishes.weekdays) and (day - 1) % 7 + 1 not in self.wishes.weekdays
        off_part = bool(self.wishes.day_parts) and DayPart.at(minute) not in self.wishes.day_parts
        if (off_day and Wish.WEEKDAYS in self.wishes.strict) or (off_part and Wish.DAY_PARTS in self.wishes.strict):
            return None
        return off_day * self.weights.get("weekday", 0) + off_part * self.weights.get("day_part", 0)

    def _is_possible(self, day: int, minute: int, length: int) -> bool:
        start = day * DAY + minute
        if any(start < end and begin < start + length for begin, end in self.busy):
            return False
        at_day = minute >= SAFE_FROM and minute + length <= SAFE_UNTIL
        return at_day or is_true_span(wall(day, minute), length, self.instance.timezone)


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
