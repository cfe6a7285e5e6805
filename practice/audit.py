"""The access log: who did what, for whom, when, and which checks allowed it (the shape of NEN 7513)."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from practice.models import AccessEvent, Staff


@dataclass(frozen=True, slots=True)
class Checks:
    """The four checks of NEN 7513 on one event: each is true, false, or None where it does not apply."""

    authorised: bool | None = None
    treatment_relationship: bool | None = None
    consent: bool | None = None
    emergency: bool | None = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the events of one request come from, and the refusals that wait until its transactions are over."""

    ip: str
    session: SessionBase
    refusals: list[AccessEvent] = field(default_factory=list)

    def session_hash(self) -> str:
        """A name for the session that does not give the session away; empty when there is none."""
        key = self.session.session_key
        return hashlib.sha256(key.encode()).hexdigest() if key else ""


ORIGIN: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def coming_from(ip: str, session: SessionBase) -> Iterator[None]:
    """Events recorded inside come from this address and session. Refusals are written on leaving.

    A refusal often ends in an exception that rolls its transaction back; the refusal itself must stay.
    """
    origin = Origin(ip, session)
    token = ORIGIN.set(origin)
    try:
        yield
    finally:
        ORIGIN.reset(token)
        if origin.refusals:  # an empty transaction would still wait for whoever writes now
            with transaction.atomic():
                AccessEvent.objects.bulk_create(origin.refusals)


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
    purpose: str = "",
    on_behalf_of: Staff | None = None,
    query_hash: str = "",
    actor: str = "",
) -> None:
    """Append one event to the access log, in the caller's transaction.

    `event` names what happened ("patient_read"); `action` is one of C, R, U, D, E. `detail` never holds clinical or
    identifying text. Raises if the row cannot be written: an access that cannot be logged does not happen. A refusal
    (`allowed=False`) within a request is written when the request's own transactions are over, and survives them.
    `actor` says who acts when it is nobody of the staff, such as a patient by link.
    """
    origin = ORIGIN.get()
    row = AccessEvent(
        at_utc=now,
        action=action,
        event=event,
        outcome="allowed" if allowed else "denied",
        check_authorisation=checks.authorised,
        check_relationship=checks.treatment_relationship,
        check_consent=checks.consent,
        check_emergency=checks.emergency,
        on_behalf_of=str(on_behalf_of.pk) if on_behalf_of else "",
        purpose=purpose,
        patient_id="" if patient_id is None else str(patient_id),
        object_type=object_type,
        object_id=str(object_id),
        detail=detail,
        query_hash=query_hash,
        **_who(by, actor),
        **_where(origin),
    )
    if origin and not allowed:
        origin.refusals.append(row)
    else:
        row.save(force_insert=True)


def recent_refusals(event: str, *, since: dt.datetime) -> int:
    """How many refusals of this kind came from the network address of this request since that moment."""
    origin = ORIGIN.get()
    refused = AccessEvent.objects.filter(event=event, outcome="denied", at_utc__gte=since)
    return refused.filter(ip=origin.ip if origin else "").count()


def _who(by: Staff | None, actor: str) -> dict[str, str]:
    if by is None:
        return {"user_name": actor}
    return {
        "user_id": str(by.pk),
        "user_name": by.name,
        "user_roles": " ".join(sorted(by.roles)),
        "location": str(by.only_location_id or ""),
    }


def _where(origin: Origin | None) -> dict[str, str]:
    if origin is None:
        return {"source": "command"}
    return {"source": "web", "ip": origin.ip, "session": origin.session_hash()}


def query_hash(text: str) -> str:
    """A keyed hash of what was searched for: equal searches can be matched, the words cannot be read back."""
    return hmac.new(settings.INDEX_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
