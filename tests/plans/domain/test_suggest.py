"""From findings to a suggestion: conclusions, reasons, and what stays open."""

import json
from typing import Any

import pytest

from plans.domain.hold import HoldCause, MatterKind
from plans.domain.protocol import Discipline, Gate, Urgency, compose
from plans.domain.suggest import explain_rule, suggest
from plans.domain.suggestion import Disposition, Screening, Suggestion
from tests.plans.domain.sample import findings, protocol_parts, sample_protocol

PROTOCOL = sample_protocol()
CLEAR = {
    "numb_saddle": False,
    "night_pain": False,
    "onset": "gradual",
    "weeks": 3,
    "strength_left": 5,
    "strength_right": 5,
}


def suggested(answers: dict[str, Any], age: int | None = 40) -> Suggestion:
    return suggest(findings(answers, age), PROTOCOL)


@pytest.mark.parametrize(
    ("answers", "screening", "urgency", "disposition"),
    [
        ({}, Screening.INCOMPLETE, None, Disposition.UNDECIDED),
        (CLEAR, Screening.CLEAR, None, Disposition.COURSE),
        ({**CLEAR, "numb_saddle": True}, Screening.FLAGS, Urgency.EMERGENCY, Disposition.EMERGENCY),
        ({**CLEAR, "numb_saddle": None}, Screening.INCOMPLETE, None, Disposition.COURSE),
        ({**CLEAR, "strength_left": 3}, Screening.CLEAR, Urgency.WITHIN_WEEK, Disposition.GP_URGENT),
        ({**CLEAR, "weeks": 13}, Screening.CLEAR, Urgency.ROUTINE, Disposition.GP_ROUTINE),
        ({**CLEAR, "pain": 1}, Screening.CLEAR, None, Disposition.NO_COURSE_NEEDED),
        ({**CLEAR, "weeks": 8}, Screening.CLEAR, None, Disposition.UNDECIDED),
    ],
)
def test_screening_urgency_and_disposition(answers, screening, urgency, disposition) -> None:
    suggestion = suggested(answers)
    assert (suggestion.screening, suggestion.urgency, suggestion.disposition) == (screening, urgency, disposition)


def test_rules_for_one_red_flag_are_merged_with_the_highest_urgency() -> None:
    suggestion = suggested({**CLEAR, "numb_saddle": True, "strength_left": 2, "night_pain": True})
    flag = suggestion.red_flags[0]
    assert (flag.code, flag.urgency, flag.label.en) == ("cauda", Urgency.EMERGENCY, "Cauda equina syndrome")
    assert [reason.code for reason in flag.reasons] == ["cauda_saddle", "cauda_weak"]


def test_reason_names_answers_behind_derived_findings() -> None:
    why = suggested({**CLEAR, "strength_left": 2, "night_pain": True}).red_flags[0].reasons[0].why
    assert [(one.leaf.to_text(), one.via) for one in why.held] == [
        ("strength_left <= 3", "weak"),
        ("night_pain is yes", ""),
    ]
    assert [one.leaf.to_text() for one in why.against] == ["strength_right <= 3"]
    assert {(one.to.to_text(), one.becomes) for one in why.changes} == {
        ("strength_left > 3", False),
        ("night_pain is no", False),
    }


def test_templates_are_ranked_and_the_first_names_what_decided() -> None:
    suggestion = suggested(CLEAR)
    assert [proposal.template for proposal in suggestion.proposals] == ["short_course"]
    assert [one.leaf.to_text() for one in suggestion.decided_by] == ["weeks < 6", "night_pain is no"]


def test_alternative_says_what_would_make_it_apply() -> None:
    suggestion = suggested(CLEAR)
    assert [alternative.template for alternative in suggestion.alternatives] == ["long_course"]
    assert [change.to.to_text() for change in suggestion.alternatives[0].changes] == ["weeks > 12"]


def test_referrals_of_one_discipline_are_merged() -> None:
    referrals = suggested({**CLEAR, "weeks": 20, "strength_left": 1}).referrals
    assert [(one.discipline, one.urgency) for one in referrals] == [(Discipline.GP, Urgency.WITHIN_WEEK)]
    assert [reason.code for reason in referrals[0].reasons] == ["gp_weak", "gp_long"]


@pytest.mark.parametrize(
    ("answers", "gate", "reasons", "unsettled"),
    [
        ({"nature": ["sharp"], "leg_pain": True}, Gate.BLOCK, ["needling_block", "needling_possible"], []),
        ({"nature": ["sharp"], "leg_pain": False}, Gate.POSSIBLE, ["needling_possible"], []),
        ({"nature": ["sharp"]}, Gate.POSSIBLE, ["needling_possible"], ["needling_block"]),
        ({"nature": ["dull"]}, None, [], ["needling_block"]),
    ],
)
def test_block_wins_and_keeps_the_indication(answers, gate, reasons, unsettled) -> None:
    judgement = suggested(answers).techniques[0]
    assert judgement.technique == "needling"
    assert judgement.gate is gate
    assert [reason.code for reason in judgement.reasons] == reasons
    assert [reason.code for reason in judgement.unsettled] == unsettled


def test_advice_notes_and_scope() -> None:
    suggestion = suggested({**CLEAR, "strength_left": 2}, age=12)
    assert [(one.code, one.label.en) for one in suggestion.advice] == [("move", "Move")]
    assert [one.code for one in suggestion.notes] == ["uneven_strength"]
    assert [one.code for one in suggestion.scope] == ["outside_guideline"]


def test_open_questions_come_by_what_is_at_stake() -> None:
    questions = suggested({}).open_questions
    assert [one.code for one in questions][:3] == ["numb_saddle", "night_pain", "high_fall"]
    assert questions[0].urgency is Urgency.EMERGENCY
    assert questions[0].rules == ("cauda_saddle",)
    assert questions[-1].code == "uneven"
    assert questions[-1].asks == ("strength_left", "strength_right")


def test_question_that_is_not_asked_is_no_open_question() -> None:
    assert "high_fall" in [question.code for question in suggested({"onset": "fall"}).open_questions]
    assert "high_fall" not in [question.code for question in suggested({"onset": "gradual"}).open_questions]
    assert "fracture_high_fall" in suggested({"onset": "gradual"}).not_applied


@pytest.mark.parametrize(
    ("answers", "causes"),
    [
        (CLEAR, []),
        ({**CLEAR, "numb_saddle": True}, [HoldCause.EMERGENCY]),
        ({**CLEAR, "strength_left": 2, "night_pain": True}, [HoldCause.WITHIN_24H, HoldCause.RULE]),
        ({**CLEAR, "onset": "fall", "high_fall": True}, []),
        ({**CLEAR, "strength_left": 2}, [HoldCause.RULE]),
    ],
)
def test_hold(answers: dict[str, Any], causes: list[HoldCause]) -> None:
    assert [reason.cause for reason in suggested(answers).hold.reasons] == causes


def test_two_red_flags_within_a_week_hold_together() -> None:
    suggestion = suggested({**CLEAR, "onset": "fall", "high_fall": True, "night_pain": True}, age=60)
    assert [reason.codes for reason in suggestion.hold.reasons] == [("fracture", "tumour")]


def test_concern_of_the_therapist_holds() -> None:
    suggestion = suggest({"screening": "concern"}, PROTOCOL)
    assert [matter.kind for matter in suggestion.matters] == [MatterKind.CONCERN]
    assert suggestion.hold.held


def test_rule_that_fails_is_not_evaluated_and_nothing_is_clear() -> None:
    given = {**findings(CLEAR, 40), "pain": "none"}
    suggestion = suggest(given, PROTOCOL)
    assert suggestion.screening is Screening.NOT_EVALUATED
    assert [(one.rule, one.why) for one in suggestion.not_evaluated] == [
        ("no_plan", "WrongKindError: '<= 1' cannot judge 'none'")
    ]
    assert [proposal.template for proposal in suggestion.proposals] == ["short_course"]


def test_red_flag_shows_even_when_another_rule_fails() -> None:
    assert suggest({"numb_saddle": True, "pain": "none"}, PROTOCOL).screening is Screening.FLAGS


def test_one_rule_can_be_explained_when_it_is_false() -> None:
    reason = explain_rule(findings(CLEAR, 40), PROTOCOL, "cauda_saddle")
    assert reason.why.truth is False
    assert [one.leaf.to_text() for one in reason.why.against] == ["numb_saddle is yes"]


def test_json_is_plain_and_complete() -> None:
    written = json.loads(
        json.dumps(suggested({**CLEAR, "strength_left": 2, "night_pain": True, "nature": ["sharp"]}).to_json())
    )
    assert written["protocol"] == {"code": "back", "version": 7, "hash": PROTOCOL.hash}
    assert written["screening"] == "flags"
    assert written["hold"]["reasons"][0] == {"cause": "within_24h", "codes": ["cauda"]}
    reason = written["red_flags"][0]["reasons"][0]
    assert reason["held"][0] == {
        "code": "strength_left", "test": "<= 3", "negated": False, "value": 2, "via": "weak",
    }  # fmt: skip
    assert {"code": "night_pain", "to": "night_pain is no", "becomes": False} in reason["changes"]
    assert reason["sources"] == ["book"]
    assert reason["evidence"] == "proposal"


def test_derived_finding_of_the_protocol_that_fails_stays_with_the_rules_on_it() -> None:
    parts = protocol_parts()
    gap = {"code": "gap", "kind": "difference", "of": ["pain", "weeks"], "label": {"nl": "Verschil", "en": "Gap"}}
    parts["derived"] = {"derived": [gap]}
    parts["rules"]["plans"]["rules"][2]["when"] = "gap >= 2"
    suggestion = suggest({**findings(CLEAR, 40), "pain": "none"}, compose(parts))
    assert [one.rule for one in suggestion.not_evaluated] == ["no_plan"]
    assert suggestion.screening is Screening.NOT_EVALUATED
    assert "gap" not in suggestion.findings
    assert suggest({**findings(CLEAR, 40), "pain": 9}, compose(parts)).findings["gap"] == 6
