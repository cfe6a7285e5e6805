"""Reads hours, leave, holidays, rooms, plans and appointments into the values that visits are proposed from."""

from scheduling.availability.calendar import Calendar, calendar_for, holidays_of
from scheduling.availability.plans import (
    FINEST,
    USUAL_DAYS,
    Sessions,
    days_of,
    first_day_of,
    instance_for,
    placement_of,
    preferences_of,
    proposed_for,
    sessions_of,
    wishes_of,
    with_sessions,
)
from scheduling.availability.sharing import Shared, overlapping_on_purpose, room_of_others, ways_to_share
from scheduling.availability.visits import NOT_BY_HAND, Move, instance_for_visit, judged, move_of

__all__ = [
    "FINEST",
    "NOT_BY_HAND",
    "USUAL_DAYS",
    "Calendar",
    "Move",
    "Sessions",
    "Shared",
    "calendar_for",
    "days_of",
    "first_day_of",
    "holidays_of",
    "instance_for",
    "instance_for_visit",
    "judged",
    "move_of",
    "overlapping_on_purpose",
    "placement_of",
    "preferences_of",
    "proposed_for",
    "room_of_others",
    "sessions_of",
    "ways_to_share",
    "wishes_of",
    "with_sessions",
]
