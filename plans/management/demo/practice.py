"""The made-up practice: its place, hours and people."""

import datetime as dt
from typing import Any

from practice import actions
from practice.domain.grants import Role
from practice.models import (
    Location,
    OpeningHours,
    PracticeSettings,
    Practitioner,
    PractitionerCompetence,
    PractitionerDiscipline,
    RoleGrant,
    Room,
    Staff,
    WorkingHours,
)

ADDRESS = "{}@traject.example"


def open_practice(content: dict[str, Any], *, now: dt.datetime) -> Location:
    """Set the practice up with a location, its rooms and its hours."""
    PracticeSettings.objects.update_or_create(id=1, defaults=content["settings"])
    location = Location.objects.create(**content["location"])
    Room.objects.bulk_create(Room(location=location, **room) for room in content["rooms"])
    hours = content["opening_hours"]
    OpeningHours.objects.bulk_create(
        OpeningHours(location=location, weekday=day, opens=hours["opens"], closes=hours["closes"])
        for day in hours["weekdays"]
    )
    for role in Role:
        actions.demo_staff(role=role, now=now)
    _colleague(content["second_manager"], Role.MANAGER, now.date())
    return location


def _colleague(row: dict[str, Any], role: Role, today: dt.date) -> Staff:
    """Somebody who works here for a year, without a button on the sign-in page."""
    address = ADDRESS.format(row["who"])
    staff = Staff.objects.create_user(address, actions.DEMO_PASSWORD, name=row["name"], is_demo=True)
    RoleGrant.objects.create(staff=staff, role=role, valid_from=today - dt.timedelta(days=365))
    return staff


def employ(row: dict[str, Any], location: Location, *, today: dt.date) -> Practitioner:
    """Somebody who treats, with disciplines, competences and working hours; added to the staff when not there yet."""
    staff = Staff.objects.filter(email=ADDRESS.format(row["who"])).first()
    staff = staff or _colleague(row, Role.PHYSIOTHERAPIST, today)
    practitioner = Practitioner.objects.create(staff=staff)
    PractitionerDiscipline.objects.bulk_create(
        PractitionerDiscipline(practitioner=practitioner, code=code) for code in row["disciplines"]
    )
    PractitionerCompetence.objects.bulk_create(
        PractitionerCompetence(practitioner=practitioner, code=code) for code in row["competences"]
    )
    WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=practitioner,
            location=location,
            weekday=day,
            starts=dt.time(8, 30),
            ends=dt.time(17),
            valid_from=today - dt.timedelta(days=365),
        )
        for day in row["weekdays"]
    )
    return practitioner


def person(who: str) -> Staff:
    """The member of staff of the demo with this short name."""
    return Staff.objects.get(email=ADDRESS.format(who), is_demo=True)
