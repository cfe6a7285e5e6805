"""Other places for visits that cannot be as agreed: all that were chosen are moved, or none."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from practice.models import Staff
from scheduling.actions.bookings import NotPossible, move_appointment
from scheduling.domain.instance import Placement
from scheduling.models import Appointment


@transaction.atomic
def swap_all(*, moves: Sequence[tuple[Appointment, Placement]], by: Staff, now: dt.datetime) -> int:
    """Move each visit to its place, by the same conditions as any move; gives how many. Raises what a move raises."""
    waiting = list(moves)
    while waiting:
        later = [move for move in waiting if not _moved(*move, by=by, now=now)]
        if len(later) == len(waiting):
            visit, place = later[0]
            move_appointment(appointment=visit, version=visit.version, placement=place, by=by, now=now)
        waiting = later
    return len(moves)


def _moved(visit: Appointment, place: Placement, *, by: Staff, now: dt.datetime) -> bool:
    """Whether a visit could be moved; not so long as another one that is still to be moved is too close to it."""
    try:
        move_appointment(appointment=visit, version=visit.version, placement=place, by=by, now=now)
    except NotPossible:
        return False
    return True
