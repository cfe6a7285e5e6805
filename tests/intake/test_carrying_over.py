"""A draft goes on with another version of its questionnaire: what fits moves along, what does not is set aside."""

import copy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from intake import actions
from intake.domain.carrying_over import Unfit, carried_over
from intake.domain.composing import compose
from intake.domain.findings import validate
from intake.domain.questionnaire import Questionnaire
from intake.models import Intake, QuestionnaireVersion
from practice.models import Staff
from tests.factories.intake import IntakeFactory, published, shipped_questionnaires
from tests.factories.practice import StaffFactory
from tests.intake.test_intakes import fresh, saved
from tests.screens import text

OLD, UPPER = (shipped_questionnaires()[code] for code in ("low_back", "upper_back"))


def changed() -> Questionnaire:
    """The next version: it does not ask for a hobby, knows no fluctuating course, and asks for sport elsewhere."""
    parts = copy.deepcopy(dict(OLD.content))
    parts["questionnaires"]["low_back"]["version"] += 1
    items = parts["items"]
    sport = next(one for one in items["functioning"]["items"] if one["code"] == "sport")
    gone = {"hobby", "sport"}
    items["functioning"]["items"] = [one for one in items["functioning"]["items"] if one["code"] not in gone]
    items["factors"]["items"].append(sport)
    course = next(one for one in items["complaint"]["items"] if one["code"] == "course")
    course["choices"] = [one for one in course["choices"] if one["code"] != "fluctuating"]
    return compose(parts, "low_back")


NEW = changed()
GIVEN = {
    "complaint": {"course": "fluctuating", "weeks_since_onset": "een week of vijf"},
    "functioning": {"hobby": "vissen", "sport": "tennis", "occupation": "lasser"},
}
POOL: dict[str, Any] = {
    "course": "fluctuating",
    "hobby": "vissen",
    "sport": "tennis",
    "nprs": 6,
    "night_pain": True,
    "weeks_since_onset": "vijf",
    "no_such_question": 1,
}


@given(st.sets(st.sampled_from(sorted(POOL))), st.sampled_from([NEW, UPPER, OLD]))
def test_every_answer_is_carried_over_or_set_aside_and_none_is_lost(codes: set[str], new: Questionnaire) -> None:
    recorded = {code: {"value": POOL[code]} for code in codes}
    carried = carried_over(recorded, OLD, new)
    kept = [code for answers in carried.sections.values() for code in answers]
    assert sorted([*kept, *carried.unfit]) == sorted(codes)
    allowed = validate({code: POOL[code] for code in kept}, new)[0]
    assert set(kept) - allowed.keys() <= {"weeks_since_onset"}, "only what was odd before stays odd"


def test_what_does_not_fit_has_its_reason() -> None:
    recorded = {code: {"value": value} for code, value in POOL.items() if code != "no_such_question"}
    assert carried_over(recorded, OLD, NEW).unfit == {"hobby": Unfit.NOT_ASKED, "course": Unfit.NOT_ALLOWED}


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"], language="nl")


@pytest.fixture
def intake(db: None, therapist: Staff) -> Intake:
    """A draft of the old version, of which a newer one is in use by now."""
    draft = IntakeFactory(questionnaire_version=published(), author=therapist)
    for section, values in GIVEN.items():
        saved(draft, section, values)
    actions.publish_questionnaire(questionnaire=NEW, now=timezone.now())
    return fresh(draft)


def go_on(intake: Intake, version: QuestionnaireVersion | None = None) -> Intake:
    newer = version or intake.newer_questionnaire()
    actions.change_questionnaire(intake=intake, questionnaire_version=newer, by=intake.author, now=timezone.now())
    return fresh(intake)


def aside(intake: Intake) -> dict[str, str]:
    return {one.code: one.words["nl"] for one in intake.set_aside.all()}


def test_a_draft_keeps_its_version_until_somebody_goes_on(intake: Intake) -> None:
    assert intake.questionnaire_version.version == OLD.version
    assert intake.newer_questionnaire().version == NEW.version


def test_an_answer_moves_to_the_section_that_asks_it_with_who_recorded_it(intake: Intake) -> None:
    before = intake.recorded["sport"]
    after = go_on(intake)
    assert after.sections.get(section="factors").answers["sport"] == before
    assert "sport" not in after.sections.get(section="functioning").answers
    assert after.answers()["occupation"] == "lasser"


def test_what_does_not_fit_is_set_aside_in_words_and_counts_for_nothing(intake: Intake) -> None:
    after = go_on(intake)
    assert aside(after) == {"hobby": "vissen", "course": "Wisselend"}
    assert not {"hobby", "course"} & after.answers().keys()
    assert after.answers()["weeks_since_onset"] == "een week of vijf"


def test_what_was_set_aside_comes_back_where_it_fits(intake: Intake) -> None:
    recorded = intake.recorded
    old = intake.questionnaire_version
    after = go_on(go_on(intake), old)
    assert aside(after) == {}
    assert after.recorded == recorded


def test_an_intake_of_another_region_can_be_completed_after_all(intake: Intake) -> None:
    """An answer that the other region does not ask stands in nobody's way."""
    after = go_on(intake, published("upper_back"))
    codes = {problem.path.split(".")[1] for problem in after.problems()}
    assert codes <= after.questionnaire.items.keys()


def test_the_page_says_beforehand_and_afterwards_what_does_not_fit(intake: Intake, therapist: Staff) -> None:
    client = Client()
    client.force_login(therapist)
    page = reverse("intake", args=[intake.pk])
    offered = text(client.get(page))
    assert f"versie {NEW.version}" in offered
    assert OLD.items["course"].label.nl in offered[offered.index("om te lezen:") :][:200]
    newer = intake.newer_questionnaire()
    after = text(client.post(reverse("intake_region", args=[intake.pk]), {"questionnaire": newer.pk}, follow=True))
    assert "2 antwoorden zijn terzijde gelegd" in after
    assert "Wisselend" in after
    assert "vissen" in after
    assert "terzijde gelegd" in text(client.get(reverse("intake_answers", args=[intake.pk])))
