"""What a patient consents to, refuses and takes back."""

import datetime as dt

from django.db import transaction
from django.utils.timezone import localtime

from patients.actions.writing import log
from patients.models import Consent, Patient
from patients.policies import check_change, check_representative, check_withdrawal
from practice.models import Staff


@transaction.atomic
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
    """Record that the patient gave a consent, refused it or took it back, if need be through a representative.

    `decision` is "given", "refused" or "withdrawn". To refuse is another thing than not having been asked. Raises
    `Refused` when the record may not change, when a representative is needed, and when there is nothing to take back.
    """
    check_change(patient)
    if decision == "given":
        check_representative(patient, representative, localtime(now).date())
    if decision == "withdrawn":
        latest = patient.consents.filter(kind=kind).order_by("decided_at", "pk").last()
        check_withdrawal(latest is not None and latest.decision == "given")
    consent = Consent.objects.create(
        patient=patient,
        kind=kind,
        decision=decision,
        decided_at=now,
        recorded_by=by,
        representative_name=representative,
        representative_relation=relation,
    )
    log(patient, by=by, event="consent_recorded", action="C", now=now, detail=f"{kind}: {decision}")
    return consent
