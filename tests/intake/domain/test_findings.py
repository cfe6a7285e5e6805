"""From answers to findings: validation with paths, what is set aside, derived findings, the JSON Schema."""

import datetime
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from intake.domain.findings import (
    AnswersRefusedError,
    Context,
    age_on,
    derive,
    findings_from_json,
    validate,
)
from intake.domain.items import Item, ItemKind
from intake.domain.json_schema import schema
from tests.intake.domain.sample import sample

SAMPLE = sample()
SCHEMA = Draft202012Validator(schema(SAMPLE))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"nonsense": 1}, "answers.nonsense: there is no question with this code"),
        ({"neck_pain": True}, "answers.neck_pain: there is no question with this code"),
        ({"night_pain": "yes"}, "answers.night_pain: expected true or false"),
        ({"night_pain": 1}, "answers.night_pain: expected true or false"),
        ({"onset": True}, "answers.onset: expected the code of a choice"),
        ({"onset": "jump"}, "answers.onset: 'jump' is not one of sudden, gradual, fall"),
        ({"nature": "dull"}, "answers.nature: expected a list of codes of choices"),
        ({"nature": ["dull", "loud"]}, "answers.nature[1]: 'loud' is not one of dull, sharp, burning, none"),
        ({"nature": [["dull"]]}, "answers.nature[0]: '['dull']' is not one of dull, sharp, burning, none"),
        ({"nature": ["dull", "dull"]}, "answers.nature: a choice is given twice"),
        ({"nature": ["none", "dull"]}, "answers.nature: 'none' cannot be combined with another choice"),
        ({"weeks": "3"}, "answers.weeks: expected a number"),
        ({"weeks": True}, "answers.weeks: expected a number"),
        ({"weeks": math.nan}, "answers.weeks: expected a number"),
        ({"weeks": math.inf}, "answers.weeks: expected a number"),
        ({"weeks": -1}, "answers.weeks: -1 is not from 0 to 4000"),
        ({"weeks": 4000.1}, "answers.weeks: 4000.1 is not from 0 to 4000"),
        ({"weeks": 1.25}, "answers.weeks: at most 1 decimals"),
        ({"strength_left": 3.5}, "answers.strength_left: expected a whole number"),
        ({"pain": 11}, "answers.pain: 11 is not from 0 to 10"),
        ({"job": 3}, "answers.job: expected text"),
        ({"job": "x" * 501}, "answers.job: at most 500 characters"),
        ({"words": "x" * 10001}, "answers.words: at most 10000 characters"),
        ({"words": "a\x00b"}, "answers.words: text cannot hold a NUL character"),
    ],
)
def test_refused_answer_is_named_with_its_path(answers: dict[str, Any], expected: str) -> None:
    values, problems = validate({**answers, "leg_pain": True}, SAMPLE)
    assert [str(problem) for problem in problems] == [expected]
    assert values == {"leg_pain": True}
    with pytest.raises(AnswersRefusedError, match="answers"):
        derive(answers, Context(), SAMPLE)


def test_absent_null_no_and_empty_are_different_answers() -> None:
    findings = derive({"night_pain": None, "numb_saddle": False, "nature": []}, Context(), SAMPLE)
    assert "night_pain" not in findings
    assert "leg_pain" not in findings
    assert findings["numb_saddle"] is False
    assert findings["nature"] == frozenset()


def test_nothing_answered_leaves_everything_unknown_but_the_region() -> None:
    assert derive({}, Context(), SAMPLE).to_json() == {"region": "low"}


def test_context_is_a_finding_and_text_is_not() -> None:
    findings = derive({"words": "it hurts", "job": "cook"}, Context(age=48, sex="female", route="referral"), SAMPLE)
    assert findings.to_json() == {"age": 48, "region": "low", "route": "referral", "sex": "female"}


@pytest.mark.parametrize(
    ("answers", "code", "expected"),
    [
        ({"weeks": 5.9}, "duration", "acute"),
        ({"weeks": 6}, "duration", "subacute"),
        ({"weeks": 12}, "duration", "subacute"),
        ({"weeks": 12.1}, "duration", "chronic"),
        ({"strength_left": 2, "strength_right": 4}, "weakest", 2),
        ({"strength_left": 2, "strength_right": 4}, "strongest", 4),
        ({"strength_left": 2}, "weakest", None),
        ({"strength_left": 2, "strength_right": 4}, "uneven", 2),
        ({"strength_left": 3}, "weak", True),
        ({"strength_left": 4}, "weak", None),
        ({"strength_left": 4, "strength_right": 5}, "weak", False),
        ({"strength_left": 4, "strength_right": 5, "numb_saddle": True}, "alarming", True),
        ({"strength_left": 4, "numb_saddle": False}, "alarming", None),
        ({"risk_1": True, "risk_2": True, "risk_3": "much", "weeks": 2}, "profile", "heavy"),
        ({"risk_1": True, "risk_2": True, "risk_3": "little", "weeks": 2}, "profile", "light"),
        ({"weeks": 2}, "profile", None),
        ({"risk_1": False, "risk_2": True, "risk_3": "little", "weeks": 7}, "profile", None),
        ({"strength_right": 4}, "any_strength", 4),
        ({"strength_left": 1, "strength_right": 4}, "any_strength", 1),
        ({}, "stiff_neck", None),
    ],
)
def test_derived_finding(answers: dict[str, Any], code: str, expected: object) -> None:
    assert derive(answers, Context(), SAMPLE).get(code) == expected


def test_answer_to_a_question_that_is_not_asked_is_set_aside() -> None:
    answers = {"onset": "gradual", "high_fall": True, "head_hit": True}
    findings = derive(answers, Context(), SAMPLE)
    assert findings.set_aside == {"high_fall", "head_hit"}
    assert findings.to_json() == {"onset": "gradual", "region": "low"}


def test_answer_counts_while_its_condition_is_unknown() -> None:
    findings = derive({"high_fall": True, "head_hit": True}, Context(), SAMPLE)
    assert findings["high_fall"] is True
    assert findings["head_hit"] is True
    assert not findings.set_aside


def test_findings_survive_storage() -> None:
    findings = derive({"nature": ["sharp", "dull"], "weeks": 2.5}, Context(age=30), SAMPLE)
    assert findings.to_json()["nature"] == ["dull", "sharp"]
    assert dict(findings_from_json(findings.to_json(), SAMPLE)) == dict(findings)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1978-03-14", "2026-03-13", 47),
        ("1978-03-14", "2026-03-14", 48),
        ("2000-02-29", "2025-02-28", 24),
        ("2000-02-29", "2025-03-01", 25),
    ],
)
def test_age_in_whole_years(born: str, day: str, age: int) -> None:
    assert age_on(datetime.date.fromisoformat(born), datetime.date.fromisoformat(day)) == age


def _answers_to(item: Item) -> st.SearchStrategy[Any]:
    choices = st.sampled_from([choice.code for choice in item.choices] or ["x"])
    number = st.integers(int(item.minimum or 0), int(item.maximum or 0))
    return {
        ItemKind.YES_NO: st.booleans(),
        ItemKind.CHOICE: choices,
        ItemKind.CHOICES: st.lists(choices, max_size=4),
        ItemKind.NUMBER: st.one_of(number, number.map(float), number.map(lambda n: n / 10)),
        ItemKind.SCALE: st.one_of(number, st.just(-1)),
        ItemKind.TEXT: st.text(max_size=20),
        ItemKind.LONG_TEXT: st.text(max_size=20),
        ItemKind.BODY_CHART: st.nothing(),
    }[item.kind]


_ANY_ANSWERS = st.fixed_dictionaries(
    {}, optional={code: st.one_of(st.none(), _answers_to(item)) for code, item in SAMPLE.items.items()}
)


@given(_ANY_ANSWERS)
def test_schema_accepts_what_validation_accepts(answers: dict[str, Any]) -> None:
    refused = {problem.path.split(".")[1].split("[")[0] for problem in validate(answers, SAMPLE)[1]}
    accepted = {code: answer for code, answer in answers.items() if code not in refused}
    assert SCHEMA.is_valid({"questionnaire": "back", "answers": accepted})


@pytest.mark.parametrize(
    "document",
    [
        {"questionnaire": "back", "answers": {"nonsense": 1}},
        {"questionnaire": "back", "answers": {"night_pain": "yes"}},
        {"questionnaire": "back", "answers": {"pain": 11}},
        {"questionnaire": "back", "answers": {"nature": ["none", "dull"]}},
        {"questionnaire": "neck", "answers": {}},
        {"questionnaire": "back", "version": 2, "answers": {}},
        {"questionnaire": "back"},
        {"questionnaire": "back", "answers": {}, "patient": {"age": 40, "birth_date": "1986-01-01"}},
        {"questionnaire": "back", "answers": {}, "date": "yesterday"},
    ],
)
def test_schema_refuses(document: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(document)


def test_schema_accepts_a_whole_document() -> None:
    document = {
        "questionnaire": "back",
        "version": 3,
        "date": "2026-11-22",
        "patient": {"birth_date": "1978-03-14", "sex": "female"},
        "route": "direct_access",
        "answers": {"weeks": 4.5, "numb_saddle": False, "nature": ["dull"], "risk_1": True, "pain": None},
    }
    Draft202012Validator.check_schema(SCHEMA.schema)
    assert SCHEMA.is_valid(document)


@given(_ANY_ANSWERS, st.data())
def test_losing_an_answer_changes_no_known_conclusion(answers: dict[str, Any], data: st.DataObject) -> None:
    """Of the derived findings that are conditions or bands; scores may tell a missing item, by their own rule."""
    refused = {problem.path.split(".")[1].split("[")[0] for problem in validate(answers, SAMPLE)[1]}
    kept = {code: answer for code, answer in answers.items() if code not in refused}
    full = derive(kept, Context(), SAMPLE)
    asked = {code: answer for code, answer in kept.items() if code not in full.set_aside}
    lost = data.draw(st.sampled_from(sorted(asked)) if asked else st.none())
    less = derive({code: answer for code, answer in asked.items() if code != lost}, Context(), SAMPLE)
    for code in ("weak", "alarming", "duration", "weakest", "strongest", "uneven", "stiff_neck"):
        assert code not in less or less[code] == full[code]
