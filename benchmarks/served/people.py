"""Fill the database of the served Traject and sign somebody of each role in. Importing this needs Django to be set up.

Prints as JSON the cookies of each role, and the addresses of the pages of one patient's care.
"""

import datetime as dt
import json
import sys

from django.conf import settings
from django.core.management import call_command, get_commands
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake.models import Intake
from patients.models import Patient
from plans.models import Letter, Plan, Suggestion
from practice.domain.grants import Role
from practice.models import Location, Practitioner, RoleGrant, Room, Staff, WorkingHours
from scheduling.availability import sessions_of, with_sessions
from scheduling.domain.clock import moment
from scheduling.models import Appointment, AppointmentKind
from tests.factories.patients import PatientFactory

MORE_PATIENTS = 500


def somebody(role: Role) -> Staff:
    """A physiotherapist with an intake under way, or anybody of another role."""
    if role is Role.PHYSIOTHERAPIST:
        return Intake.objects.drafts().earliest("started_at").author
    staff = Staff.objects.filter(role_grants__role=role).first()
    if staff is None:
        staff = Staff.objects.create_user(f"{role}@example.org", name=role)
        RoleGrant.objects.create(staff=staff, role=role)
    return staff


def signed_in(staff: Staff) -> str:
    """A cookie header of this person, signed in."""
    client = Client()
    client.force_login(staff, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def addresses(staff: Staff) -> dict[str, str]:
    """Where the pages are that this person often opens."""
    draft = Intake.objects.visible_to(staff).drafts().earliest("started_at")
    suggestion = Suggestion.objects.filter(intake__in=Intake.objects.visible_to(staff)).earliest("made_at")
    plan = Plan.objects.visible_to(staff).earliest("created_at")
    letter = Letter.objects.visible_to(staff).filter(signed_at=None).earliest("created_at")
    return {
        "today": reverse("today"),
        "patient_search": reverse("patient_search"),
        "patient": reverse("patient", args=[draft.episode.patient_id]),
        "intake": reverse("intake", args=[draft.pk]),
        "suggestions": reverse("suggestions", args=[suggestion.intake_id]),
        "plan": reverse("plan", args=[plan.pk]),
        "series": reverse("series", args=[longest_to_book().pk]),
        "agenda": f"{reverse('agenda')}?date={timezone.localdate() + dt.timedelta(days=7)}",
        "letter_pdf": reverse("letter_pdf", args=[letter.pk]),
    }


def longest_to_book() -> Plan:
    """The plan of which most sessions lack a place."""
    now = timezone.now()
    plans = with_sessions(Plan.objects.filter(life="active")).order_by("created_at")
    return max(plans, key=lambda plan: len(sessions_of(plan, now=now).to_book))


def fill_weeks(location: Location, number: int) -> None:
    """Weeks with 500 visits each, the first one the next, at a practice of twelve more people and rooms."""
    monday = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())
    people = more_people(location, since=monday - dt.timedelta(days=365))
    registered_by = Staff.objects.earliest("email")
    more = PatientFactory.create_batch(MORE_PATIENTS, bsn="", location=location, registered_by=registered_by)
    for week in range(number):
        fill_a_week(location, people, monday + dt.timedelta(weeks=week), more[week % 2 :: 2])


def more_people(location: Location, since: dt.date) -> list[tuple[Practitioner, Room]]:
    """Twelve people who work from 8 to 18 hours, each with a room."""
    people = []
    for number in range(12):
        staff = Staff.objects.create_user(f"busy{number}@example.org", name=f"Behandelaar {number}")
        practitioner = Practitioner.objects.create(staff=staff)
        room = Room.objects.create(location=location, name=f"Ruimte {number}")
        people.append((practitioner, room))
        WorkingHours.objects.bulk_create(
            WorkingHours(
                practitioner=practitioner,
                location=location,
                weekday=weekday,
                starts=dt.time(8),
                ends=dt.time(18),
                valid_from=since,
            )
            for weekday in range(1, 6)
        )
    return people


def fill_a_week(
    location: Location, people: list[tuple[Practitioner, Room]], monday: dt.date, patients: list[Patient]
) -> None:
    """500 visits from Monday to Friday, of these patients in turn."""
    desk, kind = Staff.objects.earliest("email"), AppointmentKind.objects.named("session")
    slots = [(monday + dt.timedelta(days=day), half) for half in range(16, 36) for day in range(5)]
    visits = []
    for date, half in slots:
        starts = moment(dt.datetime.combine(date, dt.time(half // 2, half % 2 * 30)))
        for practitioner, room in people:
            visits.append(
                Appointment(
                    kind=kind,
                    patient=patients[len(visits) % len(patients)],
                    practitioner=practitioner,
                    room=room,
                    location=location,
                    starts=starts,
                    ends=starts + dt.timedelta(minutes=30),
                    created_at=timezone.now(),
                    changed_at=timezone.now(),
                    by=desk,
                )
            )
    Appointment.objects.bulk_create(visits[:500])


def fill(weeks: int) -> None:
    """Fill an empty database, so many weeks of the agenda too, and print what is wanted of it."""
    call_command("migrate", verbosity=0)
    for command in ("load_content", "load_demo"):
        if command in get_commands():
            call_command(command, stdout=sys.stderr)
    fill_weeks(Location.objects.earliest("pk"), weeks)
    people = {role: somebody(role) for role in Role}
    cookies = {role: signed_in(staff) for role, staff in people.items()}
    print(json.dumps({"cookies": cookies, "addresses": addresses(people[Role.PHYSIOTHERAPIST])}))
