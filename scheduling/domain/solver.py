"""Books one series: as many sessions as can be, and among those series one of the lowest cost, with a proof.

A session costs something by itself, by its distance to the session before, and by two choices for the whole series:
the practitioner and the time of day that it keeps to. Those two are tried in turn, the most promising first; with both
fixed, the best slot of each day is known (`scheduling.domain.prices`) and the best days follow from one pass over the
sessions (`scheduling.domain.chain`). What a practitioner costs at least is known from one such pass with the best time
for each session; this, and what one time for all of them adds, is a lower bound. A choice whose bound is no better than
the best series found is not tried, so the outcome is optimal. The search is deterministic and bounded by a number of
steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from heapq import heapify, heappop, heappush
from operator import or_

from scheduling.domain.candidates import (
    NOTHING_TAKEN,
    Days,
    Kind,
    Slot,
    Taken,
    Wishes,
    days_of_kinds,
    kind_of,
    pinned_slot,
    placement,
)
from scheduling.domain.chain import UNPLACED, Chain, Chosen, Costs, Link, ToCome, have_room
from scheduling.domain.instance import Instance, Need, Placement
from scheduling.domain.openings import Openings, cell_minutes
from scheduling.domain.prices import DayPrices, OpenDay, PinnedDay, Prices, Times, dearer, lowest, times_to_keep

STEPS = 2_000_000


@dataclass(frozen=True, slots=True)
class Solution:
    """The best series found: for each session its slot, or None. `cost` leaves out the sessions without a place."""

    needs: tuple[Need, ...]
    slots: tuple[Slot | None, ...]
    cost: int
    main: str | None
    reference: int | None
    nodes: int
    proven: bool

    @property
    def placed(self) -> int:
        """How many sessions have a place."""
        return sum(slot is not None for slot in self.slots)

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller, the better: sessions without a place, then cost."""
        return (len(self.slots) - self.placed, self.cost)


@dataclass(slots=True)
class Search:
    """One instance made ready to be solved, more than once when others take slots meanwhile.

    `openings` are shared by the series of one practice, whose free time is then worked out once.
    """

    instance: Instance
    openings: Openings
    wishes: Wishes = field(init=False)
    days: dict[Kind, Days] = field(init=False)
    pins: dict[int, Slot] = field(init=False)
    needs: tuple[Need, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.wishes, self.needs = Wishes(self.instance, self.openings), self.instance.asked
        self.days = self._days(NOTHING_TAKEN)
        self.pins = {pin.number: pinned_slot(pin, self.wishes) for pin in self.instance.pins}

    @classmethod
    def of(cls, instance: Instance) -> "Search":
        """A series that is booked alone."""
        return cls(instance, Openings(cell_minutes((instance,))))

    def beside(self, instance: Instance) -> "Search":
        """Another question about the same people and rooms."""
        return Search(instance, self.openings)

    def _days(self, taken: Taken) -> dict[Kind, Days]:
        return days_of_kinds(map(kind_of, self.needs), self.wishes, taken)

    def solve(self, taken: Taken = NOTHING_TAKEN, steps: int = STEPS) -> Solution:
        """The best series beside what others have `taken`."""
        return _Pass(self, self._days(taken) if taken else self.days, steps).best()

    def unplaceable(self) -> int:
        """How many sessions cannot have a place, whatever the cost."""
        return self.chain(self.days).lost

    def has_room_for_all(self) -> bool:
        """Whether every session can have a place."""
        return have_room((self._possible(need, self.days) for need in self.needs), self.instance.minimum_days)

    def chain(self, days: Mapping[Kind, Days]) -> Chain:
        """The sessions in order, each with the days on which it can be."""
        rhythm = self.instance.weights.get("rhythm", 0)
        return Chain(
            tuple(
                Link(tuple(self._possible(need, days)), need.ideal_gap or 0, 0 if need.ideal_gap is None else rhythm)
                for need in self.needs
            ),
            self.instance.minimum_days,
        )

    def _possible(self, need: Need, days: Mapping[Kind, Days]) -> Iterator[int]:
        """The days on which a session can be, in order."""
        if need.number in self.pins:
            yield self.pins[need.number].day
            return
        of_kind = days[kind_of(need)]
        for day in range(need.earliest.toordinal(), need.latest.toordinal() + 1):
            if of_kind.starts(day):
                yield day


@dataclass(slots=True)
class _Main:
    """A practitioner for the whole series: what each session costs on each day at least."""

    who: str | None
    at_least: Costs
    to_come: ToCome | None = None  # what the sessions after each one cost at least, once that is worked out


@dataclass(frozen=True, slots=True)
class _Choice:
    """A practitioner and a time of day for the whole series.

    `prices` are those of each day at every time; `position` is the place of this time in them. `added` is what this
    time adds to each session at least.
    """

    main: _Main
    position: int
    prices: Mapping[DayPrices, Prices]
    added: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Series:
    """The best days of a choice, and what they cost."""

    cost: int
    days: Chosen
    choice: _Choice


class _Pass:
    """One search for the best series."""

    def __init__(self, search: Search, days: Mapping[Kind, Days], steps: int) -> None:
        self.search, self.days, self.instance, self.needs = search, days, search.instance, search.needs
        self.most_steps, self.chain = steps, search.chain(days)
        weights, wishes = self.instance.weights, self.instance.preferences
        self.w_main = weights.get("same_practitioner", 0)
        w_early = weights.get("early", 0) if wishes.as_early_as_possible else 0
        self.open_days: dict[Kind, dict[int, OpenDay]] = {kind: {} for kind in days}
        sessions = [*zip(self.needs, self.chain.links, strict=True)]
        self.tables = [self._tables(need, link) for need, link in sessions]
        self.every_table = {table: None for tables in self.tables for table in tables}
        self.early = [[w_early * (day - need.earliest.toordinal()) for day in link.days] for need, link in sessions]
        starts = reduce(or_, (table.starts() for table in self.every_table), 0)
        self.times = Times(search.wishes, times_to_keep(search.wishes, starts, search.pins.values()))
        self.lost = self.chain.lost

    def _tables(self, need: Need, link: Link) -> list[DayPrices]:
        """What the slots of a session cost on each of its days."""
        if need.number in self.search.pins:
            return [PinnedDay(self.search.pins[need.number], self.w_main)]
        of_kind, known = self.days[kind_of(need)], self.open_days[kind_of(need)]
        for day in link.days:
            if day not in known:
                known[day] = OpenDay(day, of_kind.starts(day), self.search.wishes, self.w_main)
        return [known[day] for day in link.days]

    def best(self) -> Solution:
        """The best series over all choices of practitioner and time of day."""
        best: _Series | None = None
        for bound, choice in self._choices():
            if best is not None and bound >= best.cost:
                break
            if best is not None and self.chain.steps >= self.most_steps:
                return self._solution(best, proven=False)
            best = self._series(choice, best.cost if best else (self.lost + 1) * UNPLACED) or best
        if best is None:
            return Solution(self.needs, (None,) * len(self.needs), 0, None, None, self.chain.steps, proven=True)
        return self._solution(best, proven=True)

    # --- the choices for the whole series -------------------------------------------------------------------------

    def _choices(self) -> Iterator[tuple[int, _Choice]]:
        """Each practitioner with each time of day and what that costs at least, the most promising first.

        The times of a practitioner are looked at when no other choice has a lower bound than this one with any time.
        """
        if not self.needs:
            return
        waiting: list[tuple[int, int, int, _Main | _Choice]] = [
            (self._bound_of(main), order, -1, main) for order, main in enumerate(map(self._main, self._mains()))
        ]
        heapify(waiting)
        while waiting:
            bound, order, _, found = heappop(waiting)
            if isinstance(found, _Choice):
                yield bound, found
            elif found.to_come is None:
                found.to_come = self.chain.to_come(found.at_least)
                heappush(waiting, (self._bound_of(found), order, -1, found))
            else:
                for more, choice in self._with_times(found):
                    heappush(waiting, (bound + more, order, choice.position, choice))

    def _mains(self) -> Sequence[str | None]:
        if not self.w_main:
            return [None]
        return sorted({who for table in self.every_table for who in table.people()}) or [None]

    def _main(self, who: str | None) -> _Main:
        least = {table: table.at_least(who) for table in self.every_table}
        return _Main(
            who,
            [
                [least[table] + early for table, early in zip(tables, of_days, strict=True)]
                for tables, of_days in zip(self.tables, self.early, strict=True)
            ],
        )

    def _bound_of(self, main: _Main) -> int:
        """What a series with this practitioner costs at least."""
        if main.to_come:
            return self.chain.least(main.at_least, main.to_come)
        return self.lost * UNPLACED + self._of_placed([min(of_days, default=0) for of_days in main.at_least])

    def _of_placed(self, costs: list[int]) -> int:
        """The sum of what each session costs at least, the dearest left out for those that have no place."""
        return sum(sorted(costs)[: max(len(costs) - self.lost, 0)]) if self.lost else sum(costs)

    def _with_times(self, main: _Main) -> Iterator[tuple[int, _Choice]]:
        """One practitioner with each time of day, and how much more that costs at least."""
        at_times = {table: table.at_times(main.who, self.times) for table in self.every_table}
        more = {table: dearer(prices, -table.at_least(main.who)) for table, prices in at_times.items()}
        no_more = [0] * len(self.times.all)
        added = [lowest([more[table] for table in tables]) if tables else no_more for tables in self.tables]
        for position in range(len(self.times.all)):
            of_sessions = [of_times[position] for of_times in added]
            yield self._of_placed(of_sessions), _Choice(main, position, at_times, of_sessions)

    # --- the best days with both choices fixed --------------------------------------------------------------------

    def _series(self, choice: _Choice, limit: int) -> _Series | None:
        """The best days of a choice; None when they cost as much as `limit` or more."""
        if choice.main.to_come is None:
            raise ValueError("what follows each session was not worked out")
        limits = [limit - self._of_placed([*choice.added[after:]]) for after in range(1, len(self.needs) + 1)]
        found = self.chain.cheapest(self._costs(choice), choice.main.to_come, limits)
        return _Series(*found, choice) if found else None

    def _costs(self, choice: _Choice) -> Iterator[list[int]]:
        """What each session costs on each day."""
        prices, position = choice.prices, choice.position
        for tables, of_days in zip(self.tables, self.early, strict=True):
            yield [prices[table][position] + early for table, early in zip(tables, of_days, strict=True)]

    def _solution(self, series: _Series, *, proven: bool) -> Solution:
        """On each day the best slot."""
        main, reference = series.choice.main.who, self.times.all[series.choice.position]
        slots = tuple(
            None if day is None else self._slot(session, day, series.choice) for session, day in enumerate(series.days)
        )
        return Solution(self.needs, slots, series.cost % UNPLACED, main, reference, self.chain.steps, proven=proven)

    def _slot(self, session: int, day: int, choice: _Choice) -> Slot:
        need = self.needs[session]
        if need.number in self.search.pins:
            return self.search.pins[need.number]
        kind = kind_of(need)
        _, at, who = self.open_days[kind][day].best(choice.main.who, self.times, choice.position)
        return self.days[kind].slot(day, at, who)


def placements(solution: Solution, rooms: Mapping[int, str] | None = None) -> tuple[Placement, ...]:
    """The sessions of a solution that have a place, each in the first of its rooms unless `rooms` says another."""
    chosen = rooms or {}
    return tuple(
        placement(need, slot, chosen.get(need.number) or (slot.rooms[0] if slot.rooms else None))
        for need, slot in zip(solution.needs, solution.slots, strict=True)
        if slot is not None
    )
