"""Lets the made-up practice have something to follow: a free place, people who wait, and leave that came later."""

import datetime as dt

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from patients.models import Patient
from practice.actions import add_absence
from practice.models import Practitioner, Staff
from scheduling import actions
from scheduling.domain.clock import moment, wall_time
from scheduling.models import Appointment, Message, WaitingListEntry


class Command(BaseCommand):
    """Put people on the waiting list of the demo. Does nothing without an agenda, or when somebody waits already."""

    help = "Free a place, and let people wait, in the made-up practice. Run it after the agenda is there."

    def handle(self, *args: object, **options: object) -> None:
        """Refuse where real records could be; else load all of it or nothing."""
        if not settings.DEMO or Patient.objects.filter(registered_by__is_demo=False).exists():
            raise CommandError("Made-up people wait in a demo only, and never beside real patients.")
        if WaitingListEntry.objects.exists():
            self.stdout.write("People wait in the demo already.")
            return
        self._load(timezone.now())
        self.stdout.write(f"{WaitingListEntry.objects.count()} made-up people wait for a place.")

    @transaction.atomic
    def _load(self, now: dt.datetime) -> None:
        desk = Staff.objects.get(email="karim@traject.example", is_demo=True)
        visits = Appointment.objects.filter(state="booked", plan=None, starts__gt=now + dt.timedelta(days=1))
        loose = list(visits.select_related("patient").order_by("starts", "pk"))
        if not loose:
            return
        freed = loose[0]
        actions.cancel(appointment=freed, version=None, because="patient", by=desk, now=now)
        later = [visit for visit in loose if visit.starts > freed.starts + dt.timedelta(days=2)]
        for visit in self._of_others(later, {freed.patient_id})[:2]:
            actions.want_earlier(appointment=visit, by=desk, now=now)
        known = {freed.patient_id, *WaitingListEntry.objects.values_list("patient_id", flat=True)}
        others = Patient.objects.filter(merged_into=None, deceased_on=None).exclude(pk__in=known)
        for patient in others.order_by("-number")[:2]:
            wishes = {"minutes": 30, "weekdays": [1, 2], "day_parts": ["morning"]}
            actions.wait_for_a_place(patient=patient, wishes=wishes, by=desk, now=now - dt.timedelta(days=3))
        self._leave_that_came_later(now)
        Message.objects.waiting().update(called_off_at=now)  # nobody is told of what is made up

    def _of_others(self, visits: list[Appointment], known: set) -> list[Appointment]:
        """The first visit of each patient who is not known yet."""
        first: dict[object, Appointment] = {}
        for visit in visits:
            if visit.patient_id not in known:
                first.setdefault(visit.patient_id, visit)
        return list(first.values())

    def _leave_that_came_later(self, now: dt.datetime) -> None:
        """A day off of somebody who has visits on it."""
        who = Practitioner.objects.filter(staff__email="daan@traject.example").first()
        after = now + dt.timedelta(days=7)
        visit = (
            Appointment.objects.filter(practitioner=who, state="booked", starts__gt=after).order_by("starts").first()
        )
        if who is None or visit is None:
            return
        day = dt.datetime.combine(wall_time(visit.starts).date(), dt.time())
        add_absence(
            practitioner=who, starts=moment(day), ends=moment(day + dt.timedelta(days=1)), by=who.staff, now=now
        )
