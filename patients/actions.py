"""Every write on patients, their consents, their relationships and their episodes."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from patients.domain import duplicates
from patients.domain.bsn import masked
from patients.domain.search import parse
from patients.models import Consent, Episode, ExternalProvider, NumberSeries, Patient, TreatmentRelationship
from patients.models.encrypted import newest_key_id
from patients.models.patient import FIRST_PATIENT_NUMBER, Found
from patients.policies import (
    Refused,
    check_change,
    check_close,
    check_open_episode,
    check_representative,
    check_withdrawal,
)
from practice import audit
from practice.domain.grants import Act
from practice.models import Location, Practitioner, Staff

# How long a relationship lasts after a registration or a closed episode: time for a first visit, for letters, and for
# a complaint that comes back. Our own choice; no norm names a figure.
RELATIONSHIP_LASTS = dt.timedelta(days=365)
PAGE = 20  # patients on one page of search results
TAKE_OVER = "patients.take_over"
TAKE_OVER_WITHIN = dt.timedelta(hours=1)
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
    _fill(patient, details, by=by, now=now)
    patient.bsn = bsn
    similar = similar_to(patient)
    if any(each.certain or each.patient.pk not in known or not reason.strip() for each in similar):
        raise SimilarPatients(similar)
    patient.gp = _provider(new_gp) or patient.gp
    _store(patient, force_insert=True)
    until = now + RELATIONSHIP_LASTS
    start_relationship(patient=patient, basis="registration", location=location, by=by, now=now, until=until)
    _log(patient, by=by, event="patient_registered", action="C", now=now, detail=f"similar set aside: {len(similar)}")
    for kind, decision in (consents or {}).items():
        _decide(patient, kind, decision, by=by, now=now, representative=representative, relation=relation)
    return patient


@transaction.atomic
def find(*, text: str, by: Staff, now: dt.datetime) -> Found:
    """The patients of this person's teams whom the text asks for, at most `PAGE` of them. The search is written down.

    Who may not see a BSN cannot search by one either, so that nobody learns in that way that a number is known here.
    """
    query = parse(text) if by.may(Act.REVEAL_BSN) else parse(text).without_bsn()
    found = Patient.objects.visible_to(by).select_related("gp").matching(query, PAGE)
    audit.record(
        by=by,
        event="patients_searched",
        action="E",
        now=now,
        object_type="patients.patient",
        detail=f"found: {len(found.patients)}{' or more' if found.more else ''}",
        query_hash=audit.query_hash(text),
    )
    return found


@transaction.atomic
def show_similar(*, similar: Collection[Similar], by: Staff, now: dt.datetime) -> None:
    """Write down that a person was shown, as a warning, that these patients exist."""
    for each in similar:
        _log(each.patient, by=by, event="similar_patient_shown", action="R", now=now, related=None)


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
    if bsn is not None and bsn != stored.bsn:
        differing["bsn"] = (stored.masked_bsn, masked(bsn))
    if stored.version != version and differing:
        raise LostUpdate(stored, differing)
    _fill(stored, details, by=by, now=now)
    if "bsn" in differing:
        stored.bsn = bsn or ""
    stored.gp = _provider(new_gp) or stored.gp
    stored.version = F("version") + 1
    stored.changed_at = now
    _store(stored)
    stored.refresh_from_db()
    _log(stored, by=by, event="patient_changed", action="U", now=now, detail=f"fields: {' '.join(sorted(differing))}")
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
    location: Location | None = None,
    reason: str = "",
) -> TreatmentRelationship:
    """Open the record to a member of staff, or to the team of a location, from now until a moment (None: no end).

    A relationship of the same people that holds already is extended; it is never made shorter.
    """
    current = patient.relationships.current(now).filter(staff=staff, location=location).first()
    if current is None:
        current = TreatmentRelationship(patient=patient, staff=staff, location=location, basis=basis, started_by=by)
        current.from_at, current.until = now, until
    elif current.until is not None:
        current.until = until and max(until, current.until)
    current.reason = reason or current.reason
    current.save()
    _log(patient, by=by, event="relationship_started", action="C", now=now, detail=f"basis: {basis}")
    return current


def take_over_token(patient: Patient, by: Staff) -> str:
    """A proof, good for an hour, that this person was warned of this patient and may so take over the record."""
    return signing.dumps({"patient": str(patient.pk), "staff": str(by.pk)}, salt=TAKE_OVER)


@transaction.atomic
def take_over(*, token: str, reason: str, by: Staff, now: dt.datetime) -> Patient:
    """Open the record of a patient whom the team does not treat yet, for a reason. `token` is a `take_over_token`.

    It opens to the team of someone who works at one location, else to this person alone.

    Raises `Refused` when the proof is old or was given to somebody else.
    """
    try:
        proof = signing.loads(token, salt=TAKE_OVER, max_age=TAKE_OVER_WITHIN)
    except signing.BadSignature as error:
        raise Refused(_("This warning is too old. Search or register again.")) from error
    if proof["staff"] != str(by.pk):
        raise Refused(_("This warning was shown to a colleague. Search or register again."))
    patient = Patient.objects.get(pk=proof["patient"])
    location = Location.objects.filter(pk=by.only_location_id or 0).first()
    start_relationship(
        patient=patient,
        basis="takeover",
        staff=None if location else by,
        location=location,
        by=by,
        now=now,
        until=now + RELATIONSHIP_LASTS,
        reason=reason,
    )
    return patient


@transaction.atomic
def open_episode(
    *,
    patient: Patient,
    route: str,
    practitioner: Practitioner,
    location: Location,
    by: Staff,
    now: dt.datetime,
    title: str = "",
    referrer: ExternalProvider | None = None,
    new_referrer: NewProvider | None = None,
    referred_on: dt.date | None = None,
    referral_valid_until: dt.date | None = None,
) -> Episode:
    """Start with a complaint. The record is open to the location's team for as long as the episode is."""
    check_open_episode(patient)
    referred = route == "referral"
    episode = Episode.objects.create(
        patient=patient,
        title=title,
        route=route,
        practitioner=practitioner,
        location=location,
        opened_on=localtime(now).date(),
        opened_by=by,
        referrer=(_provider(new_referrer) or referrer) if referred else None,
        referred_on=referred_on if referred else None,
        referral_valid_until=referral_valid_until if referred else None,
    )
    start_relationship(patient=patient, basis="episode", location=location, by=by, now=now)
    _log_episode(episode, by=by, event="episode_opened", action="C", now=now)
    return episode


@transaction.atomic
def close_episode(*, episode: Episode, reason: str, by: Staff, now: dt.datetime) -> Episode:
    """End an episode. When it was the last open one at its location, the relationship of that team gets an end."""
    stored = Episode.objects.select_for_update().get(pk=episode.pk)
    today = localtime(now).date()
    check_close(stored, today)
    stored.closed_on, stored.closed_by, stored.close_reason = today, by, reason
    stored.save(update_fields=["closed_on", "closed_by", "close_reason"])
    if not stored.patient.episodes.open().filter(location=stored.location_id).exists():
        team = stored.patient.relationships.current(now).filter(location=stored.location_id)
        team.update(until=now + RELATIONSHIP_LASTS)
    _log_episode(stored, by=by, event="episode_closed", action="U", now=now, detail=f"reason: {reason}")
    return stored


def record_consent(
    *,
    patient: Patient,
    kind: str,
    decision: str,
    by: Staff,
    now: dt.datetime,
    representative: str = "",
    relation: str = "",
) -> Consent:
    """Record one of the three decisions: given, refused or withdrawn."""
    decide = {"given": give_consent, "refused": refuse_consent, "withdrawn": withdraw_consent}[decision]
    return decide(patient=patient, kind=kind, by=by, now=now, representative=representative, relation=relation)


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


def _log(
    patient: Patient,
    *,
    by: Staff,
    event: str,
    action: str,
    now: dt.datetime,
    detail: str = "",
    related: bool | None = True,
) -> None:
    """Write one event about this patient to the access log. `related` None: the relationship was not asked about."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=patient.pk,
        object_type="patients.patient",
        object_id=patient.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=related),
    )
