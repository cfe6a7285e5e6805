"""Books several series together: practitioners and rooms with the same code are the same.

Orders are tried, one series after the other; each outcome is improved by moving a session that is in the way of one
without a place. A step is kept only when it places more, so the best outcome is never worse than the best order tried.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from scheduling.domain.candidates import Kind, Slot, kind_of
from scheduling.domain.instance import Instance, Proposal
from scheduling.domain.openings import DAY, Bits, Openings, cell_minutes
from scheduling.domain.propose import explained
from scheduling.domain.solver import STEPS, Search, Solution

MOST_PLANS = 40
ROUNDS = 3  # of looking for sessions that can make room for others

Cell = tuple[str, int]  # a practitioner ("p:code") or room ("r:code"), and a piece of time


def times_of(slot: Slot, minutes: int, cell: int) -> range:
    """The pieces of time that a session in this slot takes."""
    start = slot.day * DAY + slot.minute
    return range(start // cell, -(-(start + minutes) // cell))


@dataclass(slots=True)
class _Booked:
    """What all series have taken so far."""

    searches: Sequence[Search]
    cell: int
    solutions: list[Solution]
    rooms: list[dict[int, str]]
    taken: dict[Cell, tuple[int, int]] = field(default_factory=dict)  # whose it is: series, and position in it
    bits: dict[str, dict[int, Bits]] = field(default_factory=dict)  # the same, for the search

    def take(self, series: int, position: int, slot: Slot) -> None:
        """Give a session this slot, in the first room of it that is free."""
        need = self.searches[series].needs[position]
        room = slot.rooms[0] if slot.rooms else None
        if room is not None:
            self.rooms[series][need.number] = room
        for cell in self._cells(slot, room, need.minutes):
            self.taken[cell] = (series, position)
            self._flip(cell)

    def leave(self, series: int, position: int, slot: Slot) -> None:
        """Take a session out of its slot."""
        need = self.searches[series].needs[position]
        for cell in self._cells(slot, self.rooms[series].pop(need.number, None), need.minutes):
            del self.taken[cell]
            self._flip(cell)

    def _flip(self, cell: Cell) -> None:
        """Note that a piece of time is taken, or no longer."""
        code, time = cell
        day, at = divmod(time, DAY // self.cell)
        of_code = self.bits.setdefault(code, {})
        of_code[day] = of_code.get(day, 0) ^ 1 << at

    def _cells(self, slot: Slot, room: str | None, minutes: int) -> Iterator[Cell]:
        for time in times_of(slot, minutes, self.cell):
            yield f"p:{slot.practitioner}", time
            if room is not None:
                yield f"r:{room}", time

    def place(self, series: int, solution: Solution) -> None:
        """Book a whole series."""
        self.solutions[series] = solution
        for position, slot in enumerate(solution.slots):
            if slot is not None:
                self.take(series, position, slot)

    def move(self, series: int, position: int, slot: Slot | None) -> None:
        """Put a session that has left its slot, or had none, in another one."""
        solution = self.solutions[series]
        slots = (*solution.slots[:position], slot, *solution.slots[position + 1 :])
        self.solutions[series] = replace(solution, slots=slots, proven=False)
        if slot is not None:
            self.take(series, position, slot)

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller, the better: sessions without a place, then cost."""
        lost, cost = zip(*(solution.rank for solution in self.solutions), strict=True)
        return sum(lost), sum(cost)


def propose_many(instances: Sequence[Instance], steps: int = STEPS) -> tuple[Proposal, ...]:
    """A proposal for each instance, such that all of them can be booked. `steps` bounds the search for each series."""
    if not instances:
        return ()
    searches = searches_of(instances)
    booked = best_together(searches, steps)
    return tuple(
        explained(search, solution, rooms)
        for search, solution, rooms in zip(searches, booked.solutions, booked.rooms, strict=True)
    )


def searches_of(instances: Sequence[Instance]) -> list[Search]:
    """The instances made ready to be solved beside each other."""
    openings = Openings(cell_minutes(instances))
    return [Search(instance, openings) for instance in instances]


def best_together(searches: Sequence[Search], steps: int = STEPS) -> _Booked:
    """The best of the orders tried, each improved.

    No other order is tried once the only sessions without a place are those that have none when booked alone.
    """
    cell, fewest = searches[0].openings.cell, sum(search.unplaceable() for search in searches)
    tried: list[_Booked] = []
    for order in _orders(searches, steps):
        tried.append(_improved(_in_order(searches, order, cell, steps)))
        if tried[-1].rank[0] == fewest:
            break
    return min(tried, key=lambda booked: booked.rank)


def _orders(searches: Sequence[Search], steps: int) -> Iterator[list[int]]:
    """The orders that are tried: those with the least to choose from first, as given, and the last or dearest first."""
    every = range(len(searches))
    choice = [sum(days.count() for days in search.days.values()) for search in searches]
    yield sorted(every, key=lambda at: (choice[at], at))
    yield list(every)
    yield sorted(every, key=lambda at: (min(need.latest for need in searches[at].needs), choice[at], at))
    alone = [search.solve(steps=steps) for search in searches]
    yield sorted(every, key=lambda at: (-alone[at].cost, at))


def _in_order(searches: Sequence[Search], order: list[int], cell: int, steps: int) -> _Booked:
    """Every series after the other, beside what those before it took; pinned sessions of all come first."""
    empty = Solution((), (), 0, None, None, 0, proven=False)
    booked = _Booked(searches, cell, [empty] * len(searches), [{} for _ in searches])
    for series, search in enumerate(searches):
        for position, need in enumerate(search.needs):
            if need.number in search.pins:
                booked.take(series, position, search.pins[need.number])
    for series in order:
        booked.place(series, searches[series].solve(booked.bits, steps))
    return booked


def _improved(booked: _Booked) -> _Booked:
    """The same with more sessions that have a place, by moving at most one other session for each."""
    for _ in range(ROUNDS):
        without_place = [
            (series, position)
            for series, solution in enumerate(booked.solutions)
            for position, slot in enumerate(solution.slots)
            if slot is None
        ]
        got_one = [_make_room(booked, *session) for session in without_place]
        if not any(got_one):
            break
    return booked


def _make_room(booked: _Booked, series: int, position: int) -> bool:
    """Find a slot for a session, if need be by moving the one session that is in the way to a free slot."""
    for slot in _possible(booked, series, position):
        free = without(slot, kind_of(booked.searches[series].needs[position]), booked.taken, booked.cell)
        if free is not None:
            booked.move(series, position, free)
            return True
    return any(_by_moving(booked, series, position, slot) for slot in _possible(booked, series, position))


def _by_moving(booked: _Booked, series: int, position: int, slot: Slot) -> bool:
    kind = kind_of(booked.searches[series].needs[position])
    for other in _in_the_way(booked, slot, kind.minutes):
        was = booked.solutions[other[0]].slots[other[1]]
        if was is None or other[0] == series or other[1] in _pinned(booked, other[0]):
            continue
        back = _as_booked(booked, *other, was)
        booked.leave(*other, was)
        mine = without(slot, kind, booked.taken, booked.cell)
        if mine is not None:
            booked.move(series, position, mine)
            if _moved_elsewhere(booked, *other):
                return True
            booked.leave(series, position, mine)
            booked.move(series, position, None)
        booked.move(*other, back)
    return False


def _as_booked(booked: _Booked, series: int, position: int, slot: Slot) -> Slot:
    """A slot with the room that the session has now in front, so that it gets the same one back."""
    room = booked.rooms[series].get(booked.searches[series].needs[position].number)
    return slot._replace(rooms=(room, *(one for one in slot.rooms if one != room))) if room else slot


def without(slot: Slot, kind: Kind, taken: Container[Cell], cell: int) -> Slot | None:
    """A slot with the rooms that nobody took; None when it cannot be used any more."""
    times = times_of(slot, kind.minutes, cell)
    if any((f"p:{slot.practitioner}", time) in taken for time in times):
        return None
    if kind.room_kind is None:
        return slot
    rooms = tuple(room for room in slot.rooms if not any((f"r:{room}", time) in taken for time in times))
    return slot._replace(rooms=rooms) if rooms else None


def _in_the_way(booked: _Booked, slot: Slot, minutes: int) -> list[tuple[int, int]]:
    """The sessions that hold the practitioner or a room of a slot."""
    codes = [f"p:{slot.practitioner}", *(f"r:{room}" for room in slot.rooms)]
    cells = [(code, time) for code in codes for time in times_of(slot, minutes, booked.cell)]
    return list(dict.fromkeys(booked.taken[cell] for cell in cells if cell in booked.taken))


def _moved_elsewhere(booked: _Booked, series: int, position: int) -> bool:
    """Put a session that has left its slot in a free one, if there is one."""
    kind = kind_of(booked.searches[series].needs[position])
    for slot in _possible(booked, series, position):
        free = without(slot, kind, booked.taken, booked.cell)
        if free is not None:
            booked.move(series, position, free)
            return True
    return False


def _pinned(booked: _Booked, series: int) -> set[int]:
    search = booked.searches[series]
    return {position for position, need in enumerate(search.needs) if need.number in search.pins}


def _possible(booked: _Booked, series: int, position: int) -> Iterator[Slot]:
    """The slots of a session in its days, far enough from the sessions before and after it."""
    search, solution = booked.searches[series], booked.solutions[series]
    need = search.needs[position]
    if need.number in search.pins:
        return
    rest = search.instance.minimum_days
    first, last = need.earliest.toordinal(), need.latest.toordinal()
    before = [slot.day for slot in solution.slots[:position] if slot]
    after = [slot.day for slot in solution.slots[position + 1 :] if slot]
    first, last = max([first, *(day + rest for day in before)]), min([last, *(day - rest for day in after)])
    days = search.days[kind_of(need)]
    for day in range(first, last + 1):
        if days.starts(day):
            yield from days[day]
