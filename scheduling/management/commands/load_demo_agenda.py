"""Fills the agenda of the made-up practice: meetings, leave, booked series, single visits, and plans to schedule."""

import datetime as dt
import uuid
from random import Random

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from patients.models import Patient
from patients.policies import Refused
from plans.models import Plan
from practice.models import Absence, Practitioner, Staff
from scheduling import actions
from scheduling.domain.clock import moment
from scheduling.domain.instance import Placement
from scheduling.models import Appointment, AppointmentKind, Message, RecurringBlock

SEED = 7
LEFT = 3  # plans that wait to be scheduled
DAYS = 26  # with single visits
BEFORE = 4  # days behind us with single visits
PER_DAY = 4  # single visits of each practitioner on a day


class Command(BaseCommand):
    """Put visits into the agenda of the demo, relative to today. Does nothing when there are any."""

    help = "Fill the agenda of the made-up practice. Does nothing when there are appointments."

    def handle(self, *args: object, **options: object) -> None:
        """Refuse where real records could be; else load all of it or nothing."""
        if not settings.DEMO or Patient.objects.filter(registered_by__is_demo=False).exists():
            raise CommandError("Made-up visits are loaded in a demo only, and never beside real patients.")
        if Appointment.objects.exists():
            self.stdout.write("The agenda of the demo is there already.")
            return
        self._load(timezone.now(), Random(SEED))  # noqa: S311 - made-up data
        self.stdout.write(f"Loaded an agenda with {Appointment.objects.count()} visits.")

    @transaction.atomic
    def _load(self, now: dt.datetime, chance: Random) -> None:
        desk = Staff.objects.get(email="karim@traject.example", is_demo=True)
        today = timezone.localdate(now)
        self._close(today)
        plans = list(Plan.objects.filter(life="active").order_by("activated_at", "pk"))
        for plan in plans[: max(len(plans) - LEFT, 0)]:
            made = actions.propose_series(plan=plan, request_key=uuid.uuid4(), by=desk, now=now)
            actions.book_series(series=made, by=desk, now=now)
        earlier = now - dt.timedelta(days=BEFORE + 1)  # when the visits of the last days were booked
        for days in range(-BEFORE, DAYS + 1):
            for practitioner in Practitioner.objects.filter(staff__is_demo=True):
                self._fill(practitioner, today + dt.timedelta(days=days), desk, earlier if days < 1 else now, chance)
        for visit in Appointment.objects.booked().filter(ends__lte=now):
            actions.finish(appointment=visit, version=visit.version, by=desk, now=now)
        Message.objects.waiting().update(called_off_at=now)  # nobody is told of what is made up

    def _close(self, today: dt.date) -> None:
        """A meeting every other week, lunch, and a day of leave."""
        since = today - dt.timedelta(days=180)
        RecurringBlock.objects.create(
            title="Teamoverleg", weekday=2, starts=dt.time(12, 30), ends=dt.time(13, 30), valid_from=since
        )
        for weekday in (1, 3, 4, 5):
            RecurringBlock.objects.create(
                title="Pauze", weekday=weekday, starts=dt.time(12, 30), ends=dt.time(13), valid_from=since
            )
        sanne = Practitioner.objects.get(staff__email="sanne@traject.example")
        monday = today + dt.timedelta(days=14 - today.weekday())
        leave = [dt.datetime.combine(monday + dt.timedelta(days=days), dt.time()) for days in (3, 5)]
        Absence.objects.create(practitioner=sanne, starts=moment(leave[0]), ends=moment(leave[1]))

    def _fill(self, who: Practitioner, date: dt.date, desk: Staff, now: dt.datetime, chance: Random) -> None:
        """Single visits of made-up patients, wherever they happen to fit."""
        hours = who.working_hours.filter(weekday=date.isoweekday()).first()
        if hours is None:
            return
        kinds = {code: AppointmentKind.objects.named(code) for code in ("session", "intake")}
        rooms = list(hours.location.rooms.filter(kind="treatment_room", is_active=True))
        patients = list(Patient.objects.filter(merged_into=None).order_by("number"))
        for _number in range(PER_DAY):
            kind = kinds[chance.choice(["session", "session", "session", "intake"])]
            start = dt.datetime.combine(date, dt.time(8, 30)) + dt.timedelta(minutes=30 * chance.randrange(16))
            room = str(chance.choice(rooms).pk)
            place = Placement(1, start, kind.minutes, str(who.pk), room, str(hours.location_id))
            try:
                actions.book_one(patient=chance.choice(patients), kind=kind, placement=place, by=desk, now=now)
            except Refused:
                continue
