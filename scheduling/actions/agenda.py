"""What is written down when somebody reads the agenda."""

import datetime as dt

from practice import audit
from practice.models import Staff
from scheduling.domain.board import Asked


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
