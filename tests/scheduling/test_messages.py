"""What patients are told by e-mail: true when it is sent, wanted, in their language, once, and nothing clinical."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from patients.models import Patient
from practice.models import PracticeSettings
from scheduling import actions
from scheduling.actions.messages import CALM, MOST_ATTEMPTS
from scheduling.models import Appointment, Message
from tests.factories.patients import ConsentFactory, PatientFactory
from tests.factories.practice import StaffFactory
from tests.factories.scheduling import MONDAY_AT_NINE, AppointmentFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
SUNDAY = dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def willing(**fields: Any) -> Patient:
    """A patient who has consented to messages by e-mail."""
    return ConsentFactory(patient=PatientFactory(**fields), kind="email_reminders").patient


def told(patient: Patient | None = None, now: dt.datetime = NOW, **fields: Any) -> Appointment:
    """A visit of a patient, with a message about it."""
    visit = AppointmentFactory(patient=patient or willing(), **fields)
    actions.tell(patient=visit.patient, kind="booked", appointment=visit, now=now)
    return visit


def body() -> str:
    """The text of the one e-mail that was sent."""
    assert len(mail.outbox) == 1
    return str(mail.outbox[0].body)


def test_a_message_waits_until_what_is_undone_would_be_undone() -> None:
    told()
    assert actions.send_messages(now=NOW + CALM - dt.timedelta(seconds=1)) == 0
    assert actions.send_messages(now=NOW + CALM) == 1
    assert actions.send_messages(now=NOW + 100 * HOUR) == 0


@pytest.mark.django_db(transaction=True)
def test_the_tick_hands_what_is_due_to_the_job_queue_once_and_its_worker_sends_it() -> None:
    told(now=timezone.now() - HOUR, starts=timezone.now() + dt.timedelta(days=3))
    for _tick in range(2):
        call_command("tick", stdout=io.StringIO())
    assert mail.outbox == []
    assert [job.status for job in DBTaskResult.objects.all()] == ["READY"]
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
    assert len(mail.outbox) == 1
    assert [job.status for job in DBTaskResult.objects.all()] == ["SUCCESSFUL"]
    call_command("tick", stdout=io.StringIO())
    assert DBTaskResult.objects.count() == 1


def test_a_message_names_when_with_whom_and_where_in_wall_time() -> None:
    visit = told()
    actions.send_messages(now=NOW + HOUR)
    assert "maandag 30 november 2026, 09:00" in body()
    assert visit.practitioner.staff.name in body()
    assert visit.location.name in body()


def test_a_message_is_in_the_language_of_the_patient_and_else_in_english() -> None:
    for language, word in (("nl", "maandag"), ("en", "Monday"), ("tr", "Monday")):
        mail.outbox.clear()
        told(willing(language=language))
        actions.send_messages(now=NOW + HOUR)
        assert word in body()


@pytest.mark.parametrize("decision", [None, "refused", "withdrawn"])
def test_who_does_not_consent_gets_nothing_not_even_what_was_planned(decision: str | None) -> None:
    patient = PatientFactory()
    if decision:
        ConsentFactory(patient=patient, kind="email_reminders", decided_at=NOW - HOUR)
        ConsentFactory(patient=patient, kind="email_reminders", decision=decision, decided_at=NOW)
    told(patient)
    assert actions.send_messages(now=NOW + HOUR) == 0
    assert mail.outbox == []
    assert Message.objects.get().called_off_at is not None


def test_a_moved_visit_is_told_as_changed_and_a_new_one_that_was_moved_at_once_is_not() -> None:
    patient = willing(language="en")
    known = AppointmentFactory(patient=patient)
    new = AppointmentFactory(patient=patient, starts=MONDAY_AT_NINE + 24 * HOUR)
    actions.tell(patient=patient, kind="booked", appointment=new, now=NOW)
    for visit in (known, new):
        actions.tell(patient=patient, kind="changed", appointment=visit, now=NOW)
    actions.send_messages(now=NOW + HOUR)
    new_ones, changed = body().split("Changed, it is now:")
    assert ("Tuesday 1 December" in new_ones, "Monday 30 November" in new_ones) == (True, False)
    assert ("Tuesday 1 December" in changed, "Monday 30 November" in changed) == (False, True)


def test_several_messages_to_one_patient_are_one_email() -> None:
    patient = willing()
    for days in (0, 1, 2):
        start = MONDAY_AT_NINE + dt.timedelta(days=days)
        told(patient, starts=start)
    told()
    assert actions.send_messages(now=NOW + HOUR) == 2
    assert sorted(len(one.attachments) for one in mail.outbox) == [1, 1]
    mine = next(one for one in mail.outbox if one.to == [patient.email])
    assert str(mine.body).count("2026, 09:00") == 3


def test_what_was_cancelled_meanwhile_is_told_as_cancelled() -> None:
    visit = told()
    actions.cancel(appointment=visit, version=1, because="practice", by=StaffFactory(), now=NOW)
    actions.send_messages(now=NOW + HOUR)
    assert "Afgezegd" in body()
    assert "STATUS:CANCELLED" in mail.outbox[0].attachments[0][1]


def test_what_was_undone_is_never_told() -> None:
    visit = told()
    gone = {"state": "cancelled", "cancelled_at": NOW, "cancel_reason": "undone"}
    Appointment.objects.filter(pk=visit.pk).update(**gone)
    assert actions.send_messages(now=NOW + HOUR) == 0
    assert mail.outbox == []


def test_a_reminder_goes_out_the_day_before_and_once() -> None:
    AppointmentFactory(patient=willing())
    assert actions.plan_reminders(now=SUNDAY - 2 * HOUR) == 0  # eight in the morning
    assert actions.plan_reminders(now=SUNDAY) == 1
    assert actions.plan_reminders(now=SUNDAY + HOUR) == 0
    assert actions.send_messages(now=SUNDAY + HOUR) == 1
    assert mail.outbox[0].subject.startswith("Herinnering")


@pytest.mark.parametrize("fields", [{"state": "done"}, {"created_at": SUNDAY}, {"starts": MONDAY_AT_NINE + 24 * HOUR}])
def test_nobody_is_reminded_needlessly(fields: dict[str, Any]) -> None:
    AppointmentFactory(patient=willing(), **fields)
    assert actions.plan_reminders(now=SUNDAY) == 0


def test_a_line_break_in_a_name_reaches_no_header() -> None:
    PracticeSettings.objects.create(name="Fysio\r\nBcc: evil@example.org")
    told()
    actions.send_messages(now=NOW + HOUR)
    assert mail.outbox[0].recipients() == [Message.objects.get().patient.email]
    assert "\n" not in mail.outbox[0].subject


def test_an_address_with_a_line_break_is_never_written_to() -> None:
    told(willing(email="a@example.org\nBcc: evil@example.org"))
    assert actions.send_messages(now=NOW + HOUR) == 0
    assert mail.outbox == []


def test_a_mail_server_that_is_down_is_tried_again_a_bounded_number_of_times(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there
    told(starts=NOW + dt.timedelta(days=60))
    for days in range(MOST_ATTEMPTS + 3):
        actions.send_messages(now=NOW + dt.timedelta(days=days, hours=1))
    message = Message.objects.get()
    assert message.attempts == MOST_ATTEMPTS
    assert message.sent_at is None
    assert message.called_off_at is not None


def test_a_message_that_was_not_sent_goes_out_when_the_server_is_back(settings: Any) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    told()
    assert actions.send_messages(now=NOW + HOUR) == 0
    settings.EMAIL_BACKEND = backend
    assert actions.send_messages(now=NOW + HOUR + dt.timedelta(minutes=4)) == 0
    assert actions.send_messages(now=NOW + HOUR + dt.timedelta(minutes=5)) == 1
