"""What else could be: other places for one session while the rest of its series stays where it is."""

from collections.abc import Iterable, Iterator

from scheduling.domain.candidates import Days, Kind, Starts, kind_of, placement
from scheduling.domain.constraints import Case, minute_of
from scheduling.domain.instance import Instance, Need, Placement
from scheduling.domain.prices import OpenDay, Times
from scheduling.domain.solver import Search

ALTERNATIVES = 2


class Alternatives:
    """The cheapest other places for the sessions of one series."""

    def __init__(self, search: Search, main: str | None, reference: int | None) -> None:
        self.search, self.main = search, main
        self.times = Times(search.wishes, (reference,))
        self.weights = search.instance.weights
        self._open_days: dict[tuple[Kind, int], OpenDay] = {}

    def to(self, case: Case) -> tuple[Placement, ...]:
        """Up to two other places for a session, the cheapest on different days."""
        if case.need.number in self.search.pins:
            return ()
        kind = kind_of(case.need)
        ranked = sorted(self._best_of_days(case, kind))[:ALTERNATIVES]
        slots = [self.search.days[kind].slot(day, at, who) for _, day, at, who in ranked]
        return tuple(placement(case.need, slot, slot.rooms[0] if slot.rooms else None) for slot in slots)

    def _best_of_days(self, case: Case, kind: Kind) -> Iterator[tuple[int, int, int, str]]:
        """On each day what the cheapest other place costs, the day, the start and with whom."""
        days, own_day = self.search.days[kind], case.placement.start.toordinal()
        for day in free_days(self.search.instance, case.need, case.others):
            open_day = self._without(case, days) if day == own_day else self._open_day(kind, day, days)
            if open_day is not None:
                cost, at, who = open_day.best(self.main, self.times)
                yield cost + self._of_date(case, day), day, at, who

    def _open_day(self, kind: Kind, day: int, days: Days) -> OpenDay | None:
        starts = days.starts(day)
        if not starts:
            return None
        if (kind, day) not in self._open_days:
            self._open_days[kind, day] = self._priced(day, starts)
        return self._open_days[kind, day]

    def _without(self, case: Case, days: Days) -> OpenDay | None:
        """The day of a session without the start that it has."""
        there = case.placement
        own = 1 << minute_of(there.start) // self.search.openings.cell
        day = there.start.toordinal()
        others = [
            one._replace(bits=one.bits & ~own) if one.practitioner == there.practitioner else one
            for one in days.starts(day)
        ]
        left = [one for one in others if one.bits]
        return self._priced(day, left) if left else None

    def _priced(self, day: int, starts: Iterable[Starts]) -> OpenDay:
        return OpenDay(day, starts, self.search.wishes, self.weights.get("same_practitioner", 0))

    def _of_date(self, case: Case, day: int) -> int:
        """What the date costs: by how early it is, and by its distance to the session before."""
        cost = 0
        if self.search.instance.preferences.as_early_as_possible:
            cost += self.weights.get("early", 0) * (day - case.need.earliest.toordinal())
        before = case.before
        if before is not None and case.need.ideal_gap is not None:
            gap = day - before.start.toordinal()
            cost += self.weights.get("rhythm", 0) * abs(gap - case.need.ideal_gap)
        return cost


def free_days(instance: Instance, need: Need, others: Iterable[Placement]) -> range:
    """The days of a session that are far enough from the others of its series."""
    first, last = room_between(instance, need, others)
    return range(max(need.earliest.toordinal(), first), min(need.latest.toordinal(), last) + 1)


def room_between(instance: Instance, need: Need, others: Iterable[Placement]) -> tuple[int, int]:
    """The first and last day on which a session comes in its order and far enough from the others."""
    rest, last_of_all = instance.minimum_days, 10**7
    days = [(one.number < need.number, one.start.toordinal()) for one in others]
    first = max((day + rest for is_before, day in days if is_before), default=0)
    return first, min((day - rest for is_before, day in days if not is_before), default=last_of_all)
