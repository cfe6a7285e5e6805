"""What the writes on appointments share: the row as it is now, the refusals of the database in words, the log."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from patients.policies import Refused
from practice import audit
from practice.audit import Checks
from practice.models import Staff
from scheduling.models import Appointment

ALONE = ("practitioner", "room", "patient")  # what may be in one live appointment at a time
BOOKED_ONCE = ("a_session_of_a_plan_is_booked_once", "session_number")


class Stale(Exception):
    """Somebody changed the appointment meanwhile; `current` is what it is now."""

    def __init__(self, current: Appointment) -> None:
        super().__init__(str(current))
        self.current = current


class PlaceTaken(Refused):
    """The place is not free any more; `what` is "practitioner", "room", "patient" or "session"."""

    def __init__(self, what: str) -> None:
        super().__init__(_sentence(what))
        self.what = what


def _sentence(what: str) -> str:
    return {
        "practitioner": _("The practitioner has another appointment at that time by now."),
        "room": _("The room is in use at that time by now."),
        "patient": _("The patient has another appointment at that time."),
        "session": _("This session of the plan is booked on another day by now."),
    }[what]


@contextmanager
def refused_by_the_database() -> Iterator[None]:
    """Turn a refusal of the database into words: `PlaceTaken` for an overlap or a session that is booked already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        what = clash_in(str(error))
        if what is None:
            raise
        raise PlaceTaken(what) from error


def clash_in(words: str) -> str | None:
    """What the database says to be taken; None when its refusal is about something else."""
    for what in ALONE:
        if f"no_{what}_has_two_appointments_at_once" in words:
            return what
    return "session" if any(name in words for name in BOOKED_ONCE) else None


def current(appointment: Appointment, version: int | None = None) -> Appointment:
    """The appointment as it is stored, kept from others until this transaction ends.

    Raises `Stale` unless it is the version that was seen; None means that nobody looked at it.
    """
    stored = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if version is not None and stored.version != version:
        raise Stale(stored)
    return stored


def log(
    row: Model,
    *,
    patient_id: object,
    by: Staff | None,
    event: str,
    action: str,
    now: dt.datetime,
    detail: str = "",
) -> None:
    """Write down what was done with a row that is about a patient."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=patient_id,
        object_type=row._meta.label_lower,
        object_id=row.pk,
        detail=detail,
        checks=Checks(authorised=True, treatment_relationship=True if by else None),
    )
