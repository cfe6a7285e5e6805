"""Where a session could be: the same places that the conditions allow when each start of each day is judged alone."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.domain.candidates import Slot, candidates, days_of_kinds, kind_of, minutes, placement
from scheduling.domain.constraints import judge
from scheduling.domain.instance import Free, Instance, Placement, Practitioner, Preferences, Room, Span, Wish
from scheduling.domain.openings import DAY, Openings, cell_minutes, positions
from scheduling.domain.solver import Search
from tests.scheduling.domain.made_up import MONDAY, instance

CLOCK_GOES_FORWARD = dt.date(2027, 3, 28)
DAYS = 3  # that are judged start by start


def some(seed: int) -> Instance:
    """A small practice and wishes with conditions, a busy patient, sessions of three lengths and a grid that varies."""
    chance = random.Random(seed)
    one = instance(seed, sessions=3, weeks=1, therapists=3, rooms=2, busy=0.4)
    wishes = replace(one.preferences, strict=frozenset(chance.sample(tuple(Wish), chance.randint(0, 2))))
    lengths = (20, 30, 45)
    needs = tuple(replace(need, minutes=length) for need, length in zip(one.needs, lengths, strict=True))
    ten = dt.datetime.combine(MONDAY + dt.timedelta(days=1), dt.time(10, 10))
    busy = (Span(ten, ten + dt.timedelta(minutes=95)),)
    return replace(one, needs=needs, preferences=wishes, busy=busy, slot_minutes=chance.choice((10, 15, 30)))


def starts_of(one: Instance) -> Iterator[tuple[dt.datetime, Practitioner, Room]]:
    """Every start on the first days, from an hour before the practice opens, with everybody, in every room."""
    for day in range(DAYS):
        for minute in range(7 * 60, 18 * 60, one.slot_minutes):
            at = dt.datetime.combine(MONDAY + dt.timedelta(days=day), dt.time(minute // 60, minute % 60))
            yield from ((at, who, room) for who in one.practitioners for room in one.rooms)


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_the_slots_of_a_session_are_those_that_its_conditions_allow(seed: int) -> None:
    one = some(seed)
    for need in one.needs:
        slots = [slot for day in candidates(one)[kind_of(need)].values() for slot in day]
        found = {(slot.day, slot.minute, slot.practitioner, room) for slot in slots for room in slot.rooms}
        judged = range(MONDAY.toordinal(), MONDAY.toordinal() + DAYS)
        allowed = {
            (*divmod(minutes(at), DAY), who.code, room.code)
            for at, who, room in starts_of(one)
            if not judge(one, Placement(need.number, at, need.minutes, who.code, room.code))
        }
        assert {slot for slot in found if slot[0] in judged} == allowed


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_beside_what_is_taken_are_the_slots_that_do_not_meet_it(seed: int) -> None:
    one, chance = some(seed), random.Random(seed)
    search = Search.of(one)
    cell = search.openings.cell
    every = {need: [slot for day in search.days[kind_of(need)].values() for slot in day] for need in one.needs}
    taken: dict[str, dict[int, int]] = {}
    for need, slots in every.items():
        for slot in chance.sample(slots, min(len(slots), 4)):
            pieces = (1 << need.minutes // cell) - 1 << slot.minute // cell
            for code in (f"p:{slot.practitioner}", f"r:{slot.rooms[0]}"):
                of_code = taken.setdefault(code, {})
                of_code[slot.day] = of_code.get(slot.day, 0) | pieces
    remaining = days_of_kinds(map(kind_of, one.needs), search.wishes, taken)
    for need, slots in every.items():
        left = {slot for day in remaining[kind_of(need)].values() for slot in day}
        assert left == set(filter(None, (_left(slot, need.minutes, cell, taken) for slot in slots)))


def _left(slot: Slot, length: int, cell: int, taken: dict[str, dict[int, int]]) -> Slot | None:
    """A slot with the rooms that are left, looked at piece by piece."""
    pieces = range(slot.minute // cell, (slot.minute + length) // cell)

    def is_free(code: str) -> bool:
        return not any(taken.get(code, {}).get(slot.day, 0) >> piece & 1 for piece in pieces)

    rooms = tuple(room for room in slot.rooms if is_free(f"r:{room}"))
    return slot._replace(rooms=rooms) if rooms and is_free(f"p:{slot.practitioner}") else None


@pytest.mark.parametrize(
    ("start", "end", "length", "step", "at"),
    [
        ((0, 9, 0), (0, 10, 0), 30, 30, [(0, 540), (0, 570)]),
        ((0, 9, 5), (0, 10, 0), 30, 30, [(0, 570)]),
        ((0, 9, 0), (0, 9, 55), 30, 10, [(0, 540), (0, 550), (0, 560)]),
        ((0, 9, 0), (0, 9, 20), 30, 10, []),
        ((0, 23, 0), (1, 1, 0), 60, 30, [(0, 1380), (0, 1410), (1, 0)]),
        ((0, 22, 0), (2, 0, 30), 60, 600, [(1, 0), (1, 600), (1, 1200)]),
    ],
)
def test_a_session_starts_within_free_time_on_a_multiple_of_the_step(
    start: tuple[int, int, int], end: tuple[int, int, int], length: int, step: int, at: list[tuple[int, int]]
) -> None:
    first, last = (dt.datetime(2026, 11, 23 + day, hour, minute) for day, hour, minute in (start, end))
    found = Openings(5).starts((Free(Span(first, last), "here"),), length, step)["here"]
    monday = MONDAY.toordinal()
    assert [(day - monday, place * 5) for day, bits in sorted(found.items()) for place in positions(bits)] == at


def test_no_session_lies_across_a_change_of_the_clock() -> None:
    night = Free(Span(dt.datetime.combine(CLOCK_GOES_FORWARD, dt.time()), dt.datetime(2027, 3, 28, 6)))
    sleepless = Practitioner("owl", "Owl", frozenset(), (night,))
    need = replace(instance(0).needs[1], minutes=60, earliest=CLOCK_GOES_FORWARD, latest=CLOCK_GOES_FORWARD)
    one = Instance((sleepless,), (), (replace(need, room_kind=None),), preferences=Preferences(), slot_minutes=60)
    (slots,) = candidates(one)[kind_of(one.needs[0])].values()
    assert {slot.minute // 60 for slot in slots} == {0, 3, 4, 5}
    assert all(not judge(one, placement(one.needs[0], slot, None)) for slot in slots)


def test_a_piece_of_time_fits_days_starts_and_sessions() -> None:
    one = instance(0)
    needs = (replace(one.needs[0], minutes=45), replace(one.needs[1], minutes=60))
    assert cell_minutes((replace(one, needs=needs, slot_minutes=30),)) == 15
    assert cell_minutes((replace(one, needs=needs[1:], slot_minutes=50),)) == 10
