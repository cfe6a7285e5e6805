"""What can be done with a visit, and when."""

import datetime as dt

import pytest

from scheduling.domain.life import APPOINTMENT_TRANSITIONS, GONE, AppointmentState
from scheduling.domain.visits import Refusal, VisitAct, is_late, possible, state_after, why_not

STARTS = dt.datetime(2026, 11, 30, 8, 0, tzinfo=dt.UTC)
ENDS = STARTS + dt.timedelta(minutes=30)
HOUR = dt.timedelta(hours=1)
BOOKED, ARRIVED, DONE = AppointmentState.BOOKED, AppointmentState.ARRIVED, AppointmentState.DONE


@pytest.mark.parametrize("state", list(AppointmentState))
@pytest.mark.parametrize("act", list(VisitAct))
def test_an_act_leads_only_where_the_table_of_transitions_goes(state: AppointmentState, act: VisitAct) -> None:
    for by_patient in (True, False):
        for late in (True, False):
            try:
                to = state_after(act, state, by_patient=by_patient, late=late)
            except KeyError:
                assert why_not(act, state, STARTS, ENDS, STARTS) is Refusal.NOT_IN_THIS_STATE
            else:
                assert to in APPOINTMENT_TRANSITIONS[state]


def test_every_state_but_a_held_one_has_a_way_on() -> None:
    ways = {state: [act for act in VisitAct if _leads(act, state)] for state in AppointmentState}
    assert [state for state, acts in ways.items() if not acts] == [AppointmentState.HELD]


def _leads(act: VisitAct, state: AppointmentState) -> bool:
    try:
        state_after(act, state)
    except KeyError:
        return False
    return True


@pytest.mark.parametrize(
    ("before", "late"), [(dt.timedelta(hours=24), False), (dt.timedelta(hours=23, minutes=59), True), (-HOUR, True)]
)
def test_a_patient_cancels_late_within_a_day(before: dt.timedelta, late: bool) -> None:
    assert is_late(STARTS, STARTS - before) is late


@pytest.mark.parametrize(
    ("by_patient", "late", "state"),
    [
        (True, False, AppointmentState.CANCELLED),
        (True, True, AppointmentState.LATE_CANCELLED),
        (False, True, AppointmentState.CANCELLED),
    ],
)
def test_the_practice_never_cancels_late(by_patient: bool, late: bool, state: AppointmentState) -> None:
    assert state_after(VisitAct.CANCEL, BOOKED, by_patient=by_patient, late=late) is state


@pytest.mark.parametrize(
    ("act", "state", "at", "refusal"),
    [
        (VisitAct.ARRIVE, BOOKED, STARTS - HOUR, None),
        (VisitAct.ARRIVE, BOOKED, STARTS - 12 * HOUR, Refusal.NOT_TODAY),
        (VisitAct.ARRIVE, AppointmentState.NO_SHOW, STARTS + HOUR, None),
        (VisitAct.FINISH, BOOKED, STARTS - HOUR, Refusal.NOT_YET),
        (VisitAct.FINISH, ARRIVED, STARTS, None),
        (VisitAct.MISS, BOOKED, STARTS, None),
        (VisitAct.MISS, BOOKED, STARTS - HOUR, Refusal.NOT_YET),
        (VisitAct.MISS, ARRIVED, STARTS, Refusal.NOT_IN_THIS_STATE),
        (VisitAct.CANCEL, BOOKED, STARTS - HOUR, None),
        (VisitAct.CANCEL, BOOKED, ENDS, Refusal.OVER),
        (VisitAct.CANCEL, DONE, STARTS, Refusal.NOT_IN_THIS_STATE),
        (VisitAct.TAKE_UP, AppointmentState.CANCELLED, STARTS - HOUR, None),
        (VisitAct.TAKE_UP, AppointmentState.CANCELLED, STARTS, Refusal.OVER),
        (VisitAct.STEP_BACK, DONE, ENDS + 100 * HOUR, None),
    ],
)
def test_an_act_is_possible_or_says_why_not(
    act: VisitAct, state: AppointmentState, at: dt.datetime, refusal: Refusal | None
) -> None:
    assert why_not(act, state, STARTS, ENDS, at) is refusal
    assert (act in possible(state, STARTS, ENDS, at)) is (refusal is None)


def test_the_day_of_a_visit_is_that_of_the_wall_clock() -> None:
    just_after_midnight = dt.datetime(2026, 11, 29, 23, 30, tzinfo=dt.UTC)  # Monday, half past twelve at night
    assert VisitAct.ARRIVE in possible(BOOKED, STARTS, ENDS, just_after_midnight)


@pytest.mark.parametrize("state", sorted(GONE))
def test_a_cancelled_visit_can_only_be_taken_up_again(state: AppointmentState) -> None:
    assert possible(state, STARTS, ENDS, STARTS - HOUR) == (VisitAct.TAKE_UP,)
