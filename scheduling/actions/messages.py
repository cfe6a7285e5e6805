"""Messages to patients: planned with what they tell, sent by a background job, called off where they are not wanted."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Sequence
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from patients.models import Patient
from practice import audit
from practice.audit import Checks
from practice.models import PracticeSettings
from scheduling import documents
from scheduling.domain.clock import moment, wall_time
from scheduling.models import Appointment, Message, Series

CALM = dt.timedelta(minutes=2)  # undoing a booking takes at most 30 seconds, and more changes often follow the first
RETRY_AFTER = dt.timedelta(minutes=5)  # doubled with each attempt
MOST_ATTEMPTS = 5
REMIND_FROM = dt.time(9)  # on the day before
BATCH = 200  # patients in one job
CONSENT = "email_reminders"
logger = logging.getLogger(__name__)


@transaction.atomic
def tell(
    *,
    patient: Patient,
    kind: str,
    now: dt.datetime,
    series: Series | None = None,
    appointment: Appointment | None = None,
) -> None:
    """Plan a message about visits. Whether the patient wants it is asked when it is sent, not now."""
    already = Message.objects.waiting().filter(patient=patient, kind=kind, series=series, appointment=appointment)
    if already.update(send_after=now + CALM) == 0:
        Message.objects.create(
            patient=patient, kind=kind, series=series, appointment=appointment, made_at=now, send_after=now + CALM
        )


@transaction.atomic
def plan_reminders(*, now: dt.datetime) -> int:
    """Plan a reminder for each visit of tomorrow that was agreed on before today; gives how many."""
    here = wall_time(now)
    if here.time() < REMIND_FROM:
        return 0
    today = dt.datetime.combine(here.date(), dt.time())
    tomorrow, day_after = (moment(today + dt.timedelta(days=days)) for days in (1, 2))
    visits = Appointment.objects.filter(
        state="booked", starts__gte=tomorrow, starts__lt=day_after, created_at__lt=moment(today)
    ).exclude(Q(messages__kind="reminder") | Q(patient__email=""))
    wanted = _consenting({visit.patient_id for visit in visits})
    reminders = [
        Message(patient_id=visit.patient_id, kind="reminder", appointment=visit, made_at=now, send_after=now)
        for visit in visits
        if visit.patient_id in wanted
    ]
    Message.objects.bulk_create(reminders)
    return len(reminders)


def _consenting(patients: set) -> set:
    """Who of these patients has consented to messages by e-mail, by the last decision of each."""
    rows = Patient.objects.filter(pk__in=patients, consents__kind=CONSENT, deceased_on=None).order_by(
        "consents__decided_at", "consents__pk"
    )
    last = dict(rows.values_list("pk", "consents__decision"))
    return {pk for pk, decision in last.items() if decision == "given"}


def ask_to_send(*, now: dt.datetime) -> int:
    """Have the job queue send what is due, unless such a job waits there already; gives how many messages are due."""
    due = Message.objects.waiting().filter(send_after__lte=now).count()
    if due and not DBTaskResult.objects.ready().filter(task_path=send_due.module_path).exists():
        send_due.enqueue()
    return due


@task()
def send_due() -> int:
    """The job: send what is due when it runs."""
    return send_messages(now=timezone.now())


def send_messages(*, now: dt.datetime) -> int:
    """Send what is due, one e-mail for each patient; gives how many were sent.

    Messages are claimed in one transaction and sent outside of it, so that a slow mail server keeps nobody from
    working; what is not known to be sent is tried again later, a bounded number of times.
    """
    sent = 0
    for messages in _claimed(now).values():
        sent += _send(messages, now)
    return sent


@transaction.atomic
def _claimed(now: dt.datetime) -> dict[object, list[Message]]:
    """What is due, by patient, put off so that another process does not send it too."""
    due = Message.objects.waiting().filter(send_after__lte=now)
    patients = list(dict.fromkeys(due.values_list("patient_id", flat=True)))[:BATCH]
    messages = list(due.filter(patient_id__in=patients).select_for_update(skip_locked=True, of=("self",)))
    claimed: dict[object, list[Message]] = defaultdict(list)
    for message in messages:
        message.attempts += 1
        message.send_after = now + RETRY_AFTER * 2 ** (message.attempts - 1)
        claimed[message.patient_id].append(message)
    Message.objects.bulk_update(messages, ["attempts", "send_after"])
    return claimed


def _send(messages: Sequence[Message], now: dt.datetime) -> int:
    """Send these messages of one patient in one e-mail, unless nobody wants it or nothing is left to tell."""
    patient = Patient.objects.get(pk=messages[0].patient_id)
    letter = documents.message(patient, messages, now=now) if patient.pk in _consenting({patient.pk}) else None
    if letter is None or not patient.email:
        return _finish(messages, now, called_off=True)
    try:
        _mail(patient, letter)
    except (SMTPException, OSError, ValueError) as error:
        logger.warning("a message could not be sent: %s", type(error).__name__)
        tried = [message for message in messages if message.attempts >= MOST_ATTEMPTS]
        return _finish(tried, now, called_off=True)
    return _finish(messages, now, called_off=False)


def _mail(patient: Patient, letter: documents.Letter) -> None:
    practice = PracticeSettings.objects.current()
    EmailMessage(
        subject=letter.subject,
        body=letter.body,
        to=[patient.email],
        reply_to=[practice.email] if practice.email else None,
        attachments=[("afspraken.ics", letter.calendar, "text/calendar")] if letter.calendar else None,
    ).send()


@transaction.atomic
def _finish(messages: Sequence[Message], now: dt.datetime, *, called_off: bool) -> int:
    """Note that messages were sent, or that they never will be; gives how many e-mails were sent."""
    field = "called_off_at" if called_off else "sent_at"
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(**{field: now})
    for message in messages:
        audit.record(
            by=None,
            event="message_called_off" if called_off else "message_sent",
            action="E",
            now=now,
            patient_id=message.patient_id,
            object_type="scheduling.message",
            object_id=message.pk,
            detail=message.kind,
            checks=Checks(authorised=True, consent=not called_off),
        )
    return 0 if called_off or not messages else 1
