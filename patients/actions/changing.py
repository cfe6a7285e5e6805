"""Changing what is recorded of a patient; and sealing the BSN with newer keys."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from patients.actions.writing import NewProvider, log, provider_of
from patients.domain.bsn import masked
from patients.models import Patient
from patients.models.encrypted import newest_key_id
from patients.policies import Refused, check_change
from practice import audit
from practice.models import Staff

DETAILS = frozenset(
    {"initials", "given_name", "prefix", "family_name", "partner_prefix", "partner_name", "name_order"}
    | {"birth_date", "sex", "gender", "deceased_on", "identity_document", "identity_document_ending"}
    | {"street", "house_number", "postcode", "city", "country", "phone", "other_phone", "email", "language"}
    | {"insurer", "policy_number", "gp", "emergency_name", "emergency_relation", "emergency_phone"}
)


class LostUpdate(Exception):
    """Somebody changed the record meanwhile: nothing was overwritten."""

    def __init__(self, stored: Patient, conflicting: Mapping[str, tuple[Any, Any]]) -> None:
        """`conflicting` gives, for each field that differs, the stored value and the value just sent."""
        super().__init__("lost update")
        self.stored = stored
        self.conflicting = conflicting


@transaction.atomic
def change(
    *,
    patient: Patient,
    version: int,
    details: Mapping[str, Any],
    by: Staff,
    now: dt.datetime,
    bsn: str | None = None,
    new_gp: NewProvider | None = None,
) -> Patient:
    """Change a patient's details. `bsn` None keeps the number, an empty text removes it.

    `version` is the version that the form was made from. Raises `LostUpdate` when the record changed meanwhile and a
    value differs, and `Refused` when the record may not change or the BSN is another patient's.
    """
    stored = Patient.objects.select_for_update().get(pk=patient.pk)
    check_change(stored)
    differing = _differing(stored, details)
    if bsn is not None and bsn != stored.bsn:
        differing["bsn"] = (stored.masked_bsn, masked(bsn))
    if stored.version != version and differing:
        raise LostUpdate(stored, differing)
    fill(stored, details, by=by, now=now)
    if "bsn" in differing:
        stored.bsn = bsn or ""
    stored.gp = provider_of(new_gp) or stored.gp
    stored.version = F("version") + 1
    stored.changed_at = now
    store(stored)
    stored.refresh_from_db()
    log(stored, by=by, event="patient_changed", action="U", now=now, detail=f"fields: {' '.join(sorted(differing))}")
    return stored


@transaction.atomic
def reveal_bsn(*, patient: Patient, by: Staff, now: dt.datetime) -> str:
    """The BSN in full, for someone who needs it now. Each time is written down."""
    log(patient, by=by, event="bsn_revealed", action="R", now=now)
    return patient.bsn


def rotate_field_keys(*, now: dt.datetime, everything: bool = False) -> int:
    """Seal again, with the newest key, every BSN that an older key sealed; gives how many.

    `everything` seals and indexes all of them again, which a new index key needs. Each patient is a transaction of its
    own, so that the practice can go on working and a stopped run can be taken up again.
    """
    sealed = Patient.objects.exclude(bsn_sealed="")
    if not everything:
        sealed = sealed.exclude(bsn_sealed__startswith=f"{newest_key_id()}:")
    pks = list(sealed.values_list("pk", flat=True))
    for pk in pks:
        _seal_again(pk)
    audit.record(by=None, event="field_keys_rotated", action="U", now=now, detail=f"patients: {len(pks)}")
    return len(pks)


@transaction.atomic
def _seal_again(pk: UUID) -> None:
    patient = Patient.objects.select_for_update().get(pk=pk)
    patient.bsn = patient.bsn
    patient.save(update_fields=["bsn_sealed", "bsn_index"])
    patient.refresh_search()


def fill(patient: Patient, details: Mapping[str, Any], *, by: Staff, now: dt.datetime) -> None:
    """Give the patient these values, and note who checked a newly shown identity document."""
    unknown = details.keys() - DETAILS
    if unknown:
        raise TypeError(f"no details of a patient: {sorted(unknown)}")
    shown = (patient.identity_document, patient.identity_document_ending)
    for field, value in details.items():
        setattr(patient, field, value)
    if not patient.identity_document:
        patient.identity_checked_by, patient.identity_checked_at = None, None
    elif (patient.identity_document, patient.identity_document_ending) != shown:
        patient.identity_checked_by, patient.identity_checked_at = by, now


def _differing(stored: Patient, details: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The details that differ from what is stored, as (stored, sent)."""
    pairs = {field: (getattr(stored, field), value) for field, value in details.items()}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def store(patient: Patient, *, force_insert: bool = False) -> None:
    """Save the patient with everything that is derived from it. Raises `Refused` when the BSN is another patient's."""
    patient.sort_name = patient.name.sort_key()
    try:
        with transaction.atomic():
            patient.save(force_insert=force_insert)
    except IntegrityError as error:
        if not Patient.objects.filter(bsn_index=patient.bsn_index).exclude(pk=patient.pk).exists():
            raise
        raise Refused(_("Another patient has this BSN. Check the number, or open that patient's record.")) from error
    patient.refresh_search()
