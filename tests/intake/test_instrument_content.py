"""The shipped outcome measures, scored as published."""

from pathlib import Path
from typing import Any

import pytest

from intake.domain.composing import compose_all
from intake.domain.instruments import Instrument
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire
from tests.content import read_intake_content

CONTENT = Path(__file__).resolve().parents[2] / "intake" / "content"

INSTRUMENTS = ["nprs", "psk", "start_back", "qbpds", "odi", "rdq", "orebro", "pgq", "gpe"]
# Score, lowest and highest total.
RANGES = [
    ("nprs", "nprs", 0, 10),
    ("psk", "psk_mean", 0, 10),
    ("start_back", "start_back_total", 0, 9),
    ("start_back", "start_back_psychosocial", 0, 5),
    ("qbpds", "qbpds", 0, 100),
    ("odi", "odi", 0, 100),
    ("rdq", "rdq", 0, 24),
    ("orebro", "orebro", 1, 100),
    ("pgq", "pgq", 0, 100),
    ("pgq", "pgq_activity", 0, 100),
    ("pgq", "pgq_symptom", 0, 100),
    ("gpe", "gpe", 1, 7),
]
REVERSED = {"orebro_3", "orebro_4", "orebro_8"}
CANNOT_MISS_ONE = ["nprs", "start_back", "qbpds", "rdq", "orebro", "pgq", "gpe"]


def _answers(instrument: Instrument, *, worst: bool) -> dict[str, Any]:
    """The answers of a patient who is best or worst off on every item."""
    return {item.code: _extreme(item, worst is not (item.code in REVERSED)) for item in _scored(instrument)}


def _scored(instrument: Instrument) -> list[Item]:
    return [item for item in instrument.items if item.kind is not ItemKind.TEXT]


def _extreme(item: Item, high: bool) -> Any:
    if item.kind is ItemKind.YES_NO:
        return high
    if item.kind is ItemKind.CHOICE:
        return item.choices[-1 if high else 0].code
    return item.maximum if high else item.minimum


@pytest.fixture(scope="module")
def questionnaires() -> dict[str, Questionnaire]:
    return compose_all(read_intake_content(CONTENT))


@pytest.fixture(scope="module")
def low_back(questionnaires: dict[str, Questionnaire]) -> Questionnaire:
    return questionnaires["low_back"]


class TestInstruments:
    def test_all_are_offered_for_the_low_back(self, low_back: Questionnaire) -> None:
        assert [instrument.code for instrument in low_back.instruments] == INSTRUMENTS

    def test_the_thoracic_spine_gets_only_what_was_made_for_it(self, questionnaires: dict[str, Questionnaire]) -> None:
        for name in ("mid_back", "upper_back"):
            codes = [instrument.code for instrument in questionnaires[name].instruments]
            assert codes == ["nprs", "psk", "orebro", "gpe"]

    @pytest.mark.parametrize(("code", "score", "low", "high"), RANGES)
    def test_scores_run_from_best_to_worst(
        self, code: str, score: str, low: int, high: int, low_back: Questionnaire
    ) -> None:
        instrument = low_back.instrument(code)
        assert instrument.compute(_answers(instrument, worst=False))[score] == low
        assert instrument.compute(_answers(instrument, worst=True))[score] == high
        assert (instrument.score(score).minimum, instrument.score(score).maximum) == (low, high)

    @pytest.mark.parametrize("code", CANNOT_MISS_ONE)
    def test_one_missing_answer_makes_the_total_not_computable(self, code: str, low_back: Questionnaire) -> None:
        instrument = low_back.instrument(code)
        total = instrument.scores[0]
        answers = _answers(instrument, worst=True)
        del answers[total.items[0]]
        assert total.code not in instrument.compute(answers)

    @pytest.mark.parametrize("code", INSTRUMENTS)
    def test_nothing_answered_is_not_zero(self, code: str, low_back: Questionnaire) -> None:
        assert low_back.instrument(code).compute({}) == {}

    @pytest.mark.parametrize("code", INSTRUMENTS)
    def test_scores_rest_on_a_source(self, code: str, low_back: Questionnaire) -> None:
        for score in low_back.instrument(code).scores:
            assert score.backing.sources
            assert score.backing.evidence
            assert all(threshold.backing.sources for threshold in score.relevant_change)

    def test_odi_leaves_out_one_missing_topic(self, low_back: Questionnaire) -> None:
        odi = low_back.instrument("odi")
        answers = {f"odi_{number}": 3 for number in range(1, 10)}
        assert odi.compute(answers)["odi"] == 60
        del answers["odi_1"]
        assert "odi" not in odi.compute(answers)

    @pytest.mark.parametrize(
        ("score", "band"), [(20, "minimal"), (22, "moderate"), (60, "clear"), (62, "severe"), (82, "extreme")]
    )
    def test_odi_bands(self, score: int, band: str, low_back: Questionnaire) -> None:
        assert low_back.instrument("odi").compute({"odi_entered": score})["odi_band"] == band

    def test_psk_is_the_mean_of_the_chosen_activities(self, low_back: Questionnaire) -> None:
        psk = low_back.instrument("psk")
        assert psk.compute({"psk_1": 8})["psk_mean"] == 8
        assert psk.compute({"psk_1": 8, "psk_2": 5})["psk_mean"] == 6.5

    def test_psk_claims_no_relevant_change(self, low_back: Questionnaire) -> None:
        assert low_back.instrument("psk").score("psk_mean").relevant_change == ()

    @pytest.mark.parametrize(("duration", "points"), [("up_to_1_week", 1), ("months_3_6", 7), ("over_1_year", 10)])
    def test_orebro_counts_the_duration(self, duration: str, points: int, low_back: Questionnaire) -> None:
        orebro = low_back.instrument("orebro")
        answers = _answers(orebro, worst=False) | {"orebro_1": duration}
        assert orebro.compute(answers)["orebro"] == points

    @pytest.mark.parametrize(("total", "band"), [(49, "lower"), (50, "raised")])
    def test_orebro_raised_risk_begins_at_50(self, total: int, band: str, low_back: Questionnaire) -> None:
        assert low_back.instrument("orebro").compute({"orebro_entered": total})["orebro_band"] == band


class TestStartBack:
    @pytest.mark.parametrize(
        ("yes", "bothersome", "risk"),
        [
            ((1, 2, 3), "moderately", "low"),
            ((1, 2, 3, 4), "moderately", "medium"),
            ((5, 6, 7), "moderately", "low"),
            ((5, 6, 7), "very_much", "high"),
            ((5, 6, 7, 8), "slightly", "high"),
            ((1, 5, 6, 7), "not_at_all", "medium"),
            ((1, 2, 3, 4, 5, 6), "extremely", "medium"),
        ],
    )
    def test_risk_group(self, yes: tuple[int, ...], bothersome: str, risk: str, low_back: Questionnaire) -> None:
        answers: dict[str, Any] = {f"start_back_{number}": number in yes for number in range(1, 9)}
        scores = low_back.instrument("start_back").compute(answers | {"start_back_9": bothersome})
        assert scores["start_back_risk"] == risk

    def test_a_low_total_from_paper_needs_no_subscale(self, low_back: Questionnaire) -> None:
        scores = low_back.instrument("start_back").compute({"start_back_total_entered": 3})
        assert scores == {"start_back_total": 3, "start_back_risk": "low"}

    def test_a_higher_total_from_paper_does(self, low_back: Questionnaire) -> None:
        start_back = low_back.instrument("start_back")
        assert "start_back_risk" not in start_back.compute({"start_back_total_entered": 4})
        both = {"start_back_total_entered": 6, "start_back_psychosocial_entered": 4}
        assert start_back.compute(both)["start_back_risk"] == "high"
