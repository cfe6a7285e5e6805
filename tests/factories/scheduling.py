"""Makes appointments and what goes with them for tests."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from scheduling.models import Appointment, AppointmentKind, RecurringBlock
from tests.factories.patients import PatientFactory
from tests.factories.practice import LONG_AGO, LocationFactory, PractitionerFactory, RoomFactory, StaffFactory

MONDAY_AT_NINE = dt.datetime(2026, 11, 30, 8, 0, tzinfo=dt.UTC)
MADE_AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


class AppointmentFactory(DjangoModelFactory):
    """A booked session of half an hour on a Monday morning."""

    class Meta:
        model = Appointment

    kind = factory.LazyFunction(lambda: AppointmentKind.objects.named("session"))
    patient = factory.SubFactory(PatientFactory)
    practitioner = factory.SubFactory(PractitionerFactory)
    location = factory.SubFactory(LocationFactory)
    room = factory.SubFactory(RoomFactory, location=factory.SelfAttribute("..location"))
    starts = MONDAY_AT_NINE
    ends = factory.LazyAttribute(lambda one: one.starts + dt.timedelta(minutes=30))
    created_at = MADE_AT
    changed_at = MADE_AT
    by = factory.SubFactory(StaffFactory, roles=["front_desk"])


class RecurringBlockFactory(DjangoModelFactory):
    """A meeting of everybody on Monday from twelve to one."""

    class Meta:
        model = RecurringBlock

    title = "Teamoverleg"
    weekday = 1
    starts = dt.time(12)
    ends = dt.time(13)
    valid_from = LONG_AGO
