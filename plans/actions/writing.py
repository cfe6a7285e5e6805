"""What the writes on plans share: the log of what was done for the patient of an intake."""

import datetime as dt
from typing import Any

from intake.models import Intake
from practice import audit
from practice.models import Staff


def log(intake: Intake, thing: Any, *, by: Staff, event: str, action: str, now: dt.datetime) -> None:
    """Write one event about this intake's patient to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=intake.episode.patient_id,
        object_type=thing._meta.model_name,
        object_id=thing.pk,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
