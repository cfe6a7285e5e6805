"""What the agenda writes: who read it, and that a booking by telephone is taken back."""

import datetime as dt

from django.db import transaction

from practice import audit
from practice.models import Staff
from scheduling.actions.writing import current, log
from scheduling.domain.board import Asked
from scheduling.domain.life import AppointmentState
from scheduling.models import Appointment
from scheduling.policies import check_undo_visit


def open_agenda(*, asked: Asked, by: Staff, now: dt.datetime) -> None:
    """Write down which days of whose agenda somebody read."""
    whose = f"{asked.by.value} {asked.whose or 'all'}"
    audit.record(
        by=by,
        event="agenda_read",
        action="R",
        now=now,
        object_type="scheduling.appointment",
        detail=f"{asked.range.value} from {asked.first:%Y-%m-%d}, {whose}",
    )


@transaction.atomic
def undo_visit(*, appointment: Appointment, by: Staff, now: dt.datetime) -> Appointment:
    """Take back a booking within 30 seconds: it is cancelled and nobody is told. Done twice, it is done once."""
    visit = current(appointment)
    if visit.cancel_reason == "undone":
        return visit
    check_undo_visit(visit, by, now)
    visit.state, visit.cancelled_at, visit.cancel_reason = AppointmentState.CANCELLED.value, now, "undone"
    visit.version += 1
    visit.sequence += 1
    visit.changed_at = now
    visit.save(update_fields=["state", "cancelled_at", "cancel_reason", "version", "sequence", "changed_at"])
    visit.messages.waiting().update(called_off_at=now)
    log(visit, patient_id=visit.patient_id, by=by, event="appointment_undone", action="U", now=now)
    return visit
