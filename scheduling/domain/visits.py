"""What can be done with a visit at a moment: come in, give it, miss it, cancel it, take it up again."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from scheduling.domain.clock import wall_time
from scheduling.domain.life import APPOINTMENT_TRANSITIONS, GONE, AppointmentState

LATE = dt.timedelta(hours=24)  # a patient who cancels later than this before the start, cancels late


class VisitAct(StrEnum):
    """One thing that the practice does with a visit that was agreed on."""

    ARRIVE = "arrive"
    FINISH = "finish"
    MISS = "miss"
    CANCEL = "cancel"
    TAKE_UP = "take_up"
    STEP_BACK = "step_back"


class Refusal(StrEnum):
    """Why something cannot be done with a visit now."""

    NOT_IN_THIS_STATE = "not_in_this_state"
    NOT_TODAY = "not_today"
    NOT_YET = "not_yet"
    OVER = "over"


# In which states an act can be done; to where it leads is in `state_after`.
FROM: Mapping[VisitAct, frozenset[AppointmentState]] = {
    VisitAct.ARRIVE: frozenset({AppointmentState.BOOKED, AppointmentState.NO_SHOW}),
    VisitAct.FINISH: frozenset({AppointmentState.BOOKED, AppointmentState.ARRIVED}),
    VisitAct.MISS: frozenset({AppointmentState.BOOKED}),
    VisitAct.CANCEL: frozenset({AppointmentState.BOOKED}),
    VisitAct.TAKE_UP: GONE,
    VisitAct.STEP_BACK: frozenset({AppointmentState.ARRIVED, AppointmentState.DONE, AppointmentState.NO_SHOW}),
}
_STEP_BACK = {
    AppointmentState.ARRIVED: AppointmentState.BOOKED,
    AppointmentState.DONE: AppointmentState.ARRIVED,
    AppointmentState.NO_SHOW: AppointmentState.BOOKED,
}
_TO = {
    VisitAct.ARRIVE: AppointmentState.ARRIVED,
    VisitAct.FINISH: AppointmentState.DONE,
    VisitAct.MISS: AppointmentState.NO_SHOW,
    VisitAct.TAKE_UP: AppointmentState.BOOKED,
}


def is_late(starts: dt.datetime, now: dt.datetime) -> bool:
    """Whether a patient who cancels now does so late."""
    return starts - now < LATE


def state_after(
    act: VisitAct, state: AppointmentState, *, by_patient: bool = True, late: bool = False
) -> AppointmentState:
    """Where an act leads; only a patient cancels late, never the practice. Raises `KeyError` where it cannot be."""
    if act is VisitAct.CANCEL:
        to = AppointmentState.LATE_CANCELLED if by_patient and late else AppointmentState.CANCELLED
    else:
        to = _STEP_BACK[state] if act is VisitAct.STEP_BACK else _TO[act]
    if state not in FROM[act] or to not in APPOINTMENT_TRANSITIONS[state]:
        raise KeyError(act)
    return to


def why_not(
    act: VisitAct, state: AppointmentState, starts: dt.datetime, ends: dt.datetime, now: dt.datetime
) -> Refusal | None:
    """Why an act cannot be done at this moment with a visit from `starts` up to `ends`; None when it can."""
    if state not in FROM[act]:
        return Refusal.NOT_IN_THIS_STATE
    if act is VisitAct.ARRIVE and wall_time(starts).date() != wall_time(now).date():
        return Refusal.NOT_TODAY
    if act in (VisitAct.FINISH, VisitAct.MISS) and now < starts:
        return Refusal.NOT_YET
    over = {VisitAct.CANCEL: ends, VisitAct.TAKE_UP: starts}.get(act)
    return Refusal.OVER if over is not None and now >= over else None


def possible(state: AppointmentState, starts: dt.datetime, ends: dt.datetime, now: dt.datetime) -> tuple[VisitAct, ...]:
    """Every act that can be done now, in the order in which a screen shows them."""
    return tuple(act for act in VisitAct if why_not(act, state, starts, ends, now) is None)
