"""Which day each session of a series gets when what each day costs is known: one pass over the sessions.

Days come in order and far enough apart; the distance between two neighbours costs something as well. A session may be
left without a place, at a price above that of any wish, so that this happens as seldom as can be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import NamedTuple, Optional

NOWHERE = 10**18  # more than any series costs
UNPLACED = 10**10  # what a session without a place costs, above any cost of wishes
BEFORE_ALL = 0  # a day before any other

Costs = Sequence[Sequence[int]]  # for each session, on each of its days
Chosen = list[int | None]  # for each session its day, None when it has no place


@dataclass(frozen=True, slots=True)
class Link:
    """One session: its days, and what each day by which it comes earlier or later than the ideal costs.

    The ideal is a number of days after the session just before it, and counts when both have a place.
    """

    days: tuple[int, ...]
    ideal: int = 0
    weight: int = 0


class ToCome(NamedTuple):
    """The least that the sessions after each one cost: by its day, and by the last day before it if it has no place.

    There is nothing in `skipped` when every session can have a place.
    """

    placed: Costs
    skipped: Sequence[dict[int, int]]


class _Way(NamedTuple):
    """The sessions until one of them: the last day, the cost, and the day of that session and those before it."""

    last: int
    cost: int
    day: int | None = None
    before: Optional["_Way"] = None


@dataclass(slots=True)
class Chain:
    """The sessions of a series in order, with at least `rest` days from one to the next. `steps` counts the work."""

    links: tuple[Link, ...]
    rest: int
    steps: int = 0
    lost: int = field(init=False)  # how many sessions cannot have a place, whatever the cost
    _every_day: list[int] = field(init=False)  # the last first

    def __post_init__(self) -> None:
        self.lost = 0 if have_room((link.days for link in self.links), self.rest) else self._unplaceable()
        every = {day for link in self.links for day in link.days} if self.lost else set()
        self._every_day = sorted({*every, BEFORE_ALL}, reverse=True)

    def _unplaceable(self) -> int:
        reached = {BEFORE_ALL: 0}  # by the last day, how few sessions were left out
        for link in self.links:
            self.steps += len(link.days) * len(reached)
            after = {last: lost + 1 for last, lost in reached.items()}
            for day in link.days:
                fewest = min((lost for last, lost in reached.items() if self._apart(last, day)), default=None)
                if fewest is not None:
                    after[day] = min(fewest, after.get(day, fewest))
            reached = _worth_keeping(after)
        return min(reached.values())

    def _apart(self, last: int, day: int) -> bool:
        return last == BEFORE_ALL or day - last >= self.rest

    # --- what is to come --------------------------------------------------------------------------------------------

    def to_come(self, costs: Costs) -> ToCome:
        """What follows each session costs at least."""
        placed = [[0] * len(self.links[-1].days)]
        skipped = [dict.fromkeys(self._every_day, 0)]
        for position in range(len(self.links) - 1, 0, -1):
            whole = [*map(add, costs[position], placed[-1])]
            before = self._before(position, whole)
            if self.lost:
                days, without = self.links[position - 1].days, skipped[-1]
                before = [min(cost, UNPLACED + without[day]) for day, cost in zip(days, before, strict=True)]
                skipped.append(self._after_a_gap(position, whole, without))
            placed.append(before)
        return ToCome(placed[::-1], skipped[::-1] if self.lost else ())

    def _before(self, position: int, whole: Sequence[int]) -> list[int]:
        """For each day of the session before this one: the least of what follows when this one has a place.

        `whole` is what this session and all after it cost, by its day. From the ideal distance on, a day further away
        only adds to the rhythm, so that the least of all these days is known from the one that was looked at before.
        """
        days, ideal, weight = self.links[position].days, self.links[position].ideal, self.links[position].weight
        ample = max(self.rest, ideal)
        least: list[int] = []
        far, beyond = len(days), NOWHERE
        for last in reversed(self.links[position - 1].days):
            while far and days[far - 1] - last >= ample:
                far -= 1
                beyond = min(beyond, whole[far] + weight * days[far])
            best, near = beyond - weight * (last + ideal), far - 1
            while near >= 0 and days[near] - last >= self.rest:
                best = min(best, whole[near] + weight * (last + ideal - days[near]))
                near -= 1
            least.append(best)
            self.steps += far - near
        return least[::-1]

    def _after_a_gap(self, position: int, whole: Sequence[int], without: dict[int, int]) -> dict[int, int]:
        """By the last day before a gap that ends or goes on here, the least of what follows."""
        days, left, least = self.links[position].days, len(self.links[position].days), NOWHERE
        found: dict[int, int] = {}
        for last in self._every_day:
            while left and self._apart(last, days[left - 1]):
                left -= 1
                least = min(least, whole[left])
            found[last] = min(least, UNPLACED + without[last])
        self.steps += len(found)
        return found

    def least(self, costs: Costs, to_come: ToCome) -> int:
        """What all sessions cost at least."""
        first = min(map(add, costs[0], to_come.placed[0]), default=NOWHERE)
        return min(first, UNPLACED + to_come.skipped[0][BEFORE_ALL]) if self.lost else first

    # --- the best days ----------------------------------------------------------------------------------------------

    def cheapest(
        self, costs: Iterable[Sequence[int]], to_come: ToCome, limits: Sequence[int]
    ) -> tuple[int, Chosen] | None:
        """What all sessions cost, and their days.

        None when at any of them, what they cost until then and what is `to_come` are as much as its limit or more.
        `to_come` may be less than what they really cost.
        """
        near: list[_Way] = []  # ways to the session just before
        apart = [_Way(BEFORE_ALL, 0)]  # ways of which that session has no place
        for position, own in enumerate(costs):
            limit = limits[position]
            placed = self._placed(position, own, to_come.placed[position], limit, near, apart)
            apart = self._skipped(to_come.skipped[position], limit, (*near, *apart)) if self.lost else []
            near = placed
            if not near and not apart:
                return None
        best = min((*near, *apart), key=lambda way: (way.cost, way.last))
        return best.cost, _days_of(best)

    def _placed(
        self, position: int, own: Sequence[int], after: Sequence[int], limit: int, near: list[_Way], apart: list[_Way]
    ) -> list[_Way]:
        """The ways on which this session has a place."""
        link, found = self.links[position], []
        self.steps += len(link.days) * (len(near) + len(apart))
        least = min([way.cost for way in (*near, *apart)])
        for day, price, rest in zip(link.days, own, after, strict=True):
            if least + price + rest < limit:
                cost, before = self._cheapest_onto(day, link, near, apart)
                if before is not None and cost + price + rest < limit:
                    found.append(_Way(day, cost + price, day, before))
        return found

    def _cheapest_onto(self, day: int, link: Link, near: list[_Way], apart: list[_Way]) -> tuple[int, _Way | None]:
        """Of the ways from which a session can come on this day the cheapest, and what that costs."""
        best, before, latest = NOWHERE, None, day - self.rest
        wished, weight = day - link.ideal, link.weight
        for way in near:
            if way.last > latest:
                break
            cost = way.cost + weight * abs(wished - way.last)
            if cost < best:
                best, before = cost, way
        for way in apart:
            if way.cost < best and self._apart(way.last, day):
                best, before = way.cost, way
        return best, before

    def _skipped(self, after: dict[int, int], limit: int, ways: Iterable[_Way]) -> list[_Way]:
        """The ways on which this session has no place."""
        return [
            _Way(way.last, way.cost + UNPLACED, None, way)
            for way in ways
            if way.cost + UNPLACED + after[way.last] < limit
        ]


def have_room(days_of_sessions: Iterable[Iterable[int]], rest: int) -> bool:
    """Whether every session can have a place: each on the first of its days that is far enough from the one before."""
    earliest = BEFORE_ALL
    for days in days_of_sessions:
        day = next((day for day in days if day >= earliest), None)
        if day is None:
            return False
        earliest = day + rest
    return True


def _days_of(way: _Way) -> Chosen:
    days: Chosen = []
    while way.before:
        days.append(way.day)
        way = way.before
    return days[::-1]


def _worth_keeping(reached: dict[int, int]) -> dict[int, int]:
    """Without the days that are later than another at which no more sessions were left out."""
    kept: dict[int, int] = {}
    fewest = NOWHERE
    for day in sorted(reached):
        if reached[day] < fewest:
            kept[day] = fewest = reached[day]
    return kept
