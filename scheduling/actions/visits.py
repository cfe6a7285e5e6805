"""What becomes of a visit that was agreed on: the patient comes, does not come, cancels, or comes after all."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from practice.models import Staff
from scheduling.actions.bookings import let_nobody_else_book, place_visit
from scheduling.actions.messages import tell
from scheduling.actions.writing import current, log, refused_by_the_database
from scheduling.domain.instance import Placement
from scheduling.domain.life import GONE, AppointmentState
from scheduling.domain.visits import VisitAct, is_late, state_after
from scheduling.models import Appointment
from scheduling.policies import check_visit

EVENTS = {
    VisitAct.ARRIVE: "appointment_arrived",
    VisitAct.FINISH: "appointment_done",
    VisitAct.MISS: "appointment_missed",
    VisitAct.CANCEL: "appointment_cancelled",
    VisitAct.TAKE_UP: "appointment_taken_up",
    VisitAct.STEP_BACK: "appointment_stepped_back",
}


@transaction.atomic
def arrive(*, appointment: Appointment, version: int, by: Staff, now: dt.datetime) -> Appointment:
    """The patient is here."""
    return _act(appointment, VisitAct.ARRIVE, version, by=by, now=now)


@transaction.atomic
def finish(*, appointment: Appointment, version: int, by: Staff, now: dt.datetime) -> Appointment:
    """The visit was given."""
    return _act(appointment, VisitAct.FINISH, version, by=by, now=now)


@transaction.atomic
def miss(*, appointment: Appointment, version: int, by: Staff, now: dt.datetime) -> Appointment:
    """The patient did not come and did not cancel. The session is to be booked again."""
    return _act(appointment, VisitAct.MISS, version, by=by, now=now)


@transaction.atomic
def step_back(*, appointment: Appointment, version: int, by: Staff, now: dt.datetime) -> Appointment:
    """Take the last step back: it was noted by mistake. Raises `PlaceTaken` when the session was booked elsewhere."""
    return _act(appointment, VisitAct.STEP_BACK, version, by=by, now=now)


@transaction.atomic
def cancel(*, appointment: Appointment, version: int | None, because: str, by: Staff, now: dt.datetime) -> Appointment:
    """Give the place back. `because` is "patient", "practice" or "plan_ended"; a patient within a day cancels late."""
    visit = _act(appointment, VisitAct.CANCEL, version, by=by, now=now, because=because)
    tell(patient=visit.patient, kind="changed", appointment=visit, now=now)
    return visit


@transaction.atomic
def take_up(
    *, appointment: Appointment, version: int, by: Staff, now: dt.datetime, placement: Placement | None = None
) -> Appointment:
    """Undo a cancellation: in the place of the visit, or in another one by the same conditions as a move.

    The database refuses it when the place was given away: then `PlaceTaken` is raised; for another place also
    `NotPossible`.
    """
    let_nobody_else_book()
    Appointment.objects.expired_holds(now).delete()
    visit = _act(appointment, VisitAct.TAKE_UP, version, by=by, now=now, placement=placement)
    tell(patient=visit.patient, kind="changed", appointment=visit, now=now)
    return visit


@transaction.atomic
def cancel_all(*, visits: Iterable[Appointment], because: str, by: Staff, now: dt.datetime) -> int:
    """Cancel several visits at once; gives how many. What is not booked any more is left as it is."""
    booked = [visit for visit in visits if visit.state == AppointmentState.BOOKED]
    for visit in booked:
        cancel(appointment=visit, version=None, because=because, by=by, now=now)
    return len(booked)


def _act(
    appointment: Appointment,
    act: VisitAct,
    version: int | None,
    *,
    by: Staff,
    now: dt.datetime,
    because: str = "",
    placement: Placement | None = None,
) -> Appointment:
    """Take one step in the life of a visit, as far as the table of transitions and the clock allow."""
    visit = current(appointment, version)
    check_visit(visit, act, now)
    to = state_after(
        act, AppointmentState(visit.state), by_patient=because == "patient", late=is_late(visit.starts, now)
    )
    visit.state = to.value
    visit.cancelled_at, visit.cancel_reason = (now, because) if to in GONE else (None, "")
    visit.version += 1
    visit.sequence += int(act in (VisitAct.CANCEL, VisitAct.TAKE_UP))
    visit.changed_at = now
    if placement is not None:
        place_visit(visit, placement, by=by, now=now, because="")
    else:
        with refused_by_the_database():
            visit.save(update_fields=["state", "cancelled_at", "cancel_reason", "version", "sequence", "changed_at"])
    log(visit, patient_id=visit.patient_id, by=by, event=EVENTS[act], action="U", now=now, detail=to.value)
    return visit
