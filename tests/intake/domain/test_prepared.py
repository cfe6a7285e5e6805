"""The pages for patients: what they ask, in which order, and what the content may and may not hand to patients."""

from collections.abc import Mapping
from typing import Any

import pytest

from intake.domain.composing import compose
from intake.domain.findings import Context
from intake.domain.prepared import QUESTIONS_ON_A_PAGE, asked_pages, offered_findings, pages
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import ContentError
from tests.factories.intake import shipped_questionnaires

THERAPISTS_ONLY = {"registration", "examination", "conclusion"}
WOMAN = Context(age=34, sex="female", route="direct_access")
EVERY = pytest.mark.parametrize("code", ["low_back", "mid_back", "upper_back"])


def questionnaire(code: str = "low_back") -> Questionnaire:
    return shipped_questionnaires()[code]


def asked(answers: Mapping[str, Any], context: Context = WOMAN) -> list[str]:
    """The codes of what is asked on all pages together."""
    shown = asked_pages(questionnaire(), offered_findings(answers, context, questionnaire()))
    return [item.code for page in shown for item in page.items]


@EVERY
def test_every_page_asks_a_few_plain_questions_of_one_section(code: str) -> None:
    for page in pages(questionnaire(code)):
        assert 1 <= len(page.items) <= QUESTIONS_ON_A_PAGE
        assert all(item.patient and item in page.section.items for item in page.items)
        assert page.section.patient


@EVERY
def test_nothing_of_the_examination_or_the_therapists_conclusions_is_asked(code: str) -> None:
    assert not {page.section.code for page in pages(questionnaire(code))} & THERAPISTS_ONLY
    assert not {"screening", "wpn_level", "psychosocial_dominant", "unhelpful_beliefs"} & {
        item.code for page in pages(questionnaire(code)) for item in page.items
    }


@EVERY
def test_a_question_that_hangs_on_an_answer_comes_on_a_later_page(code: str) -> None:
    place = {item.code: page.number for page in pages(questionnaire(code)) for item in page.items}
    for page in pages(questionnaire(code)):
        for item in page.items:
            needed = item.ask_when.codes() if item.ask_when else ()
            assert all(place[other] < page.number for other in needed if other in place), item.code


def test_a_question_is_asked_once_its_condition_holds() -> None:
    assert "severe_night_pain" not in asked({})
    assert "severe_night_pain" not in asked({"night_pain": False})
    assert "severe_night_pain" in asked({"night_pain": True})


def test_what_the_record_knows_decides_too() -> None:
    man = Context(age=34, sex="male", route="direct_access")
    assert "pregnant" in asked({})
    assert "pregnant" not in asked({}, man)


def test_an_answer_out_of_bounds_counts_for_nothing() -> None:
    findings = offered_findings({"weeks_since_onset": -3, "night_pain": True}, WOMAN, questionnaire())
    assert "weeks_since_onset" not in findings
    assert findings["night_pain"] is True


def test_an_unanswered_question_is_unknown_and_not_no() -> None:
    assert "fever_or_chills" not in offered_findings({}, WOMAN, questionnaire())


def small(item: Mapping[str, Any], **section: Any) -> Questionnaire:
    """A questionnaire of one section with one yes/no question."""
    text = {"nl": "a", "en": "b"}
    return compose(
        {
            "questionnaires": {
                "small": {"code": "small", "version": 1, "region": "low", "title": text, "sections": ["one"]}
            },
            "items": {
                "one": {
                    "section": "one",
                    "title": text,
                    "items": [{"code": "first", "kind": "yes_no", "label": text, **item}],
                    **section,
                }
            },
        }
    )


PLAIN = {"label": {"nl": "Hebt u pijn?", "en": "Are you in pain?"}}
HEADING = {"title": {"nl": "Uw klacht", "en": "Your complaint"}}


def test_plain_words_make_a_question_one_for_patients() -> None:
    assert [item.code for item in pages(small({"patient": PLAIN}, patient=HEADING))[0].items] == ["first"]
    assert pages(small({}, patient=HEADING)) == ()


@pytest.mark.parametrize(
    ("item", "section", "problem"),
    [
        ({"patient": PLAIN}, {}, "its section has no heading for patients"),
        ({"patient": {"label": {"nl": "Hebt u pijn?"}}}, {"patient": HEADING}, "patient.label.en: is missing"),
        ({"patient": {}}, {"patient": HEADING}, "patient.label: is missing"),
        ({"patient": {**PLAIN, "title": "x"}}, {"patient": HEADING}, "patient.title: is not a key"),
        ({}, {"patient": {"help": {"nl": "a", "en": "b"}}}, "patient.title: is missing"),
    ],
)
def test_content_that_is_not_fit_for_patients_is_refused(item: dict, section: dict, problem: str) -> None:
    with pytest.raises(ContentError, match=problem):
        small(item, **section)
