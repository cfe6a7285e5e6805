"""Recording an intake: what is stored, what is refused, and what never changes."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from intake import actions
from intake.forms import IntakePage
from intake.models import Addendum, Intake, Measurement, QuestionnaireVersion, SectionAnswers
from patients.policies import Refused
from practice.models import AccessEvent, Staff
from tests.factories.intake import IntakeFactory, published, shipped_questionnaires
from tests.factories.practice import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]

ANSWERS = {
    "request_for_help": {"request_for_help": "Weer zonder pijn werken"},
    "complaint": {"weeks_since_onset": 5, "course": "unchanged", "onset": "after_lifting"},
}


def saved(intake: Intake, section: str, values: dict, *, by: Staff | None = None, base: dict | None = None) -> None:
    """Save these values from a form that showed `base`; by default what is stored now."""
    current = fresh(intake)
    actions.save_section(
        intake=current,
        section=section,
        values=values,
        base=current.answers() if base is None else base,
        by=by or intake.author,
        now=timezone.now(),
    )


def fresh(intake: Intake) -> Intake:
    return Intake.objects.with_patient().get(pk=intake.pk)


def answered(intake: Intake) -> Intake:
    """The intake with an answer to every required question."""
    for section, values in ANSWERS.items():
        saved(intake, section, values)
    for _round in range(5):
        missing = fresh(intake).missing()
        if not missing:
            break
        for section in intake.questionnaire.sections:
            if values := {item.code: some_answer(item) for item in section.items if item in missing}:
                saved(intake, section.code, values)
    return fresh(intake)


def some_answer(item) -> object:
    """An answer that the question allows, without any alarm in it."""
    if item.code == "screening":
        return "no_concern"
    answers = {
        "yes_no": False,
        "choice": item.choices[0].code if item.choices else None,
        "choices": [item.choices[0].code] if item.choices else None,
        "number": item.minimum,
        "scale": 3,
        "text": "tekst",
        "long_text": "tekst",
    }
    return answers[item.kind.value]


def completed(intake: Intake) -> Intake:
    screening = actions.ScreeningResult(urgency="", protocol="back_pain v1")
    answered(intake)
    actions.complete(intake=intake, screening=screening, reason="", by=intake.author, now=timezone.now())
    return fresh(intake)


def test_an_untouched_intake_stores_no_answer_and_presets_none() -> None:
    intake = fresh(IntakeFactory())
    page = IntakePage(intake)
    assert intake.answers() == {}
    assert not any(form.initial for form in page.forms)
    assert not any(field.initial for form in page.forms for field in form.fields.values())
    assert not SectionAnswers.objects.exists()


def test_starting_twice_goes_on_with_the_draft() -> None:
    intake = IntakeFactory()
    again = actions.start(
        episode=intake.episode,
        questionnaire_version=intake.questionnaire_version,
        by=intake.author,
        now=timezone.now(),
    )
    assert again == intake


def test_an_answer_keeps_who_recorded_it_when_and_how() -> None:
    intake = IntakeFactory()
    saved(intake, "red_flags", {"fever_or_chills": False})
    answer = fresh(intake).recorded["fever_or_chills"]
    assert answer["value"] is False
    assert answer["by"] == str(intake.author.pk)
    assert answer["how"] == "single"
    assert answer["at"]


def test_an_answer_that_is_taken_back_is_not_asked_again() -> None:
    intake = IntakeFactory()
    saved(intake, "red_flags", {"fever_or_chills": True})
    saved(intake, "red_flags", {"fever_or_chills": None})
    assert "fever_or_chills" not in fresh(intake).findings()


def test_an_odd_value_is_kept_in_the_draft_and_refused_at_completion() -> None:
    intake = IntakeFactory()
    answered(intake)
    saved(intake, "complaint", {"weeks_since_onset": "een week of vijf"})
    draft = fresh(intake)
    assert draft.answers()["weeks_since_onset"] == "een week of vijf"
    assert "weeks_since_onset" not in draft.findings()
    with pytest.raises(actions.Incomplete) as refused:
        actions.check_complete(draft)
    assert [problem.path for problem in refused.value.problems] == ["answers.weeks_since_onset"]


def test_two_devices_do_not_overwrite_each_other() -> None:
    intake = IntakeFactory()
    saved(intake, "complaint", {"weeks_since_onset": 5})
    with pytest.raises(actions.StaleSection) as stale:
        saved(intake, "complaint", {"weeks_since_onset": 6}, base={})
    assert stale.value.conflicting == {"weeks_since_onset": (5, 6)}
    assert fresh(intake).answers()["weeks_since_onset"] == 5


def test_two_devices_may_answer_different_questions() -> None:
    intake = IntakeFactory()
    saved(intake, "complaint", {"weeks_since_onset": 5})
    saved(intake, "complaint", {"onset": "sudden"}, base={})
    assert fresh(intake).answers() == {"weeks_since_onset": 5, "onset": "sudden"}


def rest(intake: Intake, section: str, codes: list[str], how: str = "no") -> list[str]:
    """Record these lines in one go."""
    return actions.record_rest(
        intake=fresh(intake), section=section, codes=codes, how=how, by=intake.author, now=timezone.now()
    )


def test_the_rest_is_recorded_as_no_without_touching_what_was_answered() -> None:
    intake = IntakeFactory()
    saved(intake, "red_flags", {"fever_or_chills": True})
    shown = ["fever_or_chills", "unexplained_weight_loss", "recent_infection", "screening"]
    codes = rest(intake, "red_flags", shown)
    recorded = fresh(intake).recorded
    assert codes == ["unexplained_weight_loss", "recent_infection"]
    assert recorded["fever_or_chills"]["value"] is True
    assert {recorded[code]["value"] for code in codes} == {False}
    assert {recorded[code]["how"] for code in codes} == {"bulk"}


def test_what_was_recorded_in_one_go_is_taken_back_except_what_was_answered_since() -> None:
    intake = IntakeFactory()
    rest(intake, "red_flags", ["recent_infection", "saddle_numbness"])
    saved(intake, "red_flags", {"saddle_numbness": True})
    taken = actions.take_back(intake=fresh(intake), section="red_flags", by=intake.author, now=timezone.now())
    assert taken == ["recent_infection"]
    assert fresh(intake).answers() == {"saddle_numbness": True}


def test_examined_with_nothing_particular_is_recorded_only_where_the_content_says_what_is_normal() -> None:
    intake = IntakeFactory()
    saved(intake, "examination", {"gait_pattern": "antalgic"})
    shown = ["gait_pattern", "posture_findings", "movement_flexion", "trigger_points"]
    assert rest(intake, "examination", shown, "unremarkable") == ["posture_findings", "movement_flexion"]
    assert fresh(intake).answers() == {
        "gait_pattern": "antalgic",
        "posture_findings": ["none"],
        "movement_flexion": "normal",
    }


def test_not_examined_is_said_by_somebody_and_stays_unknown() -> None:
    intake = IntakeFactory()
    saved(intake, "examination", {"gait_pattern": "antalgic"})
    shown = ["gait_pattern", "posture_findings", "movement_flexion", "trigger_points"]
    left = rest(intake, "examination", shown, "not_examined")
    now = fresh(intake)
    assert left == ["posture_findings", "movement_flexion", "trigger_points"]
    assert {code for code, one in now.recorded.items() if one["how"] == "not_examined"} == set(left)
    assert now.answers() == {"gait_pattern": "antalgic"}
    assert not now.findings().keys() & set(left)
    assert {now.recorded[code]["name"] for code in left} == {intake.author.name}


def test_examined_with_nothing_particular_leaves_alone_what_was_said_not_to_be_examined() -> None:
    intake = IntakeFactory()
    rest(intake, "examination", ["posture_findings"], "not_examined")
    assert rest(intake, "examination", ["posture_findings", "movement_flexion"], "unremarkable") == ["movement_flexion"]


def test_not_examined_gives_way_to_a_finding_and_the_rest_of_it_is_taken_back() -> None:
    intake = IntakeFactory()
    rest(intake, "examination", ["posture_findings", "movement_flexion"], "not_examined")
    saved(intake, "examination", {"movement_flexion": "limited"})
    taken = actions.take_back(intake=fresh(intake), section="examination", by=intake.author, now=timezone.now())
    assert taken == ["posture_findings"]
    assert fresh(intake).answers() == {"movement_flexion": "limited"}


def test_what_the_record_must_have_cannot_be_left_unexamined() -> None:
    intake = IntakeFactory()
    assert rest(intake, "red_flags", ["screening", "saddle_numbness"], "not_examined") == []


def test_an_incomplete_intake_is_not_completed_and_says_what_is_missing() -> None:
    intake = IntakeFactory()
    with pytest.raises(actions.Incomplete) as refused:
        actions.check_complete(fresh(intake))
    missing = {item.code for item in refused.value.missing}
    assert {"request_for_help", "weeks_since_onset", "unexplained_weight_loss", "screening"} <= missing


def test_completing_freezes_findings_and_measurements_together() -> None:
    intake = IntakeFactory()
    saved(intake, "measurements", {"nprs": 6})
    done = completed(intake)
    assert done.status == "completed"
    assert done.findings()["weeks_since_onset"] == 5
    assert done.findings()["duration_class"] == "acute"
    assert (done.region, done.weeks_since_onset) == ("low", 5)
    assert Measurement.objects.get(intake=done, instrument="nprs").scores["nprs"] == 6


def test_a_measure_that_cannot_be_computed_has_no_score() -> None:
    intake = IntakeFactory()
    saved(intake, "measurements", {"start_back_1": True})
    done = completed(intake)
    assert "start_back_total" not in Measurement.objects.get(intake=done, instrument="start_back").scores
    assert "start_back_total" not in done.findings()


def test_a_completed_intake_refuses_answers_and_takes_addenda() -> None:
    done = completed(IntakeFactory())
    with pytest.raises(Refused, match="addendum"):
        saved(done, "complaint", {"onset": "sudden"})
    actions.add_addendum(intake=done, text="Begon toch plotseling", by=done.author, now=timezone.now())
    assert Addendum.objects.get(intake=done).text == "Begon toch plotseling"


def test_a_draft_is_changed_by_its_author_only() -> None:
    intake = IntakeFactory()
    with pytest.raises(Refused, match="author"):
        saved(intake, "complaint", {"onset": "sudden"}, by=StaffFactory(roles=["physiotherapist"]))


def test_the_draft_of_a_colleague_is_not_visible() -> None:
    intake = IntakeFactory()
    colleague = StaffFactory(roles=["physiotherapist"])
    assert not Intake.objects.visible_to(colleague).filter(pk=intake.pk).exists()
    assert Intake.objects.visible_to(intake.author).filter(pk=intake.pk).exists()


def test_the_front_desk_sees_no_intake() -> None:
    done = completed(IntakeFactory())
    assert not Intake.objects.visible_to(StaffFactory(roles=["front_desk"])).filter(pk=done.pk).exists()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE intake_intake SET region = 'mid'", "a_completed_intake_does_not_change"),
        ("DELETE FROM intake_sectionanswers", "answers_of_a_completed_intake_do_not_change"),
        ("UPDATE intake_sectionanswers SET answers = '{}'", "answers_of_a_completed_intake_do_not_change"),
        ("UPDATE intake_addendum SET text = 'x'", "an_addendum_does_not_change"),
        ("UPDATE intake_measurement SET scores = '{}'", "a_measurement_does_not_change"),
        ("UPDATE intake_questionnaireversion SET content = '{}'", "a_published_questionnaire_does_not_change"),
    ],
)
def test_the_database_refuses_to_change_what_is_final(statement: str, sentence: str) -> None:
    intake = IntakeFactory()
    saved(intake, "measurements", {"nprs": 6})
    done = completed(intake)
    actions.add_addendum(intake=done, text="Aanvulling", by=done.author, now=timezone.now())
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_open_draft_per_episode_and_author() -> None:
    intake = IntakeFactory()
    with pytest.raises(IntegrityError, match=r"one_open_intake_per_episode_and_author|UNIQUE"), transaction.atomic():
        IntakeFactory(episode=intake.episode, author=intake.author, questionnaire_version=intake.questionnaire_version)


def test_a_completed_intake_has_its_moment() -> None:
    with pytest.raises(IntegrityError, match="intake_is_completed_iff_completed_at"), transaction.atomic():
        IntakeFactory(status="completed")


def test_publishing_the_same_version_again_adds_nothing_and_never_alters_it() -> None:
    published()
    assert not actions.publish_questionnaire(questionnaire=shipped_questionnaires()["low_back"], now=timezone.now())
    QuestionnaireVersion.objects.filter(code="low_back").update(status="retired")
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE intake_questionnaireversion SET version = 9")


def test_every_save_is_in_the_access_log() -> None:
    intake = IntakeFactory()
    saved(intake, "complaint", {"onset": "sudden"})
    event = AccessEvent.objects.filter(event="intake_section_saved").get()
    assert str(event.patient_id) == str(intake.episode.patient_id)
    assert "sudden" not in str(event.detail)


def test_a_draft_with_a_body_chart_has_its_findings() -> None:
    intake = IntakeFactory()
    saved(intake, "complaint", {"pain_chart": {"low_back_left": {"kinds": ["pain"], "intensity": 3}}})
    assert fresh(intake).findings()
    assert fresh(intake).problems() == []
