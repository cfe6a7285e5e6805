"""What several actions on patients write: the access log, and a care provider who is not known yet."""

import datetime as dt
from dataclasses import dataclass

from patients.models import Episode, ExternalProvider, Patient
from practice import audit
from practice.models import Staff


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A care provider who is not in the list yet."""

    name: str
    kind: str = "gp"
    city: str = ""


def provider_of(new: NewProvider | None) -> ExternalProvider | None:
    """The provider of this kind, name and city, added when there is none yet."""
    if new is None:
        return None
    provider, _created = ExternalProvider.objects.get_or_create(kind=new.kind, name=new.name, city=new.city)
    return provider


def log(
    about: Patient | Episode,
    *,
    by: Staff,
    event: str,
    action: str,
    now: dt.datetime,
    detail: str = "",
    related: bool | None = True,
) -> None:
    """Write one event about a patient or an episode to the access log.

    `related` None: whether the patient is treated here was not asked.
    """
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=about.patient_id if isinstance(about, Episode) else about.pk,
        object_type=about._meta.label_lower,
        object_id=about.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=related),
    )
