"""The access log: who did what, for whom, when, and which checks allowed it (the shape of NEN 7513)."""

import datetime as dt
from dataclasses import dataclass

from practice.models import Staff


@dataclass(frozen=True, slots=True)
class Checks:
    """The four checks of NEN 7513 on one event: each is true, false, or None where it does not apply."""

    authorised: bool | None = None
    treatment_relationship: bool | None = None
    consent: bool | None = None
    emergency: bool | None = False


def record(
    *,
    by: Staff | None,
    event: str,
    action: str,
    now: dt.datetime,
    patient_id: object = None,
    object_type: str = "",
    object_id: object = "",
    detail: str = "",
    checks: Checks = Checks(authorised=True),
    allowed: bool = True,
) -> None:
    """Append one event to the access log, in the caller's transaction.

    `event` names what happened ("patient_read"); `action` is one of C, R, U, D, E. `detail` never holds clinical or
    identifying text. Raises if the row cannot be written: an access that cannot be logged does not happen.
    """
