"""What may happen to an intake, and the reason when it may not."""

import datetime as dt

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.models import Intake, PatientLink
from patients.models import Episode
from patients.policies import Refused
from practice.models import Staff


def check_write(intake: Intake, by: Staff) -> None:
    """Raise `Refused` unless `by` may change the answers of this intake now."""
    if not intake.is_draft:
        raise Refused(_("This intake is completed. Add an addendum instead."))
    if intake.author_id != by.pk:
        raise Refused(_("Only the author of a draft intake can change it."))


def can_write(intake: Intake, by: Staff) -> bool:
    """Whether `by` may change the answers of this intake now."""
    try:
        check_write(intake, by)
    except Refused:
        return False
    return True


def check_addendum(intake: Intake) -> None:
    """Raise `Refused` unless this intake may get an addendum."""
    if intake.status != "completed":
        raise Refused(_("Only a completed intake gets addenda; change the draft itself."))


def check_copy(intake: Intake, source: Intake) -> None:
    """Raise `Refused` unless answers of `source` may be copied to this intake."""
    if source.pk == intake.pk or source.episode.patient_id != intake.episode.patient_id or not source.is_completed:
        raise Refused(_("Answers are copied only from an earlier, completed intake of the same patient."))


def check_measure(intake: Intake, on: dt.date, now: dt.datetime) -> None:
    """Raise `Refused` unless outcome measures may be recorded after this intake for that day."""
    if not intake.is_completed:
        raise Refused(_("Complete the intake first: its answers are the first measurement."))
    if not intake.episode.is_open:
        raise Refused(_("This episode is closed. Nothing is measured any more."))
    if on > localtime(now).date():
        raise Refused(_("The day of a measurement cannot lie in the future."))
    if on < intake.date:
        raise Refused(_("The day of a measurement cannot lie before the intake."))


def can_measure(intake: Intake, now: dt.datetime) -> bool:
    """Whether outcome measures may be recorded after this intake today."""
    try:
        check_measure(intake, localtime(now).date(), now)
    except Refused:
        return False
    return True


def check_send_link(episode: Episode) -> None:
    """Raise `Refused` unless this patient may be sent a personal link for this episode."""
    if not episode.is_open:
        raise Refused(_("This episode is closed. Open a new one before sending a link."))
    if episode.patient.deceased_on:
        raise Refused(_("This patient has died. No link can be sent."))


def check_mail_link(episode: Episode) -> None:
    """Raise `Refused` unless a link may go to this patient by e-mail."""
    if not episode.patient.email:
        raise Refused(_("No e-mail address is recorded. Give the link in another way, or record an address first."))
    consent = episode.patient.consents.latest_of_each_kind().get("email_reminders")
    if consent and consent.decision != "given":
        raise Refused(_("This patient does not want e-mail from the practice. Give the link in another way."))


def can_mail_link(episode: Episode) -> bool:
    """Whether a link may go to this patient by e-mail."""
    try:
        check_mail_link(episode)
    except Refused:
        return False
    return True


def check_revoke_link(link: PatientLink) -> None:
    """Raise `Refused` unless there is something to revoke."""
    if link.revoked_at or link.finished_at:
        raise Refused(_("This link does not work any more."))


def check_prepare(link: PatientLink, now: dt.datetime) -> None:
    """Raise `Refused` unless the patient may answer by this link now."""
    if not link.is_usable(now):
        raise Refused(_("This link does not work any more. Ask the practice for a new one."))


def check_offered(intake: Intake, link: PatientLink) -> None:
    """Raise `Refused` unless the answers of this link were offered for this intake."""
    if link.episode_id != intake.episode_id:
        raise Refused(_("These answers were given for another complaint."))
