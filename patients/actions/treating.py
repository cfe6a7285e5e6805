"""Who may open a record, and for how long: relationships, taking over, episodes."""

import datetime as dt

from django.core import signing
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from patients.actions.writing import NewProvider, log, provider_of
from patients.models import Episode, ExternalProvider, Patient, TreatmentRelationship
from patients.policies import Refused, check_close, check_open_episode
from practice.models import Location, Practitioner, Staff

# How long a relationship lasts after a registration or a closed episode: time for a first visit, for letters, and for
# a complaint that comes back. Our own choice; no norm names a figure.
RELATIONSHIP_LASTS = dt.timedelta(days=365)
TAKE_OVER = "patients.take_over"
TAKE_OVER_WITHIN = dt.timedelta(hours=1)


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
    log(patient, by=by, event="relationship_started", action="C", now=now, detail=f"basis: {basis}")
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
        referrer=(provider_of(new_referrer) or referrer) if referred else None,
        referred_on=referred_on if referred else None,
        referral_valid_until=referral_valid_until if referred else None,
    )
    start_relationship(patient=patient, basis="episode", location=location, by=by, now=now)
    log(episode, by=by, event="episode_opened", action="C", now=now)
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
    log(stored, by=by, event="episode_closed", action="U", now=now, detail=f"reason: {reason}")
    return stored
