"""Test data of the patients app. BSNs are drawn from numbers that pass the 11-test; names are invented."""

import datetime as dt

import factory
from django.utils import timezone

from patients.domain.bsn import WEIGHTS
from patients.models import Consent, Episode, ExternalProvider, Patient, TreatmentRelationship
from practice.models import Location
from tests.factories.practice import LocationFactory, PractitionerFactory, StaffFactory


def valid_bsn(n: int) -> str:
    """The n-th BSN of a row of different numbers that pass the 11-test, all in the range that starts with 9."""
    stem = f"9{n:07}"
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, stem, strict=False))
    last = total % 11
    return f"{stem}{last}" if last < 10 else valid_bsn(n + 5_000_000)


class ExternalProviderFactory(factory.django.DjangoModelFactory):
    """A general practitioner."""

    class Meta:
        model = ExternalProvider

    kind = "gp"
    name = factory.Sequence(lambda n: f"Huisarts {n}")
    city = "Utrecht"


class PatientFactory(factory.django.DjangoModelFactory):
    """A registered adult whom a team treats. `bsn` is given plain.

    `location=` names the team; with `related=False` nobody treats the patient.
    """

    class Meta:
        model = Patient
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: 50_001 + n)
    initials = "J."
    given_name = "Jan"
    family_name = factory.Sequence(lambda n: f"Boersma{n}")
    birth_date = dt.date(1978, 3, 14)
    sex = "male"
    bsn = factory.Sequence(valid_bsn)
    street = "Dorpsstraat"
    house_number = "12"
    postcode = "3511 AB"
    city = "Utrecht"
    phone = factory.Sequence(lambda n: f"+316{n:08}")
    email = factory.Sequence(lambda n: f"patient{n}@example.org")
    registered_at = factory.LazyFunction(timezone.now)
    changed_at = factory.SelfAttribute("registered_at")
    registered_by = factory.SubFactory(StaffFactory)

    @classmethod
    def _create(
        cls,
        model_class: type[Patient],
        *args: object,
        related: bool = True,
        location: Location | None = None,
        **fields: object,
    ) -> Patient:
        bsn = fields.pop("bsn")
        patient = model_class(*args, **fields)
        patient.bsn = bsn
        patient.sort_name = patient.name.sort_key()
        patient.save(force_insert=True)
        patient.refresh_search()
        if related:
            RelationshipFactory(
                patient=patient, started_by=patient.registered_by, location=location or LocationFactory()
            )
        return patient


class RelationshipFactory(factory.django.DjangoModelFactory):
    """The team of a location treats the patient, since a year and without an end."""

    class Meta:
        model = TreatmentRelationship

    patient = factory.SubFactory(PatientFactory, related=False)
    location = factory.SubFactory(LocationFactory)
    basis = "registration"
    from_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=365))
    started_by = factory.SubFactory(StaffFactory)


class EpisodeFactory(factory.django.DjangoModelFactory):
    """An open episode by direct access."""

    class Meta:
        model = Episode

    patient = factory.SubFactory(PatientFactory)
    route = "direct_access"
    opened_on = factory.LazyFunction(lambda: timezone.localdate())
    practitioner = factory.SubFactory(PractitionerFactory)
    location = factory.SubFactory(LocationFactory)
    opened_by = factory.SelfAttribute("practitioner.staff")


class ConsentFactory(factory.django.DjangoModelFactory):
    """A consent that was given."""

    class Meta:
        model = Consent

    patient = factory.SubFactory(PatientFactory)
    kind = "share_with_gp"
    decision = "given"
    decided_at = factory.LazyFunction(timezone.now)
    recorded_by = factory.SubFactory(StaffFactory)
