"""When sessions can start, as bits: for each day one number, with a bit for each piece of time since midnight.

What two people or rooms have in common is then one operation on two numbers, however short the pieces are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import gcd

from scheduling.domain.instance import Free, Instance

DAY = 24 * 60

Bits = int
ByDay = Mapping[int, Bits]  # by the number of the day, as `datetime.date.toordinal` counts


def cell_minutes(instances: Iterable[Instance]) -> int:
    """The largest piece of time of which a day, the distance between starts, and all sessions are made."""
    return gcd(DAY, *(size for one in instances for size in (one.slot_minutes, *(need.minutes for need in one.needs))))


@lru_cache(maxsize=16)
def _since_and_until(cell: int, step: int) -> tuple[list[Bits], list[Bits]]:
    """For each minute of a day the starts from then on, and those until then; at multiples of `step` minutes."""
    every = sum(1 << at for at in range(0, DAY // cell, step // cell))
    since = [every >> at << at for at in (-(-minute // cell) for minute in range(DAY))]
    return since, [every & (2 << minute // cell) - 1 for minute in range(DAY)]


def positions(bits: Bits) -> Iterator[int]:
    """Where the bits are, in order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


@dataclass(slots=True)
class Openings:
    """When people and rooms are open, worked out once for all series that ask; a bit stands for `cell` minutes."""

    cell: int
    _known: dict[tuple[int, int, int], tuple[object, Mapping[str, ByDay]]] = field(default_factory=dict)

    def starts(self, free: tuple[Free, ...], minutes: int, step: int) -> Mapping[str, ByDay]:
        """When a session of so many minutes can start, by location: at multiples of `step` minutes since midnight.

        Free time is known by its identity, since comparing it takes longer than working it out.
        """
        key = (id(free), minutes, step)
        if key not in self._known:
            self._known[key] = (free, self._starts(free, minutes, _since_and_until(self.cell, step)))
        return self._known[key][1]

    def _starts(self, free: Iterable[Free], minutes: int, tables: tuple[list[Bits], list[Bits]]) -> Mapping[str, ByDay]:
        since, until = tables
        found: dict[str, dict[int, Bits]] = {}
        for one in free:
            if one.location not in found:
                found[one.location] = {}
            span, days = one.span, found[one.location]
            start, end = span.start, span.end
            day, first = start.toordinal(), start.hour * 60 + start.minute
            last = (end.toordinal() - day) * DAY + end.hour * 60 + end.minute - minutes
            while last >= DAY:
                days[day] = days.get(day, 0) | since[first]
                day, first, last = day + 1, 0, last - DAY
            if first <= last:
                days[day] = days.get(day, 0) | since[first] & until[last]
        return found

    def between(self, first: int, end: int) -> Bits:
        """The bits from one minute of a day until another, which is not among them."""
        if end <= first:
            return 0
        return (1 << -(-end // self.cell)) - (1 << -(-first // self.cell))
