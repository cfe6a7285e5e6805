"""The three places that are offered on the telephone."""

import datetime as dt
import random

from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.constraints import judge
from scheduling.domain.dock import Option, Why, options
from scheduling.domain.instance import DayPart, Free, Instance, Need, Placement, Practitioner, Preferences, Span
from tests.scheduling.domain.made_up import MONDAY, practice

DAY = dt.timedelta(days=1)


def somebody(code: str, *free: str) -> Practitioner:
    """Somebody who is free at these times, such as "0 09:00-12:00" on day 0."""
    spans = []
    for one in free:
        day, clock = one.split(" ")
        start, end = (dt.time.fromisoformat(part) for part in clock.split("-"))
        date = MONDAY + int(day) * DAY
        spans.append(Free(Span(dt.datetime.combine(date, start), dt.datetime.combine(date, end))))
    return Practitioner(code, code.title(), frozenset(), tuple(spans))


def asking(*people: Practitioner, **wishes: object) -> Instance:
    need = Need(1, 30, MONDAY, MONDAY + 20 * DAY)
    return Instance(people, (), (need,), preferences=Preferences(**wishes))  # type: ignore[arg-type]


def said(found: tuple[Option, ...]) -> list[tuple[str, int, str, str]]:
    return [
        (
            one.why.value,
            (one.placement.start.date() - MONDAY).days,
            f"{one.placement.start:%H:%M}",
            one.placement.practitioner,
        )
        for one in found
    ]


def test_best_fit_another_day_and_the_earliest_with_anyone() -> None:
    instance = asking(
        somebody("tom", "0 09:00-10:00"),
        somebody("sanne", "2 13:00-14:00", "3 09:00-09:30"),
        practitioner="sanne",
        day_parts=frozenset({DayPart.MORNING}),
    )
    assert said(options(instance)) == [
        ("best", 3, "09:00", "sanne"),
        ("other_day", 2, "13:00", "sanne"),
        ("earliest", 0, "09:00", "tom"),
    ]


def test_the_next_three_are_other_ones() -> None:
    instance = asking(somebody("sanne", "0 09:00-11:00", "1 09:00-11:00"))
    assert said(options(instance)) == [
        ("best", 0, "09:00", "sanne"),
        ("other_day", 1, "09:00", "sanne"),
        ("other_time", 0, "09:30", "sanne"),
    ]
    assert said(options(instance, page=1)) == [
        ("best", 0, "10:00", "sanne"),
        ("other_day", 1, "09:30", "sanne"),
        ("other_time", 0, "10:30", "sanne"),
    ]


def test_two_at_the_same_time_are_not_offered_together() -> None:
    instance = asking(somebody("sanne", "0 09:00-10:00"), somebody("tom", "0 09:00-10:00"), practitioner="sanne")
    assert said(options(instance)) == [("best", 0, "09:00", "sanne"), ("somebody_else", 0, "09:30", "tom")]


def test_the_earliest_is_earlier_than_the_others_or_is_not_called_so() -> None:
    free = ("0 09:00-10:00", "1 09:00-10:00")
    three = options(asking(somebody("sanne", *free), somebody("tom", "0 11:00-12:00"), practitioner="sanne"))
    assert said(three) == [
        ("best", 0, "09:00", "sanne"),
        ("other_day", 1, "09:00", "sanne"),
        ("somebody_else", 0, "11:00", "tom"),
    ]
    assert [option.is_earliest for option in three] == [True, False, False]


def test_without_a_place_there_is_no_option() -> None:
    assert options(asking(somebody("sanne"))) == ()
    assert options(asking(somebody("sanne", "0 09:00-10:00")), page=9) == ()


def test_a_place_that_is_not_allowed_is_not_offered() -> None:
    instance = asking(somebody("sanne", "0 09:00-10:00"))
    assert said(options(instance, lambda place: place.start.hour != 9 or place.start.minute != 0)) == [
        ("best", 0, "09:30", "sanne")
    ]


@given(st.integers(0, 500), st.integers(0, 4))
def test_options_can_be_booked_and_are_never_the_same(seed: int, pages: int) -> None:
    people, rooms = practice(random.Random(seed), therapists=4, rooms=2, weeks=2)
    need = Need(1, 30, MONDAY, MONDAY + 13 * DAY, room_kind="treatment")
    instance = Instance(people, rooms, (need,), preferences=Preferences(practitioner=people[0].code))
    shown: list[Placement] = []
    for page in range(pages + 1):
        three = options(instance, page=page)
        assert len(three) <= 3
        for option in three:
            assert judge(instance, option.placement) == ()
            assert option.why is not Why.EARLIEST or option.is_earliest
            assert option.own == (option.placement.practitioner == people[0].code)
        if len(three) > 1 and three[1].why is Why.OTHER_DAY:
            assert three[0].placement.start.date() != three[1].placement.start.date()
        shown += [option.placement for option in three]
    assert len(set(shown)) == len(shown)
