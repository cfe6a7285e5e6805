"""A plan and the calendar in step: planned = booked + to book + done + dropped, whatever happened."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.life import AppointmentState
from scheduling.domain.step import InStep, PlannedVisit, Visit, in_step

BEGAN = dt.date(2026, 11, 2)
NOW = dt.datetime(2026, 11, 27, 9)
DAY = dt.timedelta(days=1)
BOOKED, DONE = AppointmentState.BOOKED, AppointmentState.DONE

numbers = st.integers(1, 16)
visits = st.builds(
    Visit,
    number=st.none() | numbers,
    starts=st.datetimes(dt.datetime(2026, 10, 1), dt.datetime(2027, 3, 1)),
    state=st.sampled_from(AppointmentState),
)


def plan(count: int, *, measured: tuple[int, ...] = (1,)) -> list[PlannedVisit]:
    """A plan with two sessions a week."""
    return [PlannedVisit(number, (number + 1) // 2, number in measured) for number in range(1, count + 1)]


def step(sessions: list[PlannedVisit], made: list[Visit], dropped: set[int] | None = None) -> InStep:
    """Where a plan of six weeks stands."""
    return in_step(sessions, made, dropped or set(), began=BEGAN, weeks=6, now=NOW)


@given(st.integers(0, 16), st.lists(visits, max_size=40), st.sets(numbers), st.sets(numbers))
def test_planned_is_booked_and_to_book_and_done_and_dropped(
    count: int, made: list[Visit], dropped: set[int], measured: set[int]
) -> None:
    found = step(plan(count, measured=tuple(measured)), made, dropped)
    parts = [*found.booked, *found.to_book, *found.done, *found.dropped]
    assert sorted(parts) == list(found.planned) == list(range(1, count + 1))


@given(st.lists(visits, max_size=40), st.sets(numbers), st.randoms())
def test_the_order_of_visits_does_not_matter(made: list[Visit], dropped: set[int], chance: object) -> None:
    shuffled = list(made)
    chance.shuffle(shuffled)
    assert step(plan(12), made, dropped) == step(plan(12), shuffled, dropped)


@given(st.lists(visits, max_size=30), numbers)
def test_what_was_given_stays_given_whatever_comes_after(made: list[Visit], number: int) -> None:
    assert number in step(plan(16), [*made, Visit(number, NOW, DONE)], {number}).done


@pytest.mark.parametrize(
    "state",
    [
        AppointmentState.CANCELLED,
        AppointmentState.LATE_CANCELLED,
        AppointmentState.NO_SHOW,
        AppointmentState.HELD,
    ],
)
def test_a_visit_that_was_not_given_is_to_be_booked_again(state: AppointmentState) -> None:
    made = [Visit(1, NOW - 20 * DAY, DONE), Visit(2, NOW - 10 * DAY, state), Visit(3, NOW + DAY, BOOKED)]
    found = step(plan(3), made)
    assert (found.done, found.to_book, found.booked) == ((1,), (2,), (3,))
    assert found.short == 1


def test_a_plan_without_any_visit_is_to_be_booked_and_not_short() -> None:
    found = step(plan(9), [])
    assert (len(found.to_book), found.short, found.next_visit) == (9, 0, None)


def test_a_plan_says_when_it_ends() -> None:
    found = step(plan(9), [])
    assert (found.ends_on, found.days_left, found.ends_soon) == (dt.date(2026, 12, 13), 16, False)
    later = in_step(plan(9), [], set(), began=BEGAN, weeks=6, now=NOW + 10 * DAY)
    assert (later.days_left, later.ends_soon, later.beyond_its_end) == (6, True, False)


def test_a_plan_that_has_not_begun_has_no_end() -> None:
    found = in_step(plan(9), [], set(), began=None, weeks=6, now=NOW)
    assert (found.ends_on, found.days_left, found.evaluation, found.ends_soon) == (None, None, None, False)


def test_an_evaluation_is_due_when_its_week_is_over_and_no_day_was_agreed_on() -> None:
    made = [Visit(1, NOW - 20 * DAY, DONE)]
    found = step(plan(12, measured=(1, 6, 12)), made)
    assert found.evaluation.number == 6
    assert found.evaluation.due == dt.date(2026, 11, 22)
    assert found.evaluation.is_due(NOW.date())
    booked = step(plan(12, measured=(1, 6, 12)), [*made, Visit(6, NOW + DAY, BOOKED)])
    assert booked.evaluation.booked == NOW + DAY
    assert not booked.evaluation.is_due(NOW.date())


def test_what_the_first_session_measures_is_the_start_and_no_evaluation() -> None:
    found = step(plan(12, measured=(1, 6, 12)), [])
    assert found.evaluation.number == 6


def test_visits_that_the_plan_does_not_ask_for_any_more_are_named() -> None:
    made = [Visit(4, NOW + DAY, BOOKED), Visit(5, NOW - DAY, BOOKED), Visit(None, NOW + DAY, BOOKED)]
    assert step(plan(3), made).beyond == (4,)


def test_visits_after_the_last_day_of_the_plan_are_named() -> None:
    last = dt.datetime(2026, 12, 13, 17)
    made = [Visit(4, last, BOOKED), Visit(5, last + DAY, BOOKED), Visit(6, last + 3 * DAY, AppointmentState.CANCELLED)]
    assert step(plan(6), made).too_late == (5,)
    assert in_step(plan(6), made, set(), began=None, weeks=6, now=NOW).too_late == ()
