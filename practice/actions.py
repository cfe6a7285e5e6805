"""Everything that changes what the practice keeps."""

import datetime as dt
import logging
import secrets

from django.db import transaction

from practice import audit
from practice.domain import chain
from practice.domain.grants import Role
from practice.models import Absence, AccessEvent, Practitioner, RoleGrant, Staff
from practice.policies import check_change_rights, check_demo, check_give_password

logger = logging.getLogger(__name__)
SEALED_AT_ONCE = 500
TEMPORARY_PASSWORD_LIFE = dt.timedelta(days=3)
DEMO_PASSWORD = "traject-demo"  # noqa: S105 - opens nothing outside a demo
DEMO_STAFF = {
    Role.PHYSIOTHERAPIST: ("Sanne Bakker", "sanne@traject.example"),
    Role.FRONT_DESK: ("Karim Mulder", "karim@traject.example"),
    Role.MANAGER: ("Marieke de Wit", "marieke@traject.example"),
    Role.ADMINISTRATOR: ("Bas Jansen", "bas@traject.example"),
}


@transaction.atomic
def seal_access_log(*, now: dt.datetime, limit: int = SEALED_AT_ONCE) -> int:
    """Give up to `limit` waiting rows of the access log their place in the hash chain; returns how many.

    The new head goes to the technical log, which is kept elsewhere: removing the newest rows shows against it. Two
    seals at once cannot fork the chain: a place is unique, so the later one fails as a whole and nothing is lost.
    """
    last = AccessEvent.objects.sealed().last()
    place, head = (last.sequence or 0, last.hash) if last else (0, chain.START)
    rows = list(AccessEvent.objects.unsealed()[:limit])
    for row in rows:
        place += 1
        row.sequence, row.prev_hash = place, head
        row.hash = head = chain.seal(place, head, row.content())
    AccessEvent.objects.bulk_update(rows, ["sequence", "prev_hash", "hash"], batch_size=100)
    if rows:
        logger.info("%s access log sealed, head %d:%s", now.isoformat(), place, head)
    return len(rows)


@transaction.atomic
def add_staff(*, by: Staff, staff: Staff, now: dt.datetime) -> str:
    """Add a member of staff; returns a temporary password, which is shown once and kept nowhere.

    Whoever signs in with a temporary password must choose another one first.
    """
    staff.set_unusable_password()
    staff.save(force_insert=True)
    return give_temporary_password(by=by, staff=staff, now=now)


@transaction.atomic
def note_roles_changed(*, by: Staff, staff: Staff, detail: str, now: dt.datetime) -> None:
    """Write down that roles of `staff` were given or taken; `detail` names the roles before and after."""
    check_change_rights(by, staff)
    _record(by, "roles_changed", "U", staff, now, detail)


@transaction.atomic
def give_temporary_password(*, by: Staff | None, staff: Staff, now: dt.datetime) -> str:
    """Replace the password of `staff` by a temporary one, which ends all of their sessions; returns it."""
    check_give_password(by, staff)
    password = secrets.token_urlsafe(12)
    staff.set_password(password)
    staff.temporary_password_until = now + TEMPORARY_PASSWORD_LIFE
    staff.save(update_fields=["password", "temporary_password_until"])
    _record(by, "temporary_password_given", "U", staff, now)
    return password


@transaction.atomic
def change_own_password(*, by: Staff, password: str, now: dt.datetime) -> None:
    """Let `by` have `password`, which ends all of their other sessions."""
    by.set_password(password)
    by.temporary_password_until = None
    by.save(update_fields=["password", "temporary_password_until"])
    _record(by, "own_password_changed", "U", by, now)


@transaction.atomic
def change_own_profile(*, by: Staff, language: str, colour_mode: str, now: dt.datetime) -> None:
    """Let `by` see screens in this language (empty: as the browser) and these colours."""
    by.language, by.colour_mode = language, colour_mode
    by.save(update_fields=["language", "colour_mode"])
    _record(by, "own_profile_changed", "U", by, now)


@transaction.atomic
def add_administrator(*, email: str, name: str, password: str, now: dt.datetime) -> Staff:
    """Add an administrator with a password of their own: the first account of a new practice."""
    staff = Staff.objects.create_user(email=email, name=name, password=password)
    RoleGrant.objects.create(staff=staff, role=Role.ADMINISTRATOR)
    _record(None, "administrator_added", "C", staff, now)
    return staff


@transaction.atomic
def demo_staff(*, role: Role, now: dt.datetime) -> Staff:
    """The person who plays `role` in a demo; added when not there yet. Raises `Refused` outside a demo."""
    check_demo()
    name, email = DEMO_STAFF[role]
    staff = Staff.objects.filter(email=email, is_demo=True).first()
    if staff is None:
        staff = Staff.objects.create_user(email=email, name=name, password=DEMO_PASSWORD, is_demo=True)
        RoleGrant.objects.create(staff=staff, role=role)
        _record(None, "demo_account_added", "C", staff, now)
    return staff


def _record(by: Staff | None, event: str, action: str, staff: Staff, now: dt.datetime, detail: str = "") -> None:
    audit.record(
        by=by, event=event, action=action, now=now, object_type="practice.staff", object_id=staff.pk, detail=detail
    )


@transaction.atomic
def add_absence(
    *, practitioner: Practitioner, starts: dt.datetime, ends: dt.datetime, by: Staff, now: dt.datetime
) -> Absence:
    """Enter time in which a practitioner does not work. Visits in it stay: who plans sees them as to be moved."""
    absence = Absence.objects.create(practitioner=practitioner, starts=starts, ends=ends)
    _log_absence(absence, "absence_added", "C", by=by, now=now)
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, by: Staff, now: dt.datetime) -> None:
    """Take leave back."""
    _log_absence(absence, "absence_removed", "D", by=by, now=now)
    absence.delete()


def _log_absence(absence: Absence, event: str, action: str, *, by: Staff, now: dt.datetime) -> None:
    audit.record(by=by, event=event, action=action, now=now, object_type="practice.absence", object_id=absence.pk)
