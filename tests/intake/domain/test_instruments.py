"""Scores of instruments: what is computed, what is not, and what a change means."""

from typing import Any

import pytest

from intake.domain.instruments import Change, Instrument, score
from tests.intake.domain.sample import sample

RISK = sample().instrument("risk")
DISABILITY = sample().instrument("disability")
PAIN = sample().instrument("pain")


@pytest.mark.parametrize(
    ("instrument", "answers", "expected"),
    [
        (RISK, {}, {}),
        (RISK, {"risk_1": True, "risk_2": True}, {}),
        (
            RISK,
            {"risk_1": False, "risk_2": False, "risk_3": "little"},
            {"risk_total": 0, "risk_total_band": "low", "risk_mind": 0, "risk_group": "low"},
        ),
        (
            RISK,
            {"risk_1": True, "risk_2": False, "risk_3": "much"},
            {"risk_total": 2, "risk_total_band": "high", "risk_mind": 1, "risk_group": "medium"},
        ),
        (
            RISK,
            {"risk_1": False, "risk_2": True, "risk_3": "much"},
            {"risk_total": 2, "risk_total_band": "high", "risk_mind": 2, "risk_group": "high"},
        ),
        (RISK, {"risk_2": False, "risk_3": "much"}, {"risk_mind": 1}),
        (RISK, {"risk_total_entered": 1}, {"risk_total": 1, "risk_total_band": "low"}),
        (RISK, {"risk_total_entered": 1, "risk_1": True}, {}),
        (DISABILITY, {"disability_1": 0, "disability_2": 0, "disability_3": 0}, {"disability_total": 0}),
        (DISABILITY, {"disability_1": 5, "disability_2": 5, "disability_3": 5}, {"disability_total": 100}),
        (DISABILITY, {"disability_1": 1, "disability_2": 0, "disability_3": 0}, {"disability_total": 6.67}),
        (DISABILITY, {"disability_1": 2, "disability_2": 3}, {"disability_total": 50}),
        (DISABILITY, {"disability_1": 2}, {}),
        (DISABILITY, {"disability_total_entered": 42.5}, {"disability_total": 42.5}),
        (PAIN, {"pain": 0}, {"pain": 0}),
        (PAIN, {}, {}),
    ],
)
def test_scores(instrument: Instrument, answers: dict[str, Any], expected: dict[str, Any]) -> None:
    assert score(instrument, answers) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (50, 40, Change.IMPROVED),
        (50, 41, Change.NOT_RELEVANT),
        (50, 60, Change.WORSE),
        (50, 50, Change.NOT_RELEVANT),
        (20, 14, Change.IMPROVED),
        (20, 15, Change.NOT_RELEVANT),
        (0, 9, Change.NOT_RELEVANT),
        (0, 10, Change.WORSE),
        (None, 10, Change.NOT_COMPUTABLE),
        (10, None, Change.NOT_COMPUTABLE),
    ],
)
def test_change_is_relevant_from_the_threshold_on(before: float | None, after: float | None, expected: Change) -> None:
    assert DISABILITY.compare("disability_total", before, after) is expected


def test_change_without_a_threshold_is_not_computable() -> None:
    assert RISK.compare("risk_total", 3, 0) is Change.NOT_COMPUTABLE


def test_score_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        RISK.score("risk_sum")


def test_scores_name_the_answers_they_are_drawn_from() -> None:
    derivations = sample().derivations
    assert derivations.questions("risk_group") == ("risk_2", "risk_3", "risk_1")
    assert derivations.questions("weakest") == ("strength_left", "strength_right")
    assert derivations.questions("weeks") == ("weeks",)
    assert derivations.inputs("risk_total_band") == {"risk_total_band", "risk_total", "risk_1", "risk_2", "risk_3"}
