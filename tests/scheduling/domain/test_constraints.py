"""Every condition and wish by itself, and in words that the desk may read."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from intake.domain.text import Text
from scheduling.domain.constraints import SOFT, Case, judge
from scheduling.domain.instance import (
    WEIGHTS,
    Closed,
    DayPart,
    Free,
    Instance,
    Need,
    Placement,
    Practitioner,
    Preferences,
    Room,
    Span,
    Wish,
)
from scheduling.domain.propose import SAYINGS, propose

MONDAY = dt.date(2026, 11, 23)
LEAVE = Closed(
    Span(dt.datetime(2026, 11, 24, 8), dt.datetime(2026, 11, 24, 17)), "leave", Text("verlof", "leave of absence")
)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A time, `day` days after the Monday."""
    return dt.datetime.combine(MONDAY + dt.timedelta(days=day), dt.time(hour, minute))


def free(*days: int) -> tuple[Free, ...]:
    return tuple(Free(Span(at(day, 8), at(day, 17))) for day in days)


SANNE = Practitioner("sanne", "Sanne", frozenset({"taping"}), free(0, 2, 3, 4), (LEAVE,))
KARIM = Practitioner("karim", "Karim", frozenset(), free(0, 1, 2, 3, 4))
ROOM = Room("r1", "treatment", free(0, 1, 2, 3, 4))
NEEDS = tuple(
    Need(number, 30, MONDAY, MONDAY + dt.timedelta(days=4), room_kind="treatment", ideal_gap=2) for number in (1, 2)
)
ONE = Instance((SANNE, KARIM), (ROOM,), NEEDS, minimum_days=2)
PLACE = Placement(1, at(2, 9), 30, "sanne", "r1")
Change = Callable[[Instance], Instance]


def wishing(**wishes: object) -> Instance:
    return replace(ONE, preferences=Preferences(**wishes))


@pytest.mark.parametrize(
    ("instance", "placement", "broken"),
    [
        (ONE, PLACE, []),
        (ONE, replace(PLACE, start=at(1, 9)), ["leave"]),
        (ONE, replace(PLACE, start=at(2, 16, 45)), ["full", "room"]),
        (ONE, replace(PLACE, practitioner="nobody"), ["competence", "full"]),
        (ONE, replace(PLACE, room=None), ["room"]),
        (ONE, replace(PLACE, location="elsewhere"), ["full", "room"]),
        (ONE, replace(PLACE, start=at(9, 9)), ["full", "room", "window"]),
        (replace(ONE, busy=(Span(at(2, 9, 15), at(2, 10)),)), PLACE, ["patient"]),
        (replace(ONE, busy=(Span(at(2, 9, 30), at(2, 10)),)), PLACE, []),
        (wishing(not_before=MONDAY + dt.timedelta(days=3)), PLACE, ["not_before"]),
        (wishing(not_after=MONDAY), PLACE, ["not_after"]),
        (replace(ONE, referral_until=MONDAY), PLACE, ["referral"]),
        (wishing(practitioner="karim"), PLACE, []),
        (wishing(practitioner="karim", strict=frozenset({Wish.PRACTITIONER})), PLACE, ["practitioner"]),
        (wishing(day_parts=frozenset({DayPart.EVENING}), strict=frozenset({Wish.DAY_PARTS})), PLACE, ["day_parts"]),
        (wishing(weekdays=frozenset({1}), strict=frozenset({Wish.WEEKDAYS})), PLACE, ["weekdays"]),
    ],
)
def test_a_place_breaks_these_conditions(instance: Instance, placement: Placement, broken: list[str]) -> None:
    reasons = judge(instance, placement)
    assert [reason.code for reason in reasons] == broken
    assert all(reason.text.nl and reason.text.en for reason in reasons)


@pytest.mark.parametrize(("day", "broken"), [(0, []), (1, ["spacing"]), (2, ["spacing"]), (3, ["spacing"])])
def test_sessions_come_in_their_order_with_a_day_of_rest(day: int, broken: list[str]) -> None:
    first = replace(PLACE, start=at(day, 9), practitioner="karim")
    second = replace(PLACE, number=2, start=at(2, 11))
    assert [reason.code for reason in judge(ONE, first, [second])] == broken


@pytest.mark.parametrize(
    ("name", "instance", "steps"),
    [
        ("preferred_practitioner", wishing(practitioner="karim"), 1),
        ("preferred_practitioner", wishing(practitioner="sanne"), 0),
        ("same_practitioner", ONE, 1),
        ("day_part", wishing(day_parts=frozenset({DayPart.AFTERNOON})), 1),
        ("day_part", wishing(day_parts=frozenset({DayPart.MORNING})), 0),
        ("weekday", wishing(weekdays=frozenset({1, 2})), 1),
        ("weekday", wishing(weekdays=frozenset({3})), 0),
        ("same_time", ONE, 3),
        ("early", wishing(as_early_as_possible=True), 2),
        ("early", ONE, 0),
        ("rhythm", ONE, 0),
    ],
)
def test_a_place_is_this_many_steps_from_a_wish(name: str, instance: Instance, steps: int) -> None:
    case = Case(instance, NEEDS[0], PLACE, (), main="karim", reference=10 * 60 + 15)
    assert SOFT[name](case) == steps


def test_a_refusal_names_whose_leave_it_is() -> None:
    only_tuesday = tuple(
        replace(need, earliest=MONDAY + dt.timedelta(days=1), latest=MONDAY + dt.timedelta(days=1)) for need in NEEDS
    )
    asked = Preferences(practitioner="sanne", strict=frozenset({Wish.PRACTITIONER}))
    alone = replace(ONE, needs=only_tuesday[:1], practitioners=(SANNE,), preferences=asked)
    row = propose(alone).rows[0]
    assert [reason.text.nl for reason in row.reasons] == ["verlof"]
    assert {place.start.date() for place in row.alternatives} == {MONDAY, MONDAY + dt.timedelta(days=2)}


def test_the_smallest_relaxation_comes_first() -> None:
    wished = Preferences(weekdays=frozenset({2}), practitioner="sanne", strict=frozenset({Wish.WEEKDAYS}))
    proposal = propose(replace(ONE, preferences=wished))
    assert proposal.relaxation
    assert proposal.relaxation.names == ("weekdays",)
    assert not proposal.is_complete


def test_no_pair_of_relaxations_may_suffice() -> None:
    nobody = replace(ONE, practitioners=(replace(SANNE, free=()), replace(KARIM, free=())))
    proposal = propose(nobody)
    assert proposal.relaxation is None
    assert proposal.placements == ()


def test_every_wish_has_a_weight_and_words() -> None:
    assert set(SOFT) == set(WEIGHTS) == set(SAYINGS)
