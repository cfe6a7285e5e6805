"""Books one series: as many sessions as can be, and among those series one of the lowest cost, with a proof.

A session costs something by itself, by its distance to the session before, and by two choices for the whole series:
the practitioner and the time of day that it keeps to. Those two are tried in turn, the most promising first; with both
fixed, the best slot of each day is known and the best days follow from one pass over the sessions (dynamic
programming). A pair whose lower bound is no better than the best series found is not tried, so the outcome is optimal.
The search is deterministic and bounded by a number of steps.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from scheduling.domain.candidates import Cell, Days, Kind, Slot, candidates, kind_of, pinned_slot, placement
from scheduling.domain.instance import Instance, Need, Placement

STEPS = 2_000_000
NOWHERE = 10**9  # more than any series costs
UNPLACED = 10**6  # what a session without a place counts, above any cost of wishes

Prices = list[int]  # for each reference time

_State = tuple[int, bool]  # the day of the last session with a place, and whether it is the one just before
_Way = tuple[int, _State | None, int | None]  # cost, the state before, and the day of this session


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
    """One instance made ready to be solved, more than once when others take slots meanwhile."""

    instance: Instance
    days: dict[Kind, Days] = field(init=False)
    pins: dict[int, Slot] = field(init=False)
    needs: tuple[Need, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.days = candidates(self.instance)
        self.needs = self.instance.asked
        self.pins = {pin.number: pinned_slot(pin, self.instance) for pin in self.instance.pins}

    def solve(self, taken: Collection[Cell] = frozenset(), cell: int = 1, steps: int = STEPS) -> Solution:
        """The best series beside what is `taken`, in pieces of `cell` minutes."""
        days = {kind: _untaken(slots, kind, taken, cell) for kind, slots in self.days.items()} if taken else self.days
        return _Pass(self, days, steps).best()

    def unplaceable(self) -> int:
        """How many sessions cannot have a place, whatever the cost."""
        return _Pass(self, self.days, STEPS).unplaceable()


def _untaken(days: Days, kind: Kind, taken: Collection[Cell], cell: int) -> Days:
    """The slots that remain, with the rooms that remain."""
    gone = _gone(taken, -(-kind.minutes // cell))
    touched = {time * cell // 1440 for time in gone}
    remaining: dict[int, tuple[Slot, ...]] = {}
    for day, slots in days.items():
        left = slots if day not in touched else tuple(_left(slots, gone, cell))
        if left:
            remaining[day] = left
    return remaining


def _gone(taken: Collection[Cell], length: int) -> dict[int, set[str]]:
    """At each time at which a session of `length` pieces of time would start: the people and rooms it cannot have."""
    gone: dict[int, set[str]] = {}
    for code, time in taken:
        for start in range(time - length + 1, time + 1):
            gone.setdefault(start, set()).add(code)
    return gone


def _left(slots: Iterable[Slot], gone: Mapping[int, set[str]], cell: int) -> Iterator[Slot]:
    """The slots of a day that can still be used, with the rooms that are left."""
    for slot in slots:
        without_them = gone.get((slot.day * 1440 + slot.minute) // cell)
        if without_them is None:
            yield slot
        elif f"p:{slot.practitioner}" not in without_them:
            rooms = tuple([room for room in slot.rooms if f"r:{room}" not in without_them])
            if len(rooms) == len(slot.rooms):
                yield slot
            elif rooms:
                yield slot._replace(rooms=rooms)


def without(slot: Slot, kind: Kind, taken: Collection[Cell], cell: int) -> Slot | None:
    """A slot with the rooms that nobody took; None when it cannot be used any more."""
    times = times_of(slot, kind.minutes, cell)
    if any((f"p:{slot.practitioner}", time) in taken for time in times):
        return None
    if kind.room_kind is None:
        return slot
    rooms = tuple(room for room in slot.rooms if not any((f"r:{room}", time) in taken for time in times))
    if len(rooms) == len(slot.rooms):
        return slot
    return Slot(slot.day, slot.minute, slot.practitioner, slot.location, rooms, slot.base) if rooms else None


def times_of(slot: Slot, minutes: int, cell: int) -> range:
    """The pieces of time that a session in this slot takes."""
    start = slot.day * 1440 + slot.minute
    return range(start // cell, -(-(start + minutes) // cell))


@dataclass(frozen=True, slots=True)
class _Option:
    """A session on each day of its window: the slots there, and what the day itself costs."""

    days: tuple[int, ...]
    early: tuple[int, ...]
    slots: tuple[tuple[Slot, ...], ...]


class _Pass:
    """One search for the best series."""

    def __init__(self, search: Search, days: Mapping[Kind, Days], steps: int) -> None:
        self.instance, self.needs = search.instance, search.needs
        weights, wishes = self.instance.weights, self.instance.preferences
        self.w_main, self.w_time = weights.get("same_practitioner", 0), weights.get("same_time", 0)
        self.w_early = weights.get("early", 0) if wishes.as_early_as_possible else 0
        self.w_rhythm = weights.get("rhythm", 0)
        self.wants_time = wishes.same_time and bool(self.w_time)
        self.options = tuple(self._option(need, days, search.pins) for need in self.needs)
        self.minutes = {slot.minute for option in self.options for slots in option.slots for slot in slots}
        self.times = self._times()
        self._off_time = {minute: [self.off_time(minute, time) for time in self.times] for minute in self.minutes}
        self.left, self.nodes = steps, 0

    def _option(self, need: Need, days: Mapping[Kind, Days], pins: Mapping[int, Slot]) -> _Option:
        first = need.earliest.toordinal()
        if need.number in pins:
            pin = pins[need.number]
            return _Option((pin.day,), (self.w_early * (pin.day - first),), ((pin,),))
        of_kind, last = days[kind_of(need)], need.latest.toordinal()
        window = tuple(day for day in range(first, last + 1) if day in of_kind)
        early = tuple(self.w_early * (day - first) for day in window)
        return _Option(window, early, tuple(of_kind[day] for day in window))

    def best(self) -> Solution:
        """The best series over all choices of practitioner and time of day."""
        lost = self.unplaceable()
        best: Solution | None = None
        for choice in self._choices(lost):
            limit = NOWHERE if best is None else best.rank[0] * UNPLACED + best.cost
            if choice.bound >= limit:
                break
            if best is not None and self.nodes >= self.left:
                return _counted(best, self.nodes, proven=False)
            best = self._series(choice, limit, partial=bool(lost)) or best
        if best is None:
            return Solution(self.needs, (None,) * len(self.needs), 0, None, None, self.nodes, proven=True)
        return _counted(best, self.nodes, proven=True)

    # --- how many sessions can have a place at all ----------------------------------------------------------------

    def unplaceable(self) -> int:
        """How many sessions cannot have a place, whatever the cost."""
        reached: dict[int, int] = {0: 0}  # the day of the last session, and the fewest left out so far
        for option in self.options:
            after = {day: lost + 1 for day, lost in reached.items()}
            for day in option.days:
                fewest = min((lost for last, lost in reached.items() if self._apart(last, day)), default=None)
                if fewest is not None and fewest < after.get(day, NOWHERE):
                    after[day] = fewest
            self.nodes += len(option.days) * len(reached)
            reached = _worth_keeping(after)
        return min(reached.values())

    def _apart(self, last: int, day: int) -> bool:
        return not last or day - last >= self.instance.minimum_days

    # --- the choices for the whole series -------------------------------------------------------------------------

    def _choices(self, lost: int) -> Iterator["_Choice"]:
        """Each practitioner with each time of day, the most promising first.

        The times of a practitioner are worked out when no other choice has a lower bound than this one with any time.
        """
        tables = self._tables()
        waiting: list[tuple[int, str, int, _Choice | None]] = [
            (self._bound(self._cheapest_of(tables, main), lost), main or "", -1, None) for main in self._mains()
        ]
        heapify(waiting)
        while waiting:
            _, main, _, choice = heappop(waiting)
            if choice is not None:
                yield choice
                continue
            for position, found in enumerate(self._with_times(tables, main or None, lost)):
                heappush(waiting, (found.bound, main, position, found))

    def _tables(self) -> dict[int, "_DayTable"]:
        """What the slots of each day cost."""
        every = {id(slots): slots for option in self.options for slots in option.slots}
        return {key: _DayTable(slots, self.w_main) for key, slots in every.items()}

    def _cheapest_of(self, tables: Mapping[int, "_DayTable"], main: str | None) -> tuple[int, ...]:
        """What each session costs at least with this practitioner, whatever the time of the series."""
        at_best = {key: table.at_best(main) for key, table in tables.items()}
        return tuple(
            min(at_best[id(slots)] + early for slots, early in zip(option.slots, option.early, strict=True))
            for option in self.options
            if option.slots
        )

    def _with_times(self, tables: Mapping[int, "_DayTable"], main: str | None, lost: int) -> Iterator["_Choice"]:
        """One practitioner with each time of day."""
        off_time = self._off_time
        of_days = {key: table.cheapest(main, off_time) for key, table in tables.items()}
        prices = [self._prices(option, of_days) for option in self.options]
        cheapest = [list(map(min, *option)) if len(option) > 1 else option[0] for option in prices if option]
        columns = [*zip(*cheapest, strict=True)] or [()] * len(self.times)
        for position, column in enumerate(columns):
            yield _Choice(self._bound(column, lost), main, self.times[position], position, prices, column)

    def _bound(self, cheapest: tuple[int, ...], lost: int) -> int:
        """What a series costs at least: every session on its cheapest day, the dearest ones left out."""
        if not lost:
            return sum(cheapest)
        return lost * UNPLACED + sum(sorted(cheapest)[: len(self.options) - lost])

    def _times(self) -> Sequence[int | None]:
        return sorted(self.minutes) if self.wants_time and self.minutes else (None,)

    def _mains(self) -> list[str | None]:
        if not self.w_main:
            return [None]
        every = {slot.practitioner for option in self.options for slots in option.slots for slot in slots}
        return [*sorted(every)] or [None]

    def _prices(self, option: _Option, of_days: Mapping[int, Prices]) -> list[Prices]:
        """For each day of a session's window what its best slot costs, at each reference time."""
        of_window = [of_days[id(slots)] for slots in option.slots]
        if not self.w_early:
            return of_window
        return [[price + early for price in prices] for prices, early in zip(of_window, option.early, strict=True)]

    # --- the best days with both choices fixed --------------------------------------------------------------------

    def _series(self, choice: "_Choice", limit: int, *, partial: bool) -> Solution | None:
        """The best days, and on each the best slot; None when it costs as much as `limit` or more."""
        found = self._days_with_gaps(choice.at_time()) if partial else self._days(choice, limit)
        if found is None or found[0] >= limit:
            return None
        cost, days = found
        slots = tuple(
            None if day is None else self._slot(option, day, choice.main, choice.reference)
            for option, day in zip(self.options, days, strict=True)
        )
        return Solution(self.needs, slots, cost % UNPLACED, choice.main, choice.reference, self.nodes, proven=False)

    def _slot(self, option: _Option, day: int, main: str | None, reference: int | None) -> Slot:
        slots = option.slots[option.days.index(day)]
        return min(slots, key=lambda slot: (self.price(slot, main, reference), slot.minute, slot.practitioner))

    def price(self, slot: Slot, main: str | None, reference: int | None) -> int:
        """What a slot costs beside the choices for the series."""
        off_main = self.w_main if main is not None and slot.practitioner != main else 0
        return slot.base + off_main + self.off_time(slot.minute, reference)

    def off_time(self, minute: int, reference: int | None) -> int:
        """What a time of day costs beside that of the series."""
        if reference is None:
            return 0
        return self.w_time * -(-abs(minute - reference) // self.instance.slot_minutes)

    def _days(self, choice: "_Choice", limit: int) -> tuple[int, list[int | None]] | None:
        """The cheapest day for each session when all of them have a place, if that costs less than `limit`."""
        to_come = sum(choice.cheapest)
        before: dict[int, tuple[int, int]] = {0: (0, 0)}
        trail: list[dict[int, tuple[int, int]]] = []
        for position, (option, price) in enumerate(zip(self.options, choice.at_time(), strict=True)):
            to_come -= choice.cheapest[position]
            before = self._reached(position, option, price, before, limit - to_come)
            if not before:
                return None
            trail.append(before)
        day = min(before, key=lambda day: (before[day][0], day))
        cost = before[day][0]
        days: list[int | None] = []
        for now in reversed(trail):
            days.append(day)
            day = now[day][1]
        return cost, [*reversed(days)]

    def _reached(
        self, position: int, option: _Option, price: Prices, before: Mapping[int, tuple[int, int]], limit: int
    ) -> dict[int, tuple[int, int]]:
        """For each day of a session that can be reached for less than `limit`: the cost, and the day before it."""
        now: dict[int, tuple[int, int]] = {}
        rest, ideal = self.instance.minimum_days, self.needs[position].ideal_gap
        weight = self.w_rhythm if ideal is not None and position else 0
        ways = [(last, cost) for last, (cost, _) in before.items()]
        for day, own in zip(option.days, price, strict=True):
            best, came_from = limit - own, 0
            for last, cost in ways:
                if day - last < rest:
                    break
                total = cost + weight * abs(day - last - (ideal or 0)) if weight else cost
                if total < best:
                    best, came_from = total, last
            if best + own < limit:
                now[day] = (best + own, came_from)
        self.nodes += len(option.days) * len(before)
        return now

    def _rhythm(self, need: Need, last: int, day: int) -> int:
        if not last or need.ideal_gap is None:
            return 0
        return self.w_rhythm * abs(day - last - need.ideal_gap)

    def _days_with_gaps(self, prices: list[Prices]) -> tuple[int, list[int | None]]:
        """The cheapest days when some sessions have no place; the rhythm counts between neighbours that both have one.

        A state is the day of the last session with a place, and whether that is the one just before.
        """
        before: dict[_State, _Way] = {(0, False): (0, None, None)}
        trail: list[dict[_State, _Way]] = []
        for need, option, price in zip(self.needs, self.options, prices, strict=True):
            now: dict[_State, _Way] = {}
            for state, (cost, _, _) in before.items():
                _keep(now, (state[0], False), (cost + UNPLACED, state, None))
                for day, own in zip(option.days, price, strict=True):
                    if self._apart(state[0], day):
                        rhythm = self._rhythm(need, state[0], day) if state[1] else 0
                        _keep(now, (day, True), (cost + own + rhythm, state, day))
            self.nodes += len(option.days) * len(before)
            trail.append(now)
            before = now
        state = min(before, key=lambda state: (before[state][0], state))
        total = before[state][0]
        days: list[int | None] = []
        for now in reversed(trail):
            _, earlier, chosen = now[state]
            days.append(chosen)
            state = earlier or state
        return total, [*reversed(days)]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A practitioner and a time of day for the whole series, and what it costs at least: in all, and each session.

    `prices` are those of each session on each day at every time of day; `position` is the place of this time in them.
    """

    bound: int
    main: str | None
    reference: int | None
    position: int
    prices: list[list[Prices]]
    cheapest: tuple[int, ...]

    def at_time(self) -> list[Prices]:
        """The price of each session on each day at this time."""
        position = self.position
        return [[day[position] for day in option] for option in self.prices]


def _keep(states: dict[_State, _Way], state: _State, found: _Way) -> None:
    """Keep the cheapest way to a state; of equals the first that was found."""
    if state not in states or found[0] < states[state][0]:
        states[state] = found


def _worth_keeping(reached: dict[int, int]) -> dict[int, int]:
    """Without the days that are later than another at which no more sessions were left out."""
    kept: dict[int, int] = {}
    fewest = NOWHERE
    for day in sorted(reached):
        if reached[day] < fewest:
            kept[day] = fewest = reached[day]
    return kept


def _counted(solution: Solution, nodes: int, *, proven: bool) -> Solution:
    return Solution(
        solution.needs, solution.slots, solution.cost, solution.main, solution.reference, nodes, proven=proven
    )


class _DayTable:
    """What the slots of one day cost: with the main practitioner, and with somebody else, who costs `off_main` more."""

    def __init__(self, slots: tuple[Slot, ...], off_main: int) -> None:
        self.slots, self.off_main = slots, off_main
        self.at_once: dict[str, int] = {}
        self.anybody: Prices | None = None
        for slot in slots:
            known = self.at_once.get(slot.practitioner)
            if known is None or slot.base < known:
                self.at_once[slot.practitioner] = slot.base
        self.lowest = min(self.at_once.values())

    def at_best(self, main: str | None) -> int:
        """What the best slot costs at least, whatever the time of the series."""
        if main is None:
            return self.lowest
        other = self.lowest + self.off_main
        return min(self.at_once.get(main, other), other)

    def cheapest(self, main: str | None, off_time: Mapping[int, Prices]) -> Prices:
        """The best slot of the day at each time, for a series that keeps to this practitioner."""
        if self.anybody is None:
            self.anybody = _lowest(self.slots, off_time)
        if main is None:
            return self.anybody
        other = [price + self.off_main for price in self.anybody]
        if main not in self.at_once:
            return other
        own = _lowest([slot for slot in self.slots if slot.practitioner == main], off_time)
        return list(map(min, own, other))


def _lowest(slots: Iterable[Slot], off_time: Mapping[int, Prices]) -> Prices:
    """What the cheapest of some slots costs at each time of the series."""
    at_minute: dict[int, int] = {}
    for slot in slots:
        known = at_minute.get(slot.minute)
        if known is None or slot.base < known:
            at_minute[slot.minute] = slot.base
    rows = [
        [price + base for price in off_time[minute]] if base else off_time[minute] for minute, base in at_minute.items()
    ]
    return rows[0] if len(rows) == 1 else list(map(min, *rows))


def placements(solution: Solution, rooms: Mapping[int, str] | None = None) -> tuple[Placement, ...]:
    """The sessions of a solution that have a place, each in the first of its rooms unless `rooms` says another."""
    chosen = rooms or {}
    return tuple(
        placement(need, slot, chosen.get(need.number) or (slot.rooms[0] if slot.rooms else None))
        for need, slot in zip(solution.needs, solution.slots, strict=True)
        if slot is not None
    )
