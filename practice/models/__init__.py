"""Tables of the practice: its people, places and hours, and its access log."""

from practice.models.access_log import AccessEvent
from practice.models.governed import GovernedStep, GovernedVersion
from practice.models.places import Closure, HolidayOverride, Location, OpeningHours, PracticeSettings, Room
from practice.models.practitioners import (
    Absence,
    Practitioner,
    PractitionerCompetence,
    PractitionerDiscipline,
    WorkingHours,
)
from practice.models.staff import RoleGrant, Staff

__all__ = [
    "Absence",
    "AccessEvent",
    "Closure",
    "GovernedStep",
    "GovernedVersion",
    "HolidayOverride",
    "Location",
    "OpeningHours",
    "PracticeSettings",
    "Practitioner",
    "PractitionerCompetence",
    "PractitionerDiscipline",
    "RoleGrant",
    "Room",
    "Staff",
    "WorkingHours",
]
