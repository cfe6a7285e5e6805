"""What the writes on intakes share: how a section is stored, and the log of what was done by whom."""

import datetime as dt
from typing import Any

from intake.models import Intake, PatientLink, SectionAnswers
from practice import audit
from practice.models import Staff

PATIENT_BY_LINK = "patient by link"


def store_section(stored: SectionAnswers, answers: dict[str, Any], *, by: Staff, now: dt.datetime) -> None:
    """Save a locked section with these answers, as its next version."""
    stored.answers = answers
    stored.version += 1
    stored.saved_at, stored.saved_by = now, by
    stored.save()


def log_link(
    link: PatientLink | None,
    *,
    event: str,
    action: str,
    now: dt.datetime,
    by: Staff | None = None,
    allowed: bool = True,
    detail: str = "",
) -> None:
    """Write one event about a personal link to the access log; without staff, the patient acts by the link."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=link.episode.patient_id if link else None,
        object_type="patientlink",
        object_id=link.pk if link else "",
        detail=detail,
        checks=audit.Checks(authorised=allowed, treatment_relationship=True if by else None),
        allowed=allowed,
        purpose="prepare_intake",
        actor=PATIENT_BY_LINK,
    )


def log(intake: Intake, *, by: Staff, event: str, action: str, now: dt.datetime, detail: str = "") -> None:
    """Write one event about this intake to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=intake.episode.patient_id,
        object_type="intake",
        object_id=intake.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
