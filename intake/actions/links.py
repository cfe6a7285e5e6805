"""Personal links for patients: sent, e-mailed, opened with a date of birth, and revoked."""

import datetime as dt
import hashlib
import secrets

from django.core.mail import send_mail
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from intake.actions.writing import log_link
from intake.models import PatientLink
from intake.policies import check_mail_link, check_revoke_link, check_send_link
from patients.models import Episode
from patients.policies import Refused
from practice import audit
from practice.models import PracticeSettings, Staff

LINK_LASTS = dt.timedelta(days=14)
TOKEN_BYTES = 32
LINK_OPENED = "patient_link_opened"
GUESSES_PER_ADDRESS = 20  # refused openings from one network address within the window
GUESSING_WINDOW = dt.timedelta(minutes=15)
NOBODYS_BIRTH_DATE = dt.date(1800, 1, 1)  # compared with when there is no link: nobody was born then


@transaction.atomic
def send_patient_link(*, episode: Episode, language: str, by: Staff, now: dt.datetime) -> tuple[PatientLink, str]:
    """Make a personal link by which the patient prepares the intake of this episode; give back its token, only now.

    An earlier link of the episode that is not finished stops working. Whoever sends it need not know anything
    clinical: the patient says where the complaint is.
    """
    check_send_link(episode)
    for earlier in PatientLink.objects.open().select_for_update().filter(episode=episode):
        _revoke(earlier, by=by, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PatientLink.objects.create(
        episode=episode,
        token_hash=_token_hash(token),
        language=language,
        sent_at=now,
        sent_by=by,
        expires_at=now + LINK_LASTS,
    )
    log_link(link, by=by, event="patient_link_sent", action="C", now=now)
    return link, token


def mail_patient_link(*, link: PatientLink, address: str, by: Staff, now: dt.datetime) -> None:
    """E-mail the address of this link to the patient, in the language of the link and without clinical content.

    Raises `Refused` when there is no e-mail address, the patient wants no e-mail, or the server did not take it; the
    link itself stays.
    """
    check_mail_link(link.episode)
    subject, body = _letter_with_link(link, address)
    try:
        send_mail(subject, body, None, [link.patient.email])
    except OSError as failure:
        raise Refused(_("The e-mail could not be sent. Give the link in another way, or try again.")) from failure
    with transaction.atomic():
        link.emailed_at = now
        link.save(update_fields=["emailed_at"])
        log_link(link, by=by, event="patient_link_emailed", action="E", now=now)


def _letter_with_link(link: PatientLink, address: str) -> tuple[str, str]:
    """Subject and body of the e-mail that brings a link."""
    practice = PracticeSettings.objects.current()
    with override(link.language):
        name = practice.name or gettext("your physiotherapy practice")
        subject = gettext("Questions before your appointment at %(practice)s") % {"practice": name}
        lines = [
            gettext("You have an appointment at %(practice)s.") % {"practice": name},
            gettext("With this personal link you can answer some questions beforehand, on your phone or computer:"),
            address,
            gettext("We ask for your date of birth first. You can stop at any moment and go on later."),
            gettext("The link works until %(moment)s.") % {"moment": date_format(localtime(link.expires_at), "j F Y")},
            gettext("Would you rather not? Then do nothing: the physiotherapist asks you the same at the appointment."),
        ]
        if practice.phone:
            lines.append(gettext("Questions? Call us: %(phone)s.") % {"phone": practice.phone})
    return subject, "\n\n".join(lines)


@transaction.atomic
def revoke_patient_link(*, link: PatientLink, by: Staff, now: dt.datetime) -> None:
    """Make a link stop working at once. What the patient answered so far stays on offer."""
    link = PatientLink.objects.select_for_update().get(pk=link.pk)
    check_revoke_link(link)
    _revoke(link, by=by, now=now)


def _revoke(link: PatientLink, *, by: Staff, now: dt.datetime) -> None:
    link.revoked_at, link.revoked_by = now, by
    link.save(update_fields=["revoked_at", "revoked_by"])
    log_link(link, by=by, event="patient_link_revoked", action="U", now=now)


class TooManyAttempts(Exception):
    """So many wrong links or dates came from this network address that it has to wait."""


@transaction.atomic
def open_patient_link(*, token: str, birth_date: dt.date, now: dt.datetime) -> PatientLink | None:
    """The link of this token, if it may be used and the date is the patient's date of birth; else None.

    Whatever is wrong, the answer is the same and takes the same comparisons: nobody learns whether a link exists. A
    wrong date counts, and the fifth locks the link. Raises `TooManyAttempts` for a network address that guesses.
    """
    if audit.recent_refusals(LINK_OPENED, since=now - GUESSING_WINDOW) >= GUESSES_PER_ADDRESS:
        raise TooManyAttempts
    link = PatientLink.objects.select_for_update().filter(token_hash=_token_hash(token)).first()
    expected = link.patient.birth_date if link else NOBODYS_BIRTH_DATE
    right = constant_time_compare(birth_date.isoformat(), expected.isoformat())
    if link and right and link.is_usable(now):
        _note_opening(link, now)
        return link
    if link and not right:
        link.attempts = min(link.attempts + 1, PatientLink.WRONG_DATES)
        link.save(update_fields=["attempts"])
    log_link(link, event=LINK_OPENED, action="E", now=now, allowed=False)
    return None


def _note_opening(link: PatientLink, now: dt.datetime) -> None:
    """Keep when the patient came in first; wrong dates before it are forgotten."""
    link.opened_at, link.attempts = link.opened_at or now, 0
    link.save(update_fields=["opened_at", "attempts"])
    log_link(link, event=LINK_OPENED, action="E", now=now)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
