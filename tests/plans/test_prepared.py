"""A patient prepares an intake by a personal link, and the practice takes it from there: through the addresses."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake import access
from intake import actions as intake_actions
from intake.domain.prepared import pages
from intake.models import PatientLink
from patients.policies import Refused
from plans import actions
from plans.domain.alarm import joined, urgency_of, without
from plans.models import PatientAlarm, ProtocolVersion
from practice.models import AccessEvent, PracticeSettings, Staff
from tests.factories.intake import IntakeFactory, published, sent_link, shipped_questionnaires
from tests.factories.patients import EpisodeFactory, PatientFactory
from tests.factories.plans import alarm, published_protocol
from tests.factories.practice import LocationFactory, RoleGrantFactory, StaffFactory

pytestmark = pytest.mark.django_db
BORN = {"day": "14", "month": "3", "year": "1978"}


@pytest.fixture(autouse=True)
def rules() -> None:
    published_protocol()
    published("mid_back")


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory()


@pytest.fixture
def desk() -> Staff:
    return StaffFactory(roles=["front_desk"])


def signed_in(staff: Staff, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(staff)
    return client


def door(token: str) -> str:
    return reverse("prepare", args=[token])


def let_in(token: str, language: str = "en") -> Client:
    """A phone on which the patient has filled in the date of birth."""
    phone = Client(headers={"accept-language": language})
    phone.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert phone.post(door(token), BORN).status_code == 302
    return phone


def page(number: int) -> str:
    return reverse("prepare_page", args=[number])


def asks(code: str, *, after: int = 0) -> str:
    """The page on which patients with a low-back complaint are asked this, or one after it."""
    number = next(
        each.number
        for each in pages(shipped_questionnaires()["low_back"])
        if code in [item.code for item in each.items]
    )
    return page(number + after)


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


class TestDoor:
    def test_the_first_page_tells_nothing_of_the_patient_or_whether_the_link_exists(self) -> None:
        link, token = sent_link()
        pages = [Client().get(door(each)) for each in (token, "x" * 43)]
        bodies = {re.sub(r'value="\w+"', "", text(each)).replace(token, "").replace("x" * 43, "") for each in pages}
        assert len(bodies) == 1
        assert link.patient.family_name not in bodies.pop()

    def test_whatever_is_wrong_the_answer_is_the_same(self) -> None:
        _link, wrong_date = sent_link()
        revoked, token_of_revoked = sent_link()
        intake_actions.revoke_patient_link(link=revoked, by=revoked.sent_by, now=timezone.now())
        locked, token_of_locked = sent_link()
        PatientLink.objects.filter(pk=locked.pk).update(attempts=5)
        tries = {
            wrong_date: {**BORN, "year": "1979"},
            token_of_revoked: BORN,
            token_of_locked: BORN,
            "never-given": BORN,
        }
        told = set()
        for token, date in tries.items():
            response = Client().post(door(token), date)
            assert access.COOKIE not in response.cookies
            body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text(response))
            told.add((response.status_code, body.replace(token, "").replace(date["year"], "")))
        assert len(told) == 1

    def test_a_date_that_does_not_exist_is_no_attempt(self) -> None:
        link, token = sent_link()
        assert Client().post(door(token), {"day": "31", "month": "2", "year": "1978"}).status_code == 200
        link.refresh_from_db()
        assert link.attempts == 0

    def test_who_guesses_is_told_to_wait(self) -> None:
        _link, token = sent_link()
        for guess in range(20):
            Client().post(door(f"guess-{guess}"), BORN)
        assert Client().post(door(token), BORN).status_code == 429

    def test_no_cache_keeps_a_page_and_no_other_site_hears_of_it(self) -> None:
        _link, token = sent_link()
        phone = let_in(token)
        for response in (Client().get(door(token)), phone.get(page(1)), phone.get(reverse("prepare_closed"))):
            assert "no-store" in response["Cache-Control"]
            assert response["Referrer-Policy"] == "same-origin"
            assert "noindex" in response["X-Robots-Tag"]

    def test_the_admission_is_signed_short_and_out_of_reach_of_scripts(self) -> None:
        _link, token = sent_link()
        cookie = let_in(token).cookies[access.COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert int(cookie["max-age"]) == 1800
        forged = Client()
        forged.cookies[access.COOKIE] = cookie.value[:-2] + "xx"
        assert forged.get(page(1))["Location"] == reverse("prepare_closed")

    def test_it_ends_after_half_an_hour_without_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _link, token = sent_link()
        phone = let_in(token)
        monkeypatch.setattr(access, "ADMITTED_FOR", -1)
        assert phone.get(page(1))["Location"] == reverse("prepare_closed")


class TestSeparation:
    def test_the_admission_opens_nothing_of_the_practice(self) -> None:
        link, token = sent_link()
        intake = IntakeFactory(episode=link.episode)
        phone = let_in(token)
        for name, arguments in (
            ("today", []),
            ("patient", [link.patient.pk]),
            ("episode", [link.episode.pk]),
            ("intake", [intake.pk]),
            ("prepared", [intake.pk]),
        ):
            assert phone.get(reverse(name, args=arguments))["Location"].startswith("/sign-in/")

    def test_a_signed_in_colleague_gets_nothing_by_it_without_the_date(self, therapist: Staff) -> None:
        sent_link()
        assert signed_in(therapist).get(page(1))["Location"] == reverse("prepare_closed")

    def test_one_patient_never_reaches_the_answers_of_another(self) -> None:
        mine, token = sent_link()
        other, _token = sent_link()
        phone = let_in(token)
        phone.post(page(1), {"request_for_help": "Weer lopen"})
        assert mine.answers() == {"request_for_help": "Weer lopen"}
        assert other.answers() == {}

    def test_revoking_ends_it_at_once(self) -> None:
        link, token = sent_link()
        phone = let_in(token)
        intake_actions.revoke_patient_link(link=link, by=link.sent_by, now=timezone.now())
        for response in (phone.get(page(1)), phone.post(page(1), {"request_for_help": "x"})):
            assert response["Location"] == reverse("prepare_closed")
        assert link.answers() == {}


class TestPages:
    def test_the_patient_says_first_where_the_complaint_is(self) -> None:
        link, token = sent_link(region="")
        published()
        phone = let_in(token)
        for address in (page(1), reverse("prepare_finish")):
            assert phone.get(address)["Location"] == reverse("prepare_region")
        assert "Low in the back" in text(phone.get(reverse("prepare_region")))
        assert phone.post(reverse("prepare_region"), {}).status_code == 200
        version = published()
        assert phone.post(reverse("prepare_region"), {"questionnaire": version.pk})["Location"] == page(1)
        link.refresh_from_db()
        assert link.questionnaire_version == version

    def test_only_regions_with_rules_are_offered(self) -> None:
        assert actions.regions_with_rules() == {"low", "mid", "upper"}
        ProtocolVersion.objects.update(status="retired")
        _link, token = sent_link(region="")
        assert "Low in the back" not in text(let_in(token).get(reverse("prepare_region")))

    def test_nothing_is_chosen_beforehand_and_skipping_stores_nothing(self) -> None:
        link, token = sent_link()
        phone = let_in(token)
        assert " checked" not in text(phone.get(asks("saddle_numbness")))
        phone.post(asks("saddle_numbness"), {"saddle_numbness": "skip"})
        assert link.answers() == {}

    def test_answers_are_saved_with_each_step_and_resumed(self) -> None:
        link, token = sent_link()
        phone = let_in(token)
        assert phone.post(page(1), {"request_for_help": "Weer lopen"})["Location"] == page(2)
        assert phone.post(asks("course"), {"weeks_since_onset": "0,5", "back": "yes"})["Location"] == page(2)
        assert link.answers() == {"request_for_help": "Weer lopen", "weeks_since_onset": 0.5}
        again = Client().post(door(token), BORN)
        assert again["Location"] == asks("course", after=1)

    def test_a_number_that_cannot_be_is_said_and_kept_on_the_page(self) -> None:
        link, token = sent_link()
        phone = let_in(token)
        for wrong in ("lang", "-4", "99999"):
            response = phone.post(asks("weeks_since_onset"), {"weeks_since_onset": wrong})
            assert response.status_code == 422
            assert f'value="{wrong}"' in text(response)
        assert link.answers() == {}

    def test_an_answer_that_stands_alone_is_not_combined(self) -> None:
        _link, token = sent_link()
        response = let_in(token).post(asks("radiation"), {"radiation": ["none", "buttock"]})
        assert response.status_code == 422

    def test_both_languages(self) -> None:
        _link, token = sent_link()
        assert "Waarmee kunnen wij u helpen?" in text(let_in(token, "nl").get(page(1)))
        assert "What can we help you with?" in text(let_in(token, "en").get(page(1)))

    def test_without_a_choice_of_language_the_link_decides(self) -> None:
        _link, token = sent_link(language="en")
        phone = Client(headers={"accept-language": "nl"})
        phone.post(door(token), BORN)
        assert "What can we help you with?" in text(phone.get(page(1)))

    def test_handing_in_shows_the_answers_and_closes_the_link(self) -> None:
        link, token = sent_link()
        phone = let_in(token)
        phone.post(page(1), {"request_for_help": "Weer lopen"})
        assert "Weer lopen" in text(phone.get(reverse("prepare_finish")))
        assert phone.post(reverse("prepare_finish"))["Location"] == reverse("prepare_done")
        assert phone.get(page(1))["Location"] == reverse("prepare_closed")
        link.refresh_from_db()
        assert link.finished_at
        assert not PatientAlarm.objects.exists()

    def test_what_is_drawn_on_the_body_chart_is_offered(self) -> None:
        link, token = sent_link()
        let_in(token).post(asks("pain_chart"), {"pain_chart": ["low_back_left"]})
        assert list(link.answers()) == ["pain_chart"]

    def test_stopping_ends_the_admission(self) -> None:
        _link, token = sent_link()
        phone = let_in(token)
        phone.post(reverse("prepare_stop"))
        assert phone.get(page(1))["Location"] == reverse("prepare_closed")


class TestAlarm:
    def test_an_alarming_answer_sends_the_patient_to_who_can_help_without_a_diagnosis(self) -> None:
        PracticeSettings.objects.create(name="De Linde", phone="+31201234567")
        link, token = sent_link()
        phone = let_in(token)
        assert phone.post(asks("saddle_numbness"), {"saddle_numbness": "yes"})["Location"] == reverse("prepare_call")
        told = text(phone.get(reverse("prepare_call")))
        assert "Call for help now" in told
        assert 'href="tel:112"' in told
        assert "020 123 4567" in told
        for word in ("cauda", "flag", "tumour", "fracture", "infection", "syndrome", "saddle"):
            assert word not in re.sub(r"<[^>]+>", " ", told).lower(), word
        assert "Do not wait for your appointment" in text(phone.get(asks("saddle_numbness", after=1)))
        assert PatientAlarm.objects.get(link=link).urgency == "emergency"

    def test_one_for_today_says_to_call_today(self) -> None:
        PracticeSettings.objects.create(name="De Linde", phone="+31201234567")
        link, token = sent_link()
        phone = let_in(token)
        phone.post(asks("course"), {"course": "increased"})
        assert phone.post(asks("cancer_history"), {"cancer_history": "yes"})["Location"] == reverse("prepare_call")
        assert "Call us today" in text(phone.get(reverse("prepare_call")))
        assert PatientAlarm.objects.get(link=link).urgency == "within_24h"

    def test_a_quiet_answer_raises_nothing(self) -> None:
        _link, token = sent_link()
        phone = let_in(token)
        assert phone.post(asks("saddle_numbness"), {"saddle_numbness": "no"})["Location"] == asks(
            "saddle_numbness", after=1
        )
        assert phone.get(reverse("prepare_call"))["Location"] == reverse("prepare_finish")
        assert not PatientAlarm.objects.exists()

    def test_taking_the_answer_back_leaves_the_alarm_and_more_answers_make_it_more_urgent(self) -> None:
        link, _token = sent_link()

        def save(section: str, **values: object) -> PatientAlarm:
            actions.save_prepared_page(link=link, section=section, values=values, now=timezone.now())
            return PatientAlarm.objects.get(link=link)

        actions.save_prepared_page(link=link, section="complaint", values={"course": "increased"}, now=timezone.now())
        first = save("red_flags", cancer_history=True)
        assert first.urgency == "within_24h"
        second = save("red_flags", cancer_history=None, saddle_numbness=True)
        assert second.pk == first.pk
        assert second.urgency == "emergency"
        assert {flag["code"] for flag in first.flags} < {flag["code"] for flag in second.flags}

    def test_after_a_contact_the_same_answers_raise_no_second_alarm(self, therapist: Staff) -> None:
        raised = alarm()
        actions.record_alarm_contact(
            alarm=raised, reached="Patient", agreed="Gaat naar de SEH", by=therapist, now=timezone.now()
        )
        actions.hand_in_prepared(link=_opened(raised.link), now=timezone.now())
        assert PatientAlarm.objects.count() == 1

    def test_a_contact_needs_who_and_what_and_is_recorded_once(self, therapist: Staff) -> None:
        raised = alarm()
        for reached, agreed in (("", "x"), ("x", " ")):
            with pytest.raises(Refused):
                actions.record_alarm_contact(
                    alarm=raised, reached=reached, agreed=agreed, by=therapist, now=timezone.now()
                )
        actions.record_alarm_contact(alarm=raised, reached="x", agreed="y", by=therapist, now=timezone.now())
        with pytest.raises(Refused):
            actions.record_alarm_contact(alarm=raised, reached="x", agreed="z", by=therapist, now=timezone.now())

    def test_flags_are_joined_by_the_highest_urgency(self) -> None:
        today = {"code": "a", "urgency": "within_24h"}
        now = {"code": "a", "urgency": "emergency"}
        other = {"code": "b", "urgency": "within_24h"}
        assert joined([today], [now, other]) == [now, other] == joined([now, other], [today])
        assert urgency_of([today, now]).value == "emergency"
        assert without([now, other], [today]) == [now, other]
        assert without([today, other], [now]) == [other]


def _opened(link: PatientLink) -> PatientLink:
    PatientLink.objects.filter(pk=link.pk).update(opened_at=timezone.now())
    return PatientLink.objects.get(pk=link.pk)


class TestPractice:
    def test_the_alarm_is_on_the_therapists_worklist_with_what_it_points_to(self, therapist: Staff) -> None:
        raised = alarm()
        told = text(signed_in(therapist).get(reverse("today")))
        assert "Call these patients now" in told
        assert raised.flags[0]["label"]["en"] in told

    def test_the_front_desk_sees_whom_to_call_and_nothing_of_why(self, desk: Staff) -> None:
        raised = alarm()
        client = signed_in(desk)
        for address in (reverse("today"), reverse("patient_alarm", args=[raised.pk])):
            told = text(client.get(address))
            assert raised.patient.family_name.lower() in told.lower()
            assert raised.flags[0]["label"]["en"] not in told
            assert "mergency" not in re.sub(r"<[^>]+>", " ", told)

    def test_it_stays_until_a_contact_is_recorded(self, desk: Staff) -> None:
        raised, client = alarm(), signed_in(desk)
        address = reverse("patient_alarm", args=[raised.pk])
        assert client.post(address, {"reached": "Patient", "agreed": ""}).status_code == 422
        assert "Call these patients now" in text(client.get(reverse("today")))
        client.post(address, {"reached": "Patient", "agreed": "Belt nu de huisarts"})
        assert "Call these patients now" not in text(client.get(reverse("today")))
        assert AccessEvent.objects.filter(event="patient_alarm_answered", user_id=str(desk.pk)).exists()

    def test_a_team_elsewhere_does_not_see_it(self) -> None:
        here, elsewhere = LocationFactory(), LocationFactory()
        episode = EpisodeFactory(patient=PatientFactory(location=here), location=here)
        alarm(sent_link(episode)[0])
        theirs = RoleGrantFactory(location=elsewhere).staff
        ours = RoleGrantFactory(location=here).staff
        assert "Call these patients now" not in text(signed_in(theirs).get(reverse("today")))
        assert "Call these patients now" in text(signed_in(ours).get(reverse("today")))

    def test_the_front_desk_sends_a_link_sees_its_status_and_revokes_it(self, desk: Staff, mailoutbox: list) -> None:
        episode, client = EpisodeFactory(), signed_in(desk)
        response = client.post(reverse("patient_link", args=[episode.pk]), {"how": "email", "language": "nl"})
        address = re.search(r"/prepare/link/[\w-]+/", text(response))[0]
        assert address in mailoutbox[0].body
        assert "sent, not opened" in text(client.get(reverse("episode", args=[episode.pk])))
        phone = Client()
        phone.post(address, BORN)
        assert "opened, not finished" in text(client.get(reverse("episode", args=[episode.pk])))
        link = PatientLink.objects.get(episode=episode)
        client.post(reverse("patient_link_revoke", args=[link.pk]))
        told = text(client.get(reverse("episode", args=[episode.pk])))
        assert "revoked" in told
        assert address not in told

    def test_the_front_desk_never_sees_an_answer(self, desk: Staff) -> None:
        link, token = sent_link()
        phone = let_in(token)
        phone.post(page(1), {"request_for_help": "GEHEIM"})
        phone.post(reverse("prepare_finish"))
        client = signed_in(desk)
        for name, pk in (("episode", link.episode.pk), ("patient", link.patient.pk), ("patient_link", link.episode.pk)):
            assert "GEHEIM" not in text(client.get(reverse(name, args=[pk])))

    def test_without_an_address_the_reason_is_said_and_the_link_can_be_copied(self, desk: Staff) -> None:
        episode, client = EpisodeFactory(patient=PatientFactory(email="")), signed_in(desk)
        address = reverse("patient_link", args=[episode.pk])
        assert "No e-mail address is recorded" in text(client.get(address))
        assert client.post(address, {"how": "email", "language": "nl"}).status_code == 422
        assert "/prepare/link/" in text(client.post(address, {"how": "copy", "language": "nl"}))


class TestConfirming:
    @pytest.fixture
    def offered(self, therapist: Staff) -> tuple:
        link, token = sent_link()
        phone = let_in(token)
        phone.post(asks("course"), {"weeks_since_onset": "6", "course": "increased"})
        return IntakeFactory(episode=link.episode, author=therapist), signed_in(therapist), link

    def test_offered_answers_stand_beside_the_questions_and_are_not_recorded(self, offered: tuple) -> None:
        intake, client, _link = offered
        told = text(client.get(reverse("intake", args=[intake.pk])))
        assert "The patient prepared 2 answers here" in told
        assert "Nothing is recorded until it is taken over" in told
        assert intake.answers() == {}

    def test_one_answer_is_taken_over_with_what_was_typed_meanwhile(self, offered: tuple) -> None:
        intake, client, _link = offered
        typed = {
            "take_over": "complaint.course",
            "from_intake": "yes",
            "shown_request_for_help": '{"request_for_help": null}',
            "request_for_help": "Weer tillen",
        }
        response = client.post(reverse("prepared", args=[intake.pk]), typed)
        assert response["Location"] == reverse("intake", args=[intake.pk]) + "#complaint"
        intake = type(intake).objects.get(pk=intake.pk)
        assert intake.answers() == {"course": "increased", "request_for_help": "Weer tillen"}
        assert intake.recorded["course"]["how"] == "patient"

    def test_a_section_is_taken_over_at_once(self, offered: tuple) -> None:
        intake, client, _link = offered
        client.post(reverse("prepared", args=[intake.pk]), {"take_over": "complaint"})
        assert type(intake).objects.get(pk=intake.pk).answers() == {"course": "increased", "weeks_since_onset": 6}
        told = text(client.get(reverse("prepared", args=[intake.pk])))
        assert "all looked at" in told

    def test_what_is_recorded_otherwise_is_shown_beside_and_not_overwritten_by_itself(self, offered: tuple) -> None:
        intake, client, _link = offered
        intake_actions.save_section(
            intake=intake,
            section="complaint",
            values={"course": "decreased"},
            base={},
            by=intake.author,
            now=timezone.now(),
        )
        assert "recorded: Decreased" in text(client.get(reverse("prepared", args=[intake.pk])))

    def test_an_answer_is_set_aside(self, offered: tuple) -> None:
        intake, client, link = offered
        client.post(reverse("prepared", args=[intake.pk]), {"set_aside": "complaint.course"})
        assert type(intake).objects.get(pk=intake.pk).answers() == {}
        assert "course" in link.prepared.get().dismissed
        assert "set aside" in text(client.get(reverse("prepared", args=[intake.pk])))

    def test_a_colleague_who_is_not_the_author_does_not_find_it(self, offered: tuple) -> None:
        intake, _client, _link = offered
        assert signed_in(StaffFactory()).get(reverse("prepared", args=[intake.pk])).status_code == 404
