"""A questionnaire and an intake as FHIR R4: valid, complete in itself, and saying what we say."""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from intake.domain.composing import compose
from intake.domain.conditions import parse
from intake.domain.derivations import NO_DERIVATIONS, Derivations
from intake.domain.derived_content import read_derived
from intake.domain.findings import Context, derive
from intake.domain.questionnaire import Questionnaire, Visibility
from intake.domain.reading import Problems, Reader
from intake.fhir.elements import bundle, identifier
from intake.fhir.paths import Paths
from intake.fhir.questionnaires import questionnaire_resources
from intake.fhir.responses import About, intake_resources
from tests.factories.intake import shipped_questionnaires
from tests.fhir_models import invalid, of_type, only, unknown_codes, unresolved
from tests.fhirpath import ADDRESSES, Engine, Json, as_sent, made_up, questions_of
from tests.intake.domain.sample import sample, sample_parts

DAY = dt.date(2026, 11, 27)
CONTEXT = Context(age=52, sex="female", route="direct_access")


def exported(questionnaire: Questionnaire) -> Json:
    return as_sent(bundle(ADDRESSES, questionnaire_resources(ADDRESSES, [questionnaire])))


def exported_intake(
    questionnaire: Questionnaire, answers: dict[str, Any], context: Context = CONTEXT, **about: Any
) -> Json:
    """The intake together with its questionnaire."""
    findings = derive(answers, context, questionnaire)
    response = About(response="response-1", subject="subject-1", day=DAY, **about)
    made = intake_resources(ADDRESSES, questionnaire, answers, findings, response)
    return as_sent(bundle(ADDRESSES, [*made, *questionnaire_resources(ADDRESSES, [questionnaire])]))


def items(resource: Json) -> dict[str, Json]:
    """The questions, or the answers, by link id."""
    return {item["linkId"]: item for section in resource["item"] for item in section["item"]}


@pytest.mark.parametrize("code", ["low_back", "mid_back", "upper_back"])
def test_a_shipped_questionnaire_is_valid_and_names_nothing_that_is_not_there(code: str) -> None:
    found = exported(shipped_questionnaires()[code])
    assert invalid(found) == []
    assert unresolved(found) == []
    assert unknown_codes(found, ADDRESSES.root) == []


@pytest.mark.parametrize("code", ["low_back", "mid_back", "upper_back"])
def test_every_question_is_there_with_its_kind_its_words_and_its_bounds(code: str) -> None:
    one = shipped_questionnaires()[code]
    questionnaire = only(exported(one), "Questionnaire")
    assert [section["linkId"] for section in questionnaire["item"]] == [f"section.{s.code}" for s in one.sections]
    written = items(questionnaire)
    assert [link for link in written if not link.endswith(".help")] == list(one.items)
    assert {link for link, item in written.items() if item["type"] == "boolean"} == {
        item.code for item in one.items.values() if item.kind.value == "yes_no"
    }
    nprs = written["nprs"]
    assert (nprs["text"], nprs["type"]) == (one.items["nprs"].label.nl, "integer")
    assert nprs["_text"]["extension"][0]["extension"][1]["valueString"] == one.items["nprs"].label.en
    weeks = {each["url"].rpartition("/")[2]: each for each in written["weeks_since_onset"]["extension"]}
    assert weeks["minValue"]["valueDecimal"] == 0
    assert weeks["questionnaire-unit"]["valueCoding"]["code"] == "wk"


def test_choices_are_a_value_set_in_two_languages_unless_one_stands_alone() -> None:
    found = exported(shipped_questionnaires()["low_back"])
    written = items(only(found, "Questionnaire"))
    canonical = written["onset"]["answerValueSet"]
    (value_set,) = [one for one in of_type(found, "ValueSet") if f"{one['url']}|{one['version']}" == canonical]
    included = value_set["compose"]["include"][0]
    (system,) = [one for one in of_type(found, "CodeSystem") if one["url"] == included["system"]]
    fall = next(concept for concept in system["concept"] if concept["code"] == "after_fall")
    label = next(
        one.label for one in shipped_questionnaires()["low_back"].items["onset"].choices if one.code == "after_fall"
    )
    assert (fall["display"], fall["designation"][0]["value"]) == (label.nl, label.en)
    alone = [one["valueCoding"]["code"] for one in written["radiation"]["answerOption"] if "extension" in one]
    assert alone == ["none"]


def test_a_question_is_enabled_unless_it_is_known_not_to_be_asked() -> None:
    """The same engine as for rules judges all conditions of questions, on 15 random intakes."""
    chance = random.Random(7)
    engines = {
        code: questions_of(only(exported(one), "Questionnaire")) for code, one in shipped_questionnaires().items()
    }
    seen = set()
    for _ in range(15):
        intake = made_up(shipped_questionnaires().values(), chance)
        made = exported_intake(intake.questionnaire, intake.answers)
        context = {"entry": [{"resource": one} for one in of_type(made, "Observation")], "resourceType": "Bundle"}
        found = derive(intake.answers, CONTEXT, intake.questionnaire)
        enabled = engines[intake.questionnaire.code].truths(
            {}, resource=only(made, "QuestionnaireResponse"), findings=context
        )
        expected = intake.questionnaire.visibility(found)
        assert enabled == {code: expected[code] is not Visibility.HIDDEN for code in enabled}
        seen |= {(code, expected[code]) for code in enabled}
    assert {visibility for _, visibility in seen} == set(Visibility)


def test_three_answers_are_kept_apart() -> None:
    """Not asked is absent, no is false, and none of the choices is an item without an answer."""
    answers = {"saddle_numbness": False, "night_pain": True, "aggravated_by": [], "nprs": 0}
    found = exported_intake(shipped_questionnaires()["low_back"], answers)
    response = items(only(found, "QuestionnaireResponse"))
    assert response["saddle_numbness"]["answer"] == [{"valueBoolean": False}]
    assert response["night_pain"]["answer"] == [{"valueBoolean": True}]
    assert response["aggravated_by"] == {"linkId": "aggravated_by"}
    assert response["nprs"]["answer"] == [{"valueInteger": 0}]
    assert response.keys() == answers.keys()


def test_an_intake_is_valid_and_brings_its_questionnaire() -> None:
    chance = random.Random(3)
    for _ in range(2):
        intake = made_up(shipped_questionnaires().values(), chance)
        found = exported_intake(intake.questionnaire, intake.answers, with_text=True)
        assert invalid(found) == []
        assert unresolved(found) == []
        assert unknown_codes(found, ADDRESSES.root) == []


def test_an_observation_is_what_was_drawn_with_the_age_of_that_day() -> None:
    answers = {"weeks_since_onset": 2.5, "fever_or_chills": True}
    found = exported_intake(shipped_questionnaires()["low_back"], answers)
    written = {one["code"]["coding"][0]["code"]: one for one in of_type(found, "Observation")}
    assert written["age"]["valueQuantity"] | {"unit": ""} == {
        "value": 52,
        "unit": "",
        "system": "http://unitsofmeasure.org",
        "code": "a",
    }
    assert written["age"]["effectiveDateTime"] == "2026-11-27"
    assert written["duration_class"]["valueCodeableConcept"]["coding"][0]["code"] == "acute"
    assert written["fever_present"]["valueBoolean"] is True
    assert "severe_paresis" not in written
    assert all(one["derivedFrom"] == [{"reference": "QuestionnaireResponse/response-1"}] for one in written.values())


def test_an_answer_to_a_question_that_is_not_asked_stays_behind() -> None:
    answers = {"earlier_episodes": False, "frequent_recurrence": True}
    response = only(exported_intake(shipped_questionnaires()["low_back"], answers), "QuestionnaireResponse")
    assert items(response).keys() == {"earlier_episodes"}


def test_words_go_along_only_when_that_is_chosen() -> None:
    answers = {"request_for_help": "Jan Jansen wil weer tegelen"}
    questionnaire = shipped_questionnaires()["low_back"]
    assert "Jansen" not in str(exported_intake(questionnaire, answers))
    assert "Jansen" in str(exported_intake(questionnaire, answers, with_text=True))


def test_a_body_chart_is_a_group_for_each_marked_region() -> None:
    chart = {"calf_left": {"kinds": ["numbness"]}, "low_back_left": {"kinds": ["pain", "stiffness"], "intensity": 6}}
    found = exported_intake(shipped_questionnaires()["low_back"], {"pain_chart": chart})
    (section,) = only(found, "QuestionnaireResponse")["item"]
    assert [item["linkId"] for item in section["item"]] == ["pain_chart", "pain_chart"]
    marked = {
        item["item"][0]["answer"][0]["valueCoding"]["code"]: [
            answer.get("valueCoding", {}).get("code", answer.get("valueInteger"))
            for part in item["item"][1:]
            for answer in part["answer"]
        ]
        for item in section["item"]
    }
    assert marked == {"low_back_left": ["pain", "stiffness", 6], "calf_left": ["numbness"]}
    assert invalid(found) == []


CONDITIONS = [
    "at least 2 of (night_pain is yes, numb_saddle is yes, onset is fall)",
    "at least 2 of [night_pain, numb_saddle, leg_pain] is yes",
    "not (night_pain is yes or onset is not sudden)",
    "nature includes any of [dull, none]",
    "not nature includes sharp",
    "weeks between 2 and 5.5 or weeks = 7",
    "onset in [sudden, gradual] and age >= 50",
    "high_fall is no",
    "head_hit is yes or night_pain is no",
    "sex is not male and leg_pain is yes",
    "nowhere is yes or night_pain is yes",
]


OWN = yaml.safe_load("""
- {code: own_sign, kind: when, when: head_hit is yes or night_pain is yes, label: {nl: T, en: S}}
- code: own_class
  kind: classify
  label: {nl: K, en: C}
  rules: [{when: high_fall is yes, code: a}, {when: own_sign is yes, code: b}]
- code: own_band
  kind: band
  of: weeks
  label: {nl: B, en: B}
  bands: [{code: few, below: 9}, {code: some, up_to: 30}, {code: many}]
- {code: own_known, kind: first_known, of: [strength_left, strength_right], label: {nl: W, en: K}}
- {code: own_less, kind: difference, of: [weeks, strength_left], times: [1, 2], round: nearest, label: {nl: V, en: D}}
- {code: own_least, kind: minimum, of: [strength_left, strength_right, pain], label: {nl: M, en: M}}
- {code: own_most, kind: maximum, of: [strength_left, strength_right], label: {nl: G, en: G}}
""")
ON_OWN = [
    "own_sign is no",
    "own_class is b",
    "own_class is not a",
    "own_band in [few, some]",
    "own_band is some or night_pain is yes",
    "own_known > 3",
    "own_less <= 20",
    "own_least < 2",
    "own_most >= 4",
]
ON_DERIVED = [
    "duration is acute",
    "not duration in [acute, chronic]",
    "long_standing is yes",
    "long_standing is no and night_pain is no",
    "alarming is no",
    "risk_total_band is high",
    "disability_total > 40",
    "profile is light",
    "uneven >= 2",
]


def own_derivations() -> Derivations:
    problems = Problems()
    derived = [read_derived(Reader(content, "own", problems)) for content in OWN]
    problems.refuse_if_any()
    return Derivations([one for one in derived if one])


def of_a_number_that_may_not_be_asked() -> Questionnaire:
    """The sample, with a band of a number that is asked on a condition, and a sign that rests on it."""
    content = sample_parts()
    next(item for item in content["items"]["complaint"]["items"] if item["code"] == "weeks")["ask_when"] = "pain > 2"
    rests = {"code": "long_standing", "kind": "when", "when": "duration is chronic", "label": {"nl": "L", "en": "L"}}
    content["derived"]["common"]["derived"].append(rests)
    return compose(content)


def assert_the_same(questionnaires: list[Questionnaire], texts: list[str], own: Derivations = NO_DERIVATIONS) -> None:
    """Ours and FHIRPath's truth of conditions, on random intakes of which a fifth of the answers is missing."""
    conditions, chance, seen = {text: parse(text) for text in texts}, random.Random(11), set()
    paths = Paths(ADDRESSES, questionnaires, own)
    expressions = {text: paths.expression(condition) for text, condition in conditions.items()}
    engine = Engine(as_sent({"extension": paths.variables()}), expressions)
    for _ in range(80):
        intake = made_up(questionnaires, chance)
        answers = {code: answer for code, answer in intake.answers.items() if chance.random() < 0.8}
        found = derive(answers, CONTEXT, intake.questionnaire)
        whole = intake.questionnaire.derivations.extended(own)
        known = found.copy()
        whole.add_to(known)
        expected = {text: whole.expand(condition).evaluate(known) for text, condition in conditions.items()}
        assert engine.truths(exported_intake(intake.questionnaire, answers)) == expected, answers
        seen |= set(expected.items())
    assert {text for text, truth in seen if truth is None} == set(texts), "each was unknown at least once"


def test_every_kind_of_condition_says_the_same_in_fhirpath() -> None:
    assert_the_same([sample()], CONDITIONS)


def test_what_rests_on_derived_findings_says_the_same() -> None:
    assert_the_same([of_a_number_that_may_not_be_asked()], ON_DERIVED)


def test_derived_findings_of_a_protocol_are_worked_out_in_fhirpath() -> None:
    assert_the_same([of_a_number_that_may_not_be_asked()], ON_OWN, own_derivations())


def test_questionnaires_that_ask_differently_are_told_apart() -> None:
    other = sample_parts()
    other["questionnaires"]["back"] |= {"version": 4}
    fall = next(item for item in other["items"]["complaint"]["items"] if item["code"] == "high_fall")
    fall["ask_when"] = "night_pain is yes"
    second = {**other, "questionnaires": {"other": {**other["questionnaires"]["back"], "code": "other"}}}
    assert_the_same([sample(), compose(second)], ["high_fall is no", "head_hit is yes or night_pain is no"])


def test_an_id_is_one_that_the_standard_allows() -> None:
    assert identifier("low_back") == "low-back"
    long = identifier("a_" * 60)
    assert len(long) == 64
    assert long != identifier("a_" * 61)


@pytest.mark.parametrize("code", ["low_back", "mid_back", "upper_back"])
def test_every_link_id_is_used_once_and_texts_belong_to_no_help(code: str) -> None:
    """What the models of the standard do not check: its invariants on questionnaires (que-1, que-2, que-3, que-5)."""
    found = list(nested(only(exported(shipped_questionnaires()[code]), "Questionnaire")["item"]))
    links = [item["linkId"] for item in found]
    assert len(links) == len(set(links))
    for item in found:
        assert item["type"] != "group" or item["item"]
        assert item["type"] != "display" or not item.keys() & {"item", "code", "required", "repeats"}
        assert ("answerValueSet" in item or "answerOption" in item) is (item["type"] == "choice")


def nested(items_of: list[Json]) -> Iterator[Json]:
    """Every item, however deep."""
    for item in items_of:
        yield item
        yield from nested(item.get("item", []))
