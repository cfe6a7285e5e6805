"""Whom a place that became free helps."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.filling import FreePlace, Wanted, helps, whom_it_helps
from scheduling.domain.instance import DayPart

MONDAY = dt.date(2026, 11, 30)
PLACE = FreePlace(dt.datetime(2026, 11, 30, 14, 30), 30, "sanne", frozenset({"taping"}))
ASKED = dt.datetime(2026, 11, 20, 9)
ANYTHING = Wanted("a", ASKED, 30)
DAY = dt.timedelta(days=1)


def test_somebody_without_wishes_is_helped() -> None:
    assert helps(PLACE, ANYTHING)


@pytest.mark.parametrize(
    ("helped", "wishes"),
    [
        (True, {"minutes": 20}),
        (False, {"minutes": 45}),
        (True, {"practitioner": "sanne"}),
        (False, {"practitioner": "tom"}),
        (True, {"competences": frozenset({"taping"})}),
        (False, {"competences": frozenset({"taping", "pelvic"})}),
        (True, {"weekdays": frozenset({1, 3})}),
        (False, {"weekdays": frozenset({2})}),
        (True, {"day_parts": frozenset({DayPart.AFTERNOON})}),
        (False, {"day_parts": frozenset({DayPart.MORNING, DayPart.EVENING})}),
        (True, {"from_date": MONDAY, "until_date": MONDAY}),
        (False, {"from_date": MONDAY + DAY}),
        (False, {"until_date": MONDAY - DAY}),
        (True, {"instead_of": PLACE.starts + DAY}),
        (False, {"instead_of": PLACE.starts}),
        (False, {"instead_of": PLACE.starts - DAY}),
        (True, {"instead_of": PLACE.starts - DAY, "in_conflict": True}),
        (False, {"busy": frozenset({MONDAY})}),
        (False, {"declined": frozenset({(PLACE.starts, "sanne")})}),
        (True, {"declined": frozenset({(PLACE.starts, "tom")})}),
    ],
)
def test_a_place_helps_who_wishes_it(helped: bool, wishes: dict[str, Any]) -> None:
    assert helps(PLACE, replace(ANYTHING, **wishes)) is helped


def test_a_visit_that_cannot_be_comes_before_who_waits_longest() -> None:
    early = replace(ANYTHING, code="early", since=ASKED - 9 * DAY)
    late = replace(ANYTHING, code="late")
    stuck = replace(ANYTHING, code="stuck", since=ASKED + DAY, in_conflict=True)
    not_helped = replace(ANYTHING, code="other", practitioner="tom")
    assert [one.code for one in whom_it_helps(PLACE, [late, not_helped, stuck, early])] == ["stuck", "early", "late"]


@given(
    st.lists(
        st.builds(
            Wanted,
            code=st.text("abc", min_size=1),
            since=st.datetimes(),
            minutes=st.sampled_from([20, 30, 60]),
            in_conflict=st.booleans(),
        ),
        unique_by=lambda one: one.code,
    ),
    st.randoms(),
)
def test_the_order_of_the_list_does_not_matter(waiting: list[Wanted], chance: Any) -> None:
    shuffled = list(waiting)
    chance.shuffle(shuffled)
    assert whom_it_helps(PLACE, waiting) == whom_it_helps(PLACE, shuffled)


@given(st.sampled_from(["minutes", "weekdays", "day_parts"]), st.integers(5, 90), st.sets(st.integers(1, 7)))
def test_one_more_wish_never_helps_more(what: str, minutes: int, days: set[int]) -> None:
    wishes = {"minutes": max(minutes, 30), "weekdays": frozenset(days), "day_parts": frozenset({DayPart.EVENING})}
    assert not helps(PLACE, replace(ANYTHING, **{what: wishes[what]})) or helps(PLACE, ANYTHING)
