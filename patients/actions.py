"""Every write on patients, their consents, their relationships and their episodes."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from patients.domain import duplicates
from patients.models import Consent, Episode, ExternalProvider, NumberSeries, Patient, TreatmentRelationship
from patients.models.patient import FIRST_PATIENT_NUMBER
from patients.policies import (
    Refused,
    check_change,
    check_close,
    check_open_episode,
    check_representative,
    check_withdrawal,
)
from practice import audit
from practice.models import Staff

# How long a relationship lasts after a registration or a closed episode: time for a first visit, for letters, and for
# a complaint that comes back. Our own choice; no norm names a figure.
RELATIONSHIP_LASTS = dt.timedelta(days=365)
DETAILS = frozenset(
    {"initials", "given_name", "prefix", "family_name", "partner_prefix", "partner_name", "name_order"}
    | {"birth_date", "sex", "gender", "deceased_on", "identity_document", "identity_document_ending"}
    | {"street", "house_number", "postcode", "city", "country", "phone", "other_phone", "email", "language"}
    | {"insurer", "policy_number", "gp", "emergency_name", "emergency_relation", "emergency_phone"}
)


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


class LostUpdate(Exception):
    """Somebody changed the record meanwhile: nothing was overwritten."""

    def __init__(self, stored: Patient, conflicting: Mapping[str, tuple[Any, Any]]) -> None:
        """`conflicting` gives, for each field that differs, the stored value and the value just sent."""
        super().__init__("lost update")
        self.stored = stored
        self.conflicting = conflicting


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A care provider who is not in the list yet."""

    name: str
    kind: str = "gp"
    city: str = ""


@transaction.atomic
def register(
    *,
    details: Mapping[str, Any],
    by: Staff,
    now: dt.datetime,
    bsn: str = "",
    new_gp: NewProvider | None = None,
    known: Collection[UUID] = (),
    reason: str = "",
) -> Patient:
    """Register a patient, with a number and a treatment relationship of the team.

    `details` are values by name of field, of the fields in `DETAILS`. Raises `SimilarPatients` when there are probable
    duplicates other than `known`, which were seen and set aside with a `reason`; and `Refused` when the BSN is in use.
    """
    patient = Patient(registered_at=now, registered_by=by, changed_at=now, registered_despite=reason if known else "")
    # Taking the number first lets registrations wait for each other, so that two cannot miss one another as duplicates.
    patient.number = NumberSeries.take("patient", first=FIRST_PATIENT_NUMBER)
    _fill(patient, details, by=by, now=now)
    patient.bsn = bsn
    similar = similar_to(patient)
    if any(each.patient.pk not in known for each in similar):
        raise SimilarPatients(similar)
    if similar and not reason.strip():
        raise Refused(_("Say why this is another person."))
    patient.gp = _provider(new_gp) or patient.gp
    _store(patient, force_insert=True)
    start_relationship(patient=patient, basis="registration", by=by, now=now, until=now + RELATIONSHIP_LASTS)
    _log(patient, by=by, event="patient_registered", action="C", now=now, detail=f"similar set aside: {len(similar)}")
    return patient


def similar_to(patient: Patient) -> list[Similar]:
    """The registered patients who may be this person, the most probable first."""
    identity = patient.identity()
    others = Patient.objects.perhaps_same_as(identity).exclude(pk=patient.pk)
    found = [Similar(other, duplicates.signs(identity, other.identity())) for other in others]
    return sorted((each for each in found if each.signs), key=lambda each: (-each.score, each.patient.number))


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
    if stored.version != version and differing:
        raise LostUpdate(stored, differing)
    _fill(stored, details, by=by, now=now)
    changed = sorted(differing)
    if bsn is not None:
        stored.bsn = bsn
        changed.append("bsn")
    stored.gp = _provider(new_gp) or stored.gp
    stored.version = F("version") + 1
    stored.changed_at = now
    _store(stored)
    stored.refresh_from_db()
    _log(stored, by=by, event="patient_changed", action="U", now=now, detail=f"fields: {' '.join(changed)}")
    return stored


@transaction.atomic
def reveal_bsn(*, patient: Patient, by: Staff, now: dt.datetime) -> str:
    """The BSN in full, for someone who needs it now. Each time is written down."""
    _log(patient, by=by, event="bsn_revealed", action="R", now=now)
    return patient.bsn


@transaction.atomic
def start_relationship(
    *,
    patient: Patient,
    basis: str,
    by: Staff,
    now: dt.datetime,
    until: dt.datetime | None = None,
    staff: Staff | None = None,
    reason: str = "",
) -> TreatmentRelationship:
    """Open the record to a member of staff, or to the team when `staff` is None, from now until a moment.

    A relationship of the same people that holds already is extended; it is never made shorter.
    """
    current = patient.relationships.current(now).filter(staff=staff).first()
    if current is None:
        current = TreatmentRelationship(patient=patient, staff=staff, basis=basis, from_at=now, started_by=by)
        current.until = until
    elif current.until is not None:
        current.until = until and max(until, current.until)
    current.reason = reason or current.reason
    current.save()
    _log(patient, by=by, event="relationship_started", action="C", now=now, detail=f"basis: {basis}")
    return current


@transaction.atomic
def open_episode(
    *,
    patient: Patient,
    route: str,
    practitioner: Staff,
    by: Staff,
    now: dt.datetime,
    title: str = "",
    referrer: ExternalProvider | None = None,
    new_referrer: NewProvider | None = None,
    referred_on: dt.date | None = None,
    referral_valid_until: dt.date | None = None,
) -> Episode:
    """Start with a complaint. The record stays open to the team for as long as the episode is."""
    check_open_episode(patient)
    referred = route == "referral"
    episode = Episode.objects.create(
        patient=patient,
        title=title,
        route=route,
        practitioner=practitioner,
        opened_on=localtime(now).date(),
        opened_by=by,
        referrer=(_provider(new_referrer) or referrer) if referred else None,
        referred_on=referred_on if referred else None,
        referral_valid_until=referral_valid_until if referred else None,
    )
    start_relationship(patient=patient, basis="episode", by=by, now=now)
    _log_episode(episode, by=by, event="episode_opened", action="C", now=now)
    return episode


@transaction.atomic
def close_episode(*, episode: Episode, reason: str, by: Staff, now: dt.datetime) -> Episode:
    """End an episode. When it was the last open one, the team's relationship gets an end."""
    stored = Episode.objects.select_for_update().get(pk=episode.pk)
    today = localtime(now).date()
    check_close(stored, today)
    stored.closed_on, stored.closed_by, stored.close_reason = today, by, reason
    stored.save(update_fields=["closed_on", "closed_by", "close_reason"])
    if not stored.patient.episodes.open().exists():
        stored.patient.relationships.current(now).filter(staff=None).update(until=now + RELATIONSHIP_LASTS)
    _log_episode(stored, by=by, event="episode_closed", action="U", now=now, detail=f"reason: {reason}")
    return stored


def give_consent(
    *, patient: Patient, kind: str, by: Staff, now: dt.datetime, representative: str = "", relation: str = ""
) -> Consent:
    """Record that the patient consents, if need be through or with a representative."""
    return _decide(patient, kind, "given", by=by, now=now, representative=representative, relation=relation)


def refuse_consent(
    *, patient: Patient, kind: str, by: Staff, now: dt.datetime, representative: str = "", relation: str = ""
) -> Consent:
    """Record that the patient was asked and does not consent: another thing than not having been asked."""
    return _decide(patient, kind, "refused", by=by, now=now, representative=representative, relation=relation)


def withdraw_consent(
    *, patient: Patient, kind: str, by: Staff, now: dt.datetime, representative: str = "", relation: str = ""
) -> Consent:
    """Record that the patient takes a consent back."""
    latest = patient.consents.filter(kind=kind).order_by("decided_at", "pk").last()
    check_withdrawal(latest is not None and latest.decision == "given")
    return _decide(patient, kind, "withdrawn", by=by, now=now, representative=representative, relation=relation)


@transaction.atomic
def _decide(
    patient: Patient, kind: str, decision: str, *, by: Staff, now: dt.datetime, representative: str, relation: str
) -> Consent:
    check_change(patient)
    if decision == "given":
        check_representative(patient, representative, localtime(now).date())
    consent = Consent.objects.create(
        patient=patient,
        kind=kind,
        decision=decision,
        decided_at=now,
        recorded_by=by,
        representative_name=representative,
        representative_relation=relation,
    )
    _log(patient, by=by, event="consent_recorded", action="C", now=now, detail=f"{kind}: {decision}")
    return consent


def _fill(patient: Patient, details: Mapping[str, Any], *, by: Staff, now: dt.datetime) -> None:
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


def _store(patient: Patient, *, force_insert: bool = False) -> None:
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


def _provider(new: NewProvider | None) -> ExternalProvider | None:
    """The provider of this kind, name and city, added when there is none yet."""
    if new is None:
        return None
    provider, _created = ExternalProvider.objects.get_or_create(kind=new.kind, name=new.name, city=new.city)
    return provider


def _log_episode(episode: Episode, *, by: Staff, event: str, action: str, now: dt.datetime, detail: str = "") -> None:
    """Write one event about this episode to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=episode.patient_id,
        object_type="patients.episode",
        object_id=episode.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )


def _log(patient: Patient, *, by: Staff, event: str, action: str, now: dt.datetime, detail: str = "") -> None:
    """Write one event about this patient to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=patient.pk,
        object_type="patients.patient",
        object_id=patient.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
