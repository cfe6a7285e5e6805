"""Outcome measures taken again: what is asked, what can be computed, and what a change says."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.instruments import Change, Direction, Instrument, Score, Threshold, ThresholdKind
from intake.domain.measuring import (
    Course,
    Point,
    ScoreChange,
    asked_again,
    attained,
    measured,
    relevant_from,
    subjects,
    verified_thresholds,
)
from intake.domain.reading import Backing, Evidence
from tests.factories.intake import shipped_questionnaires

LOW_BACK = shipped_questionnaires()["low_back"]
NPRS, PSK, GPE = (LOW_BACK.instrument(code) for code in ("nprs", "psk", "gpe"))
PAIN, ACTIVITIES = NPRS.score("nprs"), PSK.score("psk_mean")
TWO = {"psk_1_activity": "tillen", "psk_1": 7, "psk_2_activity": "zitten", "psk_2": 5}
SCORES = [(one, score) for one in LOW_BACK.instruments for score in one.scores]


def codes(instrument: Instrument, earlier: dict[str, Any]) -> list[str]:
    return [item.code for item in asked_again(instrument, earlier)]


class TestAskingAgain:
    def test_a_text_is_the_subject_of_the_question_after_it(self) -> None:
        assert subjects(PSK) == {"psk_1": "psk_1_activity", "psk_2": "psk_2_activity", "psk_3": "psk_3_activity"}
        assert subjects(NPRS) == {}

    @pytest.mark.parametrize(
        ("instrument", "earlier", "asked"),
        [
            (NPRS, {"nprs": 6}, ["nprs"]),
            (NPRS, {"nprs": 6, "nprs_worst": 8}, ["nprs", "nprs_worst"]),
            (NPRS, {}, ["nprs"]),
            (PSK, TWO, ["psk_1", "psk_2"]),
            (PSK, {"psk_1_activity": "tillen"}, ["psk_1"]),
            (PSK, {"psk_1": 7}, ["psk_1"]),
            (PSK, {}, ["psk_1_activity", "psk_1"]),
            (GPE, {}, ["gpe_change"]),
        ],
    )
    def test_what_was_answered_is_asked_and_what_was_named_is_kept(
        self, instrument: Instrument, earlier: dict[str, Any], asked: list[str]
    ) -> None:
        assert codes(instrument, earlier) == asked

    @pytest.mark.parametrize("instrument", LOW_BACK.instruments, ids=lambda one: one.code)
    def test_an_instrument_that_was_never_taken_can_be_taken(self, instrument: Instrument) -> None:
        assert set(codes(instrument, {})) & {code for score in instrument.scores for code in score.items}


class TestComputing:
    def test_the_mean_of_fewer_activities_than_were_named_is_not_computable(self) -> None:
        assert measured(PSK, TWO) == {"psk_mean": 6}
        assert measured(PSK, {code: value for code, value in TWO.items() if code != "psk_2"}) == {}

    def test_nothing_answered_is_never_zero(self) -> None:
        for instrument in LOW_BACK.instruments:
            assert measured(instrument, {}) == {}

    @given(st.sets(st.sampled_from(sorted(TWO))), st.integers(0, 10))
    def test_a_score_is_the_instruments_own_or_none(self, known: set[str], value: int) -> None:
        answers = {code: TWO[code] if isinstance(TWO[code], str) else value for code in known}
        assert measured(PSK, answers) in ({}, PSK.compute(answers))


def change(score: Score, before: float | None, now: float | None) -> ScoreChange:
    instrument = next(one for one, own in SCORES if own.code == score.code)
    return ScoreChange(score, instrument.direction, before, now)


class TestSaying:
    @pytest.mark.parametrize(
        ("score", "before", "now", "nl", "en"),
        [
            (
                PAIN,
                7,
                4,
                (
                    "NPRS (gemiddelde van 24 uur): van 7 naar 4, 3 punten beter. "
                    "Een relevante verandering (vanaf 30% of 2 punten; Ostelo et al. 2008)."
                ),
                (
                    "NPRS (mean of 24 hours): from 7 to 4, 3 points better. "
                    "A relevant change (from 30% or 2 points; Ostelo et al. 2008)."
                ),
            ),
            (
                PAIN,
                7,
                6,
                (
                    "NPRS (gemiddelde van 24 uur): van 7 naar 6, 1 punt beter. "
                    "Geen relevante verandering (vanaf 30% of 2 punten; Ostelo et al. 2008)."
                ),
                (
                    "NPRS (mean of 24 hours): from 7 to 6, 1 point better. "
                    "Not a relevant change (from 30% or 2 points; Ostelo et al. 2008)."
                ),
            ),
            (
                PAIN,
                4,
                7,
                (
                    "NPRS (gemiddelde van 24 uur): van 4 naar 7, 3 punten slechter. "
                    "Een relevante verandering (vanaf 30% of 2 punten; Ostelo et al. 2008)."
                ),
                (
                    "NPRS (mean of 24 hours): from 4 to 7, 3 points worse. "
                    "A relevant change (from 30% or 2 points; Ostelo et al. 2008)."
                ),
            ),
            (
                ACTIVITIES,
                7,
                5.5,
                (
                    "PSK, gemiddelde van de gekozen activiteiten: van 7 naar 5,5, 1,5 punten beter. "
                    "Voor deze score is geen geverifieerde drempel voor een relevante verandering."
                ),
                (
                    "PSK, mean of the chosen activities: from 7 to 5.5, 1.5 points better. "
                    "For this score there is no verified threshold of a relevant change."
                ),
            ),
            (
                ACTIVITIES,
                7,
                None,
                "PSK, gemiddelde van de gekozen activiteiten: niet te berekenen: niet alles is beantwoord.",
                "PSK, mean of the chosen activities: not computable: not all was answered.",
            ),
            (
                PAIN,
                None,
                3,
                "NPRS (gemiddelde van 24 uur): 3. Er is geen beginscore.",
                "NPRS (mean of 24 hours): 3. There is no score of the start.",
            ),
        ],
    )
    def test_a_change_is_said_against_its_threshold(
        self, score: Score, before: float | None, now: float | None, nl: str, en: str
    ) -> None:
        found = change(score, before, now)
        assert found.sentence("nl", LOW_BACK.sources) == nl
        assert found.sentence("en", LOW_BACK.sources) == en

    def test_a_score_that_stands_still_is_not_better(self) -> None:
        assert "nog steeds 5." in change(PAIN, 5, 5).sentence("nl", LOW_BACK.sources)

    @pytest.mark.parametrize("evidence", [None, Evidence.UNVERIFIED, Evidence.PROPOSAL])
    def test_a_threshold_that_nobody_verified_calls_nothing_relevant(self, evidence: Evidence | None) -> None:
        guess = Threshold(ThresholdKind.ABSOLUTE, 1, Backing(("ostelo_2008",), evidence))
        score = replace(PAIN, relevant_change=(guess,))
        found = ScoreChange(score, Direction.LOWER_IS_BETTER, 9, 1)
        assert found.verdict is Change.NOT_COMPUTABLE
        assert "geen geverifieerde drempel" in found.sentence("nl", LOW_BACK.sources)
        assert relevant_from(score, Direction.LOWER_IS_BETTER, 9) is None

    @pytest.mark.parametrize(("instrument", "score"), SCORES, ids=lambda one: one.code)
    def test_every_threshold_of_the_content_names_a_source_that_is_known(
        self, instrument: Instrument, score: Score
    ) -> None:
        for threshold in score.relevant_change:
            assert set(threshold.backing.sources) <= LOW_BACK.sources.keys()


directions = st.sampled_from(list(Direction))
values = st.integers(0, 100)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """A score from 0 to 100 with some thresholds, verified or not."""
    kinds, evidence = st.sampled_from(list(ThresholdKind)), st.sampled_from([None, *Evidence])
    made = st.builds(
        lambda kind, value, how: Threshold(kind, value, Backing(("ostelo_2008",), how)),
        kinds,
        st.integers(1, 100),
        evidence,
    )
    return replace(PAIN, minimum=0, maximum=100, relevant_change=tuple(draw(st.lists(made, max_size=3))))


class TestLaws:
    @given(scores(), directions, values, values)
    def test_there_and_back_is_as_much_better_as_worse(
        self, score: Score, direction: Direction, before: int, now: int
    ) -> None:
        there, back = ScoreChange(score, direction, before, now), ScoreChange(score, direction, now, before)
        assert there.better == -(back.better or 0)

    @given(scores(), directions, values, values)
    def test_relevant_is_only_said_with_a_verified_threshold(
        self, score: Score, direction: Direction, before: int, now: int
    ) -> None:
        found = ScoreChange(score, direction, before, now)
        assert (found.verdict is Change.NOT_COMPUTABLE) is not bool(verified_thresholds(score))

    @given(scores(), directions, values, values)
    def test_the_line_of_the_graph_parts_what_the_sentence_calls_relevant(
        self, score: Score, direction: Direction, before: int, now: int
    ) -> None:
        line = relevant_from(score, direction, before)
        beyond = line is not None and (now <= line if direction is Direction.LOWER_IS_BETTER else now >= line)
        assert (ScoreChange(score, direction, before, now).verdict is Change.IMPROVED) is beyond

    @given(scores(), directions, values, values, st.integers(0, 50))
    def test_further_in_the_good_direction_is_never_less_relevant(
        self, score: Score, direction: Direction, before: int, now: int, further: int
    ) -> None:
        more = now - further if direction is Direction.LOWER_IS_BETTER else now + further
        if ScoreChange(score, direction, before, now).verdict is Change.IMPROVED:
            assert ScoreChange(score, direction, before, more).verdict is Change.IMPROVED

    @given(scores(), directions, values, st.none() | values)
    def test_what_is_missing_is_never_said_to_have_changed(
        self, score: Score, direction: Direction, one: int, other: int | None
    ) -> None:
        for before, now in ((None, one), (one, None), (None, other)):
            found = ScoreChange(score, direction, before, now)
            assert found.better is None
            assert found.verdict is Change.NOT_COMPUTABLE


class TestCourse:
    def points(self, *taken: float | None) -> tuple[Point, ...]:
        return tuple(Point(dt.date(2026, 3, 1) + dt.timedelta(days=7 * n), value) for n, value in enumerate(taken))

    def test_the_last_score_that_could_be_computed_is_now(self) -> None:
        course = Course(NPRS, PAIN, self.points(7, 5, None))
        assert (course.baseline, course.now) == (7, 5)
        assert course.change.better is None

    def test_a_start_alone_has_nothing_after_it(self) -> None:
        assert Course(NPRS, PAIN, self.points(7)).latest is None


@pytest.mark.parametrize(
    ("baseline", "now", "target", "part"),
    [
        (8, 8, 2, 0),
        (8, 5, 2, 0.5),
        (8, 2, 2, 1),
        (8, 9, 2, -0.17),
        (8, None, 2, None),
        (None, 5, 2, None),
        (2, 2, 2, None),
    ],
)
def test_a_goal_is_attained_in_part(
    baseline: float | None, now: float | None, target: float | None, part: float | None
) -> None:
    assert attained(baseline, now, target) == part
