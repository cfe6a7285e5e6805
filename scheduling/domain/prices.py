"""What the best slot of a day costs, for each practitioner and each time of day that a series may keep to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from scheduling.domain.candidates import Slot, Starts, Wishes
from scheduling.domain.openings import Bits, positions

Prices = Sequence[int]  # at each time of day that the series may keep to


def times_to_keep(wishes: Wishes, starts: Bits, pins: Iterable[Slot]) -> Sequence[int | None]:
    """The times of day that a series may keep to: those of its slots, or None when it keeps to no time."""
    cell = wishes.openings.cell
    keeps = wishes.instance.preferences.same_time and wishes.instance.weights.get("same_time", 0)
    known = {at * cell for at in positions(starts)}.union(pin.minute for pin in pins)
    return sorted(known) if keeps and known else (None,)


class Times:
    """What starts cost at each of `all` times of day that a series may keep to; None is no time, and costs nothing."""

    def __init__(self, wishes: Wishes, times: Sequence[int | None]) -> None:
        self.wishes, self.cell, self.step = wishes, wishes.openings.cell, wishes.instance.slot_minutes
        self.weight = wishes.instance.weights.get("same_time", 0)
        self.all = times
        self._best: dict[Bits, Prices] = {}
        self._rows = _Rows(self._row)

    def off(self, minute: int, time: int | None) -> int:
        """What a time of day costs beside that of the series: by the slots between them, rounded up."""
        return 0 if time is None else self.weight * -(-abs(minute - time) // self.step)

    def best_of(self, starts: Bits) -> Prices:
        """What the best of some starts costs, its part of the day included."""
        if starts not in self._best:
            rows = self._rows
            self._best[starts] = lowest([rows[at] for at in positions(starts)])
        return self._best[starts]

    def least_of(self, starts: Bits, position: int) -> int:
        """The same at one time of the series only."""
        rows = self._rows
        return min([rows[at][position] for at in positions(starts)])

    def best_start(self, starts: Bits, position: int) -> int:
        """The first of some starts that costs no more than any other at one time of the series."""
        return min(positions(starts), key=lambda at: (self._rows[at][position], at))

    def _row(self, at: int) -> Prices:
        minute = at * self.cell
        part = self.wishes.price_of_minute(minute)
        return [part + self.off(minute, time) for time in self.all]


class _Rows(dict[int, Prices]):
    """What each start costs, worked out when it is asked for."""

    def __init__(self, price: Callable[[int], Prices]) -> None:
        self.price = price

    def __missing__(self, at: int) -> Prices:
        row = self[at] = self.price(at)
        return row


class DayPrices(Protocol):
    """What the best slot of one day costs for a series that keeps to a practitioner, or to nobody (None)."""

    def at_least(self, main: str | None) -> int:
        """Whatever the time of the series."""

    def at_times(self, main: str | None, times: Times) -> Prices:
        """At each time that the series may keep to."""

    def starts(self) -> Bits:
        """When a session can start, with anybody."""

    def people(self) -> Iterable[str]:
        """Who can give a session."""


class OpenDay:
    """The prices of a day on which there are slots; with somebody else than the main practitioner it costs more."""

    def __init__(self, day: int, starts: Iterable[Starts], wishes: Wishes, off_main: int) -> None:
        self.off_main, self.of_day, self.of_people = off_main, wishes.price_of_day(day), wishes.price_of_people
        self.own: dict[str, Bits] = {}
        self.by_price: dict[int, Bits] = {}  # who is wished comes at another price than everybody else
        self.least: dict[str, int] = {}
        for who, _, bits in starts:
            price = self.of_day + self.of_people[who]
            self.by_price[price] = self.by_price.get(price, 0) | bits
            self.own[who] = own = self.own.get(who, 0) | bits
            self.least[who] = price if own & wishes.as_wished else price + wishes.off_part
        self.lowest = min(self.least.values())
        self._anybody: Prices = ()
        self._other: Prices = ()  # somebody else than who the series keeps to

    def at_least(self, main: str | None) -> int:
        if main is None:
            return self.lowest
        other = self.lowest + self.off_main
        return min(self.least.get(main, other), other)

    def at_times(self, main: str | None, times: Times) -> Prices:
        anybody = self._with_anybody(times)
        if main is None:
            return anybody
        if not self._other:
            self._other = dearer(anybody, self.off_main)
        if main not in self.own:
            return self._other
        own = dearer(times.best_of(self.own[main]), self.of_day + self.of_people[main])
        return list(map(min, own, self._other))

    def _with_anybody(self, times: Times) -> Prices:
        if not self._anybody:
            rows = [dearer(times.best_of(bits), price) for price, bits in self.by_price.items()]
            self._anybody = lowest(rows)
        return self._anybody

    def best(self, main: str | None, times: Times, position: int = 0) -> tuple[int, int, str]:
        """What the cheapest start costs at one time of the series, that start (the first of equals), and with whom."""
        costs = {
            who: self.of_people[who] + (0 if main in (None, who) else self.off_main) + times.least_of(bits, position)
            for who, bits in self.own.items()
        }
        least = min(costs.values())
        cheapest = (who for who, cost in costs.items() if cost == least)
        return self.of_day + least, *min((times.best_start(self.own[who], position), who) for who in cheapest)

    def starts(self) -> Bits:
        every = 0
        for bits in self.by_price.values():
            every |= bits
        return every

    def people(self) -> Iterable[str]:
        return self.own


class PinnedDay:
    """The prices of a day on which a session stays where it is."""

    def __init__(self, slot: Slot, off_main: int) -> None:
        self.slot, self.off_main = slot, off_main

    def at_least(self, main: str | None) -> int:
        return self.slot.base + (self.off_main if main not in (None, self.slot.practitioner) else 0)

    def at_times(self, main: str | None, times: Times) -> Prices:
        price = self.at_least(main)
        return [price + times.off(self.slot.minute, time) for time in times.all]

    def starts(self) -> Bits:
        return 0  # its minute need not be one at which sessions start

    def people(self) -> Iterable[str]:
        return (self.slot.practitioner,)


def dearer(prices: Prices, by: int) -> Prices:
    """The same prices with something added."""
    return [price + by for price in prices] if by else prices


def lowest(rows: Sequence[Prices]) -> Prices:
    """The lowest price at each time."""
    return list(map(min, *rows)) if len(rows) > 1 else rows[0]
