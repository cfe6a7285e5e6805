"""What may happen to a patient, and the reason when it may not."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from patients.domain.age import ConsentBy
from patients.models import Episode, Patient
from patients.models.patient import locations_of
from practice.domain.grants import Act
from practice.models import Location, Staff
from practice.policies import Refused as Refused  # the upper apps refuse with it too


def check_change(patient: Patient) -> None:
    """Raise `Refused` unless this record may still change."""
    if patient.merged_into_id:
        raise Refused(_("This record was merged into another one. Open that record instead."))


def check_open_episode(patient: Patient) -> None:
    """Raise `Refused` unless this patient may start with a new complaint."""
    check_change(patient)
    if patient.deceased_on:
        raise Refused(_("This patient has died. An episode can only be opened for a living patient."))


def can_open_episode(patient: Patient) -> bool:
    """Whether this patient may start with a new complaint."""
    try:
        check_open_episode(patient)
    except Refused:
        return False
    return True


def teams(staff: Staff) -> QuerySet[Location]:
    """The locations in use whose team this person works in: where they may register and open episodes."""
    locations = locations_of(staff, Act.REGISTER_PATIENT)
    in_use = Location.objects.filter(is_active=True)
    return in_use if locations is None else in_use.filter(pk__in=locations)


def check_close(episode: Episode, closed_on: dt.date) -> None:
    """Raise `Refused` unless this episode may be closed on this day."""
    if not episode.is_open:
        raise Refused(_("This episode is closed already."))
    if closed_on < episode.opened_on:
        raise Refused(_("Choose a closing date on or after the date of opening."))


def check_representative(patient: Patient, representative: str, day: dt.date) -> None:
    """Raise `Refused` when the patient is too young to decide without a representative and none is named."""
    if representative or patient.consents_by(day) is ConsentBy.PATIENT:
        return
    raise Refused(_("Under 16 a representative decides, from 12 together with the patient. Enter who that is."))


def check_withdrawal(given: bool) -> None:
    """Raise `Refused` when there is no consent to withdraw."""
    if not given:
        raise Refused(_("There is no consent of this kind to withdraw. Record a refusal instead."))
