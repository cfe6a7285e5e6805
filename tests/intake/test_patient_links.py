"""Personal links: who gets in, who does not, and what is kept of what a patient offers."""

import datetime as dt
import hashlib

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from intake import actions
from intake.actions import TooManyAttempts, links
from intake.models import PatientLink, PreparedAnswers
from intake.policies import can_mail_link
from patients.policies import Refused
from practice import audit
from practice.models import AccessEvent, PracticeSettings
from tests.factories.intake import IntakeFactory, sent_link
from tests.factories.patients import ConsentFactory, EpisodeFactory, PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]
WRONG = dt.date(1979, 3, 14)


def opened(token: str, birth_date: dt.date = dt.date(1978, 3, 14), **moment: dt.datetime) -> PatientLink | None:
    """Try to open a link, with the date of birth of the factory's patients unless told otherwise."""
    return actions.open_patient_link(token=token, birth_date=birth_date, now=moment.get("now", timezone.now()))


def answered(link: PatientLink, section: str = "complaint", **values: object) -> PreparedAnswers:
    """Keep these answers of the patient."""
    return actions.save_prepared_section(link=link, section=section, values=values, now=timezone.now())


def events() -> list[str]:
    """What the access log says, oldest first."""
    return list(AccessEvent.objects.order_by("id").values_list("event", flat=True))


class TestSending:
    def test_only_a_hash_of_the_token_is_kept(self) -> None:
        link, token = sent_link()
        assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()
        assert len(token) >= 43
        kept = [str(value) for value in PatientLink.objects.filter(pk=link.pk).values().get().values()]
        assert token not in "".join(kept)
        assert not any(token in str(row.content()) for row in AccessEvent.objects.all())

    def test_a_new_link_makes_the_earlier_one_stop_working(self) -> None:
        first, token = sent_link()
        sent_link(first.episode)
        first.refresh_from_db()
        assert first.revoked_at
        assert opened(token) is None

    def test_no_link_is_sent_for_a_closed_episode_or_a_patient_who_died(self) -> None:
        closed = EpisodeFactory()
        closed.closed_on, closed.closed_by, closed.close_reason = timezone.localdate(), closed.opened_by, "other"
        died = EpisodeFactory(patient=PatientFactory(deceased_on=dt.date(2026, 1, 1)))
        for episode in (closed, died):
            with pytest.raises(Refused):
                actions.send_patient_link(episode=episode, language="nl", by=episode.opened_by, now=timezone.now())

    @pytest.mark.parametrize(("language", "words"), [("nl", "geboortedatum"), ("en", "date of birth")])
    def test_the_message_is_in_the_language_of_the_link_and_says_nothing_clinical(
        self, language: str, words: str
    ) -> None:
        PracticeSettings.objects.create(name="Praktijk De Linde", phone="+31201234567")
        link, token = sent_link(language=language)
        address = f"https://traject.example/prepare/link/{token}/"
        actions.mail_patient_link(link=link, address=address, by=link.sent_by, now=timezone.now())
        message = mail.outbox[0]
        assert message.to == [link.patient.email]
        assert words in message.body
        assert address in message.body
        assert "Praktijk De Linde" in message.subject
        told = f"{message.subject} {message.body}".lower()
        patient = link.patient
        for private in (patient.family_name, patient.given_name, "1978", patient.bsn, "rug", "back", "klacht", "pain"):
            assert private.lower() not in told, private
        link.refresh_from_db()
        assert link.emailed_at

    def test_without_an_address_or_against_the_patients_wish_nothing_is_mailed(self) -> None:
        without, _token = sent_link(EpisodeFactory(patient=PatientFactory(email="")))
        unwilling, _token = sent_link()
        assert can_mail_link(unwilling.episode)
        ConsentFactory(patient=unwilling.patient, kind="email_reminders", decision="withdrawn")
        for link, reason in ((without, "No e-mail address"), (unwilling, "does not want e-mail")):
            with pytest.raises(Refused, match=reason):
                actions.mail_patient_link(link=link, address="x", by=link.sent_by, now=timezone.now())
        assert not mail.outbox

    def test_a_message_that_cannot_be_sent_is_said_and_leaves_the_link(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object) -> None:
            raise ConnectionRefusedError

        monkeypatch.setattr(links, "send_mail", refuse)
        link, token = sent_link()
        with pytest.raises(Refused, match="could not be sent"):
            actions.mail_patient_link(link=link, address="x", by=link.sent_by, now=timezone.now())
        link.refresh_from_db()
        assert link.emailed_at is None
        assert opened(token)


class TestOpening:
    def test_the_date_of_birth_opens_it_and_the_log_says_who(self) -> None:
        link, token = sent_link()
        assert opened(token) == link
        row = AccessEvent.objects.latest("id")
        assert (row.event, row.outcome, row.user_name) == ("patient_link_opened", "allowed", "patient by link")
        assert row.patient_id == str(link.patient.pk)

    def test_five_wrong_dates_lock_it_also_for_the_right_one(self) -> None:
        link, token = sent_link()
        assert [opened(token, WRONG) for _ in range(5)] == [None] * 5
        assert opened(token) is None
        link.refresh_from_db()
        assert link.is_locked
        assert AccessEvent.objects.filter(event="patient_link_opened", outcome="denied").count() == 6

    def test_four_wrong_dates_do_not_and_are_forgotten_after_the_right_one(self) -> None:
        link, token = sent_link()
        for _ in range(4):
            opened(token, WRONG)
        assert opened(token)
        link.refresh_from_db()
        assert link.attempts == 0

    def test_it_expires(self) -> None:
        link, token = sent_link()
        assert opened(token, now=link.expires_at - dt.timedelta(seconds=1))
        assert opened(token, now=link.expires_at) is None

    def test_it_does_not_open_after_it_was_revoked_or_handed_in(self) -> None:
        revoked, token = sent_link()
        actions.revoke_patient_link(link=revoked, by=revoked.sent_by, now=timezone.now())
        assert opened(token) is None
        finished, token = sent_link()
        opened(token)
        actions.finish_prepared(link=finished, now=timezone.now())
        assert opened(token) is None

    def test_the_date_of_another_patient_opens_nothing(self) -> None:
        _mine, token = sent_link()
        sent_link(EpisodeFactory(patient=PatientFactory(birth_date=WRONG)))
        assert opened(token, WRONG) is None

    def test_a_token_that_was_never_given_opens_nothing_and_is_written_down(self) -> None:
        assert opened("x" * 43) is None
        row = AccessEvent.objects.get(event="patient_link_opened")
        assert (row.outcome, row.patient_id, row.object_id) == ("denied", "", "")

    def test_who_guesses_links_has_to_wait(self, client) -> None:
        with audit.coming_from("203.0.113.9", client.session):
            for guess in range(20):
                opened(f"{guess:043}")
        _link, token = sent_link()
        with audit.coming_from("203.0.113.9", client.session), pytest.raises(TooManyAttempts):
            opened(token)
        with audit.coming_from("203.0.113.10", client.session):
            assert opened(token)
        later = timezone.now() + dt.timedelta(minutes=16)
        with audit.coming_from("203.0.113.9", client.session):
            assert opened(token, now=later)


class TestAnswering:
    def test_answers_are_kept_with_their_moment_and_can_be_taken_back(self) -> None:
        link, _token = sent_link()
        answered(link, night_pain=True, course="increased")
        stored = answered(link, night_pain=None, course="increased")
        assert stored.version == 2
        assert link.answers() == {"course": "increased"}

    def test_nothing_is_recorded_in_an_intake(self) -> None:
        link, _token = sent_link()
        intake = IntakeFactory(episode=link.episode)
        answered(link, night_pain=True)
        assert intake.answers() == {}

    def test_after_handing_in_or_revoking_nothing_can_be_answered(self) -> None:
        finished, token = sent_link()
        opened(token)
        actions.finish_prepared(link=finished, now=timezone.now())
        revoked, _token = sent_link()
        actions.revoke_patient_link(link=revoked, by=revoked.sent_by, now=timezone.now())
        for link in (finished, revoked):
            with pytest.raises(Refused, match="does not work any more"):
                answered(link, night_pain=True)
            with pytest.raises(Refused):
                actions.finish_prepared(link=link, now=timezone.now())

    def test_the_database_keeps_what_was_handed_in(self) -> None:
        link, token = sent_link()
        opened(token)
        stored = answered(link, night_pain=True)
        actions.finish_prepared(link=link, now=timezone.now())
        stored.answers = {}
        with pytest.raises(DatabaseError, match="answers_that_were_handed_in_do_not_change"), transaction.atomic():
            stored.save()
        with pytest.raises(DatabaseError, match="a_personal_link_that_ended_stays_ended"), transaction.atomic():
            PatientLink.objects.filter(pk=link.pk).update(finished_at=None)
        with pytest.raises(DatabaseError, match="a_personal_link_keeps_its_token"), transaction.atomic():
            PatientLink.objects.filter(pk=link.pk).update(token_hash="0" * 64)

    @pytest.mark.parametrize(
        ("change", "constraint"),
        [
            ({"expires_at": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)}, "a_link_expires_after_it_is_sent"),
            ({"revoked_at": timezone.now()}, "a_link_is_revoked_by_somebody"),
            ({"finished_at": timezone.now()}, "a_link_is_opened_before_it_is_finished"),
        ],
    )
    def test_the_database_refuses_a_link_that_cannot_be(self, change: dict, constraint: str) -> None:
        fields = {"sent_at": timezone.now(), "expires_at": timezone.now() + dt.timedelta(days=1), **change}
        episode = EpisodeFactory()
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            PatientLink.objects.create(
                episode=episode, token_hash="a" * 64, language="nl", sent_by=episode.opened_by, **fields
            )

    def test_the_database_keeps_one_open_link_per_episode(self) -> None:
        link, _token = sent_link()
        with pytest.raises(IntegrityError), transaction.atomic():
            PatientLink.objects.create(
                episode=link.episode,
                token_hash="a" * 64,
                language="nl",
                sent_by=link.sent_by,
                sent_at=timezone.now(),
                expires_at=link.expires_at,
            )


class TestConfirming:
    def test_a_confirmed_answer_says_it_is_the_patients_and_who_confirmed_it(self) -> None:
        link, _token = sent_link()
        intake = IntakeFactory(episode=link.episode)
        answered(link, night_pain=True, course="increased")
        taken = actions.confirm_prepared(
            intake=intake, link=link, section="complaint", codes=["night_pain"], by=intake.author, now=timezone.now()
        )
        assert taken == ["night_pain"]
        recorded = intake.sections.get(section="complaint").answers
        assert list(recorded) == ["night_pain"]
        assert (recorded["night_pain"]["how"], recorded["night_pain"]["by"]) == ("patient", str(intake.author.pk))
        assert events()[-1] == "prepared_answers_confirmed"

    def test_what_was_not_offered_or_belongs_elsewhere_is_not_taken_over(self) -> None:
        link, _token = sent_link()
        intake = IntakeFactory(episode=link.episode)
        answered(link, night_pain=True)
        assert not actions.confirm_prepared(
            intake=intake,
            link=link,
            section="red_flags",
            codes=["night_pain", "saddle_numbness"],
            by=intake.author,
            now=timezone.now(),
        )

    def test_answers_of_another_complaint_are_refused(self) -> None:
        link, _token = sent_link()
        intake = IntakeFactory()
        answered(link, night_pain=True)
        for decide in (actions.confirm_prepared, actions.dismiss_prepared):
            with pytest.raises(Refused, match="another complaint"):
                decide(
                    intake=intake,
                    link=link,
                    section="complaint",
                    codes=["night_pain"],
                    by=intake.author,
                    now=timezone.now(),
                )

    def test_what_is_set_aside_stays_on_record_as_offered(self) -> None:
        link, token = sent_link()
        intake = IntakeFactory(episode=link.episode)
        opened(token)
        answered(link, night_pain=True)
        actions.finish_prepared(link=link, now=timezone.now())
        actions.dismiss_prepared(
            intake=intake, link=link, section="complaint", codes=["night_pain"], by=intake.author, now=timezone.now()
        )
        stored = link.prepared.get()
        assert stored.dismissed["night_pain"]["by"] == str(intake.author.pk)
        assert stored.answers["night_pain"]["value"] is True
        assert intake.answers() == {}
