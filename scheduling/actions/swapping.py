"""Other places for visits that cannot be as agreed: all that were chosen are moved, or none; and taking that back."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from patients.policies import Refused
from practice.models import Staff
from scheduling.actions.bookings import NotPossible, let_nobody_else_book, move_appointment
from scheduling.actions.writing import current, log, refused_by_the_database
from scheduling.domain.instance import Placement
from scheduling.models import Appointment
from scheduling.policies import check_undo_moves

PLACE = ("practitioner_id", "room_id", "location_id", "starts", "ends", "overlap_because", "overlap_by_id")


@dataclass(frozen=True, slots=True)
class Moved:
    """A visit that was moved, its version since then, and the fields that said where it was before."""

    visit: Appointment
    version: int
    was: Mapping[str, Any]


@transaction.atomic
def swap_all(*, moves: Sequence[tuple[Appointment, Placement]], by: Staff, now: dt.datetime) -> list[Moved]:
    """Move each visit to its place, by the same conditions as any move. Raises what a move raises.

    Gives what was moved, in that order: `undo_swaps` takes it back.
    """
    waiting, done = list(moves), []
    while waiting:
        later = []
        for visit, place in waiting:
            moved = _moved(visit, place, by=by, now=now)
            if moved is None:
                later.append((visit, place))
            else:
                done.append(moved)
        if len(later) == len(waiting):
            visit, place = later[0]
            move_appointment(appointment=visit, version=visit.version, placement=place, by=by, now=now)
        waiting = later
    return done


def _moved(visit: Appointment, place: Placement, *, by: Staff, now: dt.datetime) -> Moved | None:
    """A visit as it was moved; None so long as another one that is still to be moved is too close to it."""
    was = {name: getattr(visit, name) for name in PLACE}
    try:
        moved = move_appointment(appointment=visit, version=visit.version, placement=place, by=by, now=now)
    except NotPossible:
        return None
    return Moved(moved, moved.version, was)


@transaction.atomic
def undo_swaps(*, moves: Iterable[Moved], moved_at: dt.datetime, by: Staff, now: dt.datetime) -> int:
    """Put visits that were moved together back where they were, within 30 seconds: all of them, or none.

    Nobody is told. Gives how many. What stood in the way of their old places is no reason, since the visits were there.
    Raises `Refused` when it is too late, `Stale` when one was changed since, and `PlaceTaken`.
    """
    check_undo_moves(moved_at, now)
    let_nobody_else_book()
    back = list(reversed(list(moves)))
    for one in back:
        visit = current(one.visit, one.version)
        if visit.state != "booked":
            raise Refused(_("Only a visit that is booked can be moved."))
        for name, value in one.was.items():
            setattr(visit, name, value)
        visit.version += 1
        visit.sequence += 1
        visit.changed_at = now
        with refused_by_the_database():
            visit.save()
        visit.messages.waiting().filter(kind="changed", made_at__gte=moved_at).update(called_off_at=now)
        log(visit, patient_id=visit.patient_id, by=by, event="appointment_undone", action="U", now=now)
    return len(back)
