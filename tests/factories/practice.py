"""Makes the people, places and hours of a practice for tests."""

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from practice.domain.grants import Role
from practice.models import (
    Absence,
    Closure,
    HolidayOverride,
    Location,
    OpeningHours,
    Practitioner,
    PractitionerCompetence,
    PractitionerDiscipline,
    RoleGrant,
    Room,
    Staff,
    WorkingHours,
)

LONG_AGO = dt.date(2020, 1, 6)


class LocationFactory(DjangoModelFactory):
    """A building."""

    class Meta:
        model = Location

    name = factory.Sequence(lambda n: f"Vestiging {n}")


class RoomFactory(DjangoModelFactory):
    """A treatment room."""

    class Meta:
        model = Room

    location = factory.SubFactory(LocationFactory)
    name = factory.Sequence(lambda n: f"Kamer {n}")


class OpeningHoursFactory(DjangoModelFactory):
    """A Monday from eight to six."""

    class Meta:
        model = OpeningHours

    location = factory.SubFactory(LocationFactory)
    weekday = 1
    opens = dt.time(8)
    closes = dt.time(18)


class ClosureFactory(DjangoModelFactory):
    """A day on which everything is closed."""

    class Meta:
        model = Closure

    starts = dt.datetime(2026, 12, 24, 23, tzinfo=dt.UTC)
    ends = dt.datetime(2026, 12, 25, 23, tzinfo=dt.UTC)


class HolidayOverrideFactory(DjangoModelFactory):
    """A Good Friday on which the practice works."""

    class Meta:
        model = HolidayOverride

    date = dt.date(2027, 3, 26)
    is_open = True


class StaffFactory(DjangoModelFactory):
    """A member of staff. `roles=["manager"]` grants roles, valid since long; the default is a physiotherapist."""

    class Meta:
        model = Staff
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Medewerker {n}")
    email = factory.Sequence(lambda n: f"medewerker{n}@example.org")

    @classmethod
    def _create(cls, model_class: type[Staff], *_args: Any, **kwargs: Any) -> Staff:
        return model_class.objects.create_user(password=kwargs.pop("password", None), **kwargs)

    @factory.post_generation
    def roles(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for role in [Role.PHYSIOTHERAPIST] if extracted is None else extracted:
            RoleGrantFactory(staff=self, role=role)


class RoleGrantFactory(DjangoModelFactory):
    """A role at all locations that has been held since long."""

    class Meta:
        model = RoleGrant

    staff = factory.SubFactory(StaffFactory, roles=[])
    role = Role.PHYSIOTHERAPIST
    valid_from = LONG_AGO


class PractitionerFactory(DjangoModelFactory):
    """A physiotherapist. `competences=["taping"]` adds what this person is able to do."""

    class Meta:
        model = Practitioner
        skip_postgeneration_save = True

    staff = factory.SubFactory(StaffFactory)

    @factory.post_generation
    def disciplines(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for code in ["physiotherapist"] if extracted is None else extracted:
            PractitionerDiscipline.objects.create(practitioner=self, code=code)

    @factory.post_generation
    def competences(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for code in extracted or []:
            PractitionerCompetence.objects.create(practitioner=self, code=code)


class WorkingHoursFactory(DjangoModelFactory):
    """Every Monday from eight to five."""

    class Meta:
        model = WorkingHours

    practitioner = factory.SubFactory(PractitionerFactory)
    location = factory.SubFactory(LocationFactory)
    weekday = 1
    starts = dt.time(8)
    ends = dt.time(17)
    valid_from = LONG_AGO


class AbsenceFactory(DjangoModelFactory):
    """A day of leave."""

    class Meta:
        model = Absence

    practitioner = factory.SubFactory(PractitionerFactory)
    starts = dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC)
    ends = dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)
