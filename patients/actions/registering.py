"""Registering a patient, and the warning that somebody is probably known already."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from patients.actions.changing import fill, store
from patients.actions.consenting import record_consent
from patients.actions.treating import RELATIONSHIP_LASTS, start_relationship
from patients.actions.writing import NewProvider, log, provider_of
from patients.domain import duplicates
from patients.models import NumberSeries, Patient
from patients.models.patient import FIRST_PATIENT_NUMBER
from practice.models import Location, Staff


@dataclass(frozen=True, slots=True)
class Similar:
    """A patient who may be the one that is being registered, why, and how strong the reasons are."""

    patient: Patient
    signs: frozenset[duplicates.Sign]

    @property
    def score(self) -> int:
        """The strength of the reasons; 100 and more when the BSN is the same."""
        return duplicates.score(self.signs)

    @property
    def certain(self) -> bool:
        """Whether this is the same person beyond doubt: a BSN belongs to one person."""
        return duplicates.Sign.SAME_BSN in self.signs


class SimilarPatients(Exception):
    """There are probable duplicates; nobody was registered."""

    def __init__(self, similar: list[Similar]) -> None:
        """`similar` are the probable duplicates, the most probable first."""
        super().__init__("similar patients")
        self.similar = similar


@transaction.atomic
def register(
    *,
    details: Mapping[str, Any],
    location: Location,
    by: Staff,
    now: dt.datetime,
    bsn: str = "",
    new_gp: NewProvider | None = None,
    known: Collection[UUID] = (),
    reason: str = "",
    consents: Mapping[str, str] | None = None,
    representative: str = "",
    relation: str = "",
) -> Patient:
    """Register a patient, with a number, a treatment relationship of the location's team, and the consents.

    `details` are values by name of field, of the fields in `DETAILS`; `consents` are decisions by kind. Raises
    `SimilarPatients` when there are probable duplicates, except those in `known`, which were seen and set aside with a
    `reason`. A patient with the same BSN cannot be set aside.
    """
    patient = Patient(registered_at=now, registered_by=by, changed_at=now, registered_despite=reason if known else "")
    # Taking the number first lets registrations wait for each other, so that two cannot miss one another as duplicates.
    patient.number = NumberSeries.take("patient", first=FIRST_PATIENT_NUMBER)
    fill(patient, details, by=by, now=now)
    patient.bsn = bsn
    similar = similar_to(patient)
    if any(each.certain or each.patient.pk not in known or not reason.strip() for each in similar):
        raise SimilarPatients(similar)
    patient.gp = provider_of(new_gp) or patient.gp
    store(patient, force_insert=True)
    until = now + RELATIONSHIP_LASTS
    start_relationship(patient=patient, basis="registration", location=location, by=by, now=now, until=until)
    log(patient, by=by, event="patient_registered", action="C", now=now, detail=f"similar set aside: {len(similar)}")
    for kind, decision in (consents or {}).items():
        record_consent(
            patient=patient,
            kind=kind,
            decision=decision,
            by=by,
            now=now,
            representative=representative,
            relation=relation,
        )
    return patient


@transaction.atomic
def show_similar(*, similar: Collection[Similar], by: Staff, now: dt.datetime) -> None:
    """Write down that a person was shown, as a warning, that these patients exist."""
    for each in similar:
        log(each.patient, by=by, event="similar_patient_shown", action="R", now=now, related=None)


def similar_to(patient: Patient) -> list[Similar]:
    """The registered patients who may be this person, the most probable first."""
    identity = patient.identity()
    others = Patient.objects.perhaps_same_as(identity).exclude(pk=patient.pk)
    found = [Similar(other, duplicates.signs(identity, other.identity())) for other in others]
    return sorted((each for each in found if each.signs), key=lambda each: (-each.score, each.patient.number))
