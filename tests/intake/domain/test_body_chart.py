"""The body chart: what is a chart, what is read off it, how two are merged and compared."""

from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.body_chart import (
    CollisionError,
    Diagram,
    View,
    areas,
    chart_in_words,
    compare,
    marks,
    merged,
    refusal,
    tidy,
)
from intake.domain.composing import compose
from intake.domain.derived import Drawn
from intake.domain.findings import Context, contradictions, derive, findings_from_json
from intake.domain.json_schema import schema
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import ContentError
from tests.factories.intake import shipped_questionnaires

CHART = {"low_back_left": {"kinds": ["pain", "stiffness"], "intensity": 6}, "calf_left": {"kinds": ["numbness"]}}


@cache
def low_back() -> Questionnaire:
    return shipped_questionnaires()["low_back"]


@cache
def diagram() -> Diagram:
    return low_back().body_charts["pain_chart"]


@cache
def drawn_codes() -> frozenset[str]:
    return frozenset(one.code for one in low_back().derivations.derived if one.code.startswith("drawn_"))


@cache
def chart_schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(low_back())["properties"]["answers"]["properties"]["pain_chart"])


@st.composite
def charts(draw: st.DrawFn) -> dict[str, Any]:
    codes = draw(st.lists(st.sampled_from(sorted(diagram().by_code)), min_size=1, max_size=6, unique=True))
    kinds = st.lists(st.sampled_from(diagram().kind_codes), unique=True, max_size=3)
    intensities = st.one_of(st.none(), st.integers(0, 10))
    return {code: {"kinds": draw(kinds), "intensity": draw(intensities)} for code in codes}


class TestTheFigure:
    def test_every_region_on_both_sides_has_its_twin_in_the_mirror(self) -> None:
        for region in diagram().regions:
            if region.side == "middle":
                continue
            other = diagram().by_code[f"{region.base}_{'left' if region.side == 'right' else 'right'}"]
            assert (other.path, other.view, other.at[1]) == (region.path, region.view, region.at[1])
            assert other.mirrored is not region.mirrored
            assert other.at[0] + region.at[0] == diagram().width

    @pytest.mark.parametrize(
        ("code", "half"),
        [("low_back_left", "left"), ("low_back_right", "right"), ("knee_left", "right"), ("knee_right", "left")],
    )
    def test_left_and_right_are_the_patients(self, code: str, half: str) -> None:
        """Seen from behind they are where the reader's are, seen from the front the other way round."""
        region = diagram().by_code[code]
        assert (region.at[0] < diagram().width / 2) is (half == "left")
        assert region.view is (View.BACK if code.startswith("low_back") else View.FRONT)

    def test_places_of_the_pain_are_answers_to_the_question_for_them(self) -> None:
        known = {choice.code for choice in low_back().items["pain_location"].choices}
        assert {region.area for region in diagram().regions if region.area} <= known

    def test_a_finding_off_a_place_that_does_not_exist_is_refused(self) -> None:
        drawn = next(one for one in low_back().derivations.derived if isinstance(one, Drawn))
        assert drawn.misfits(diagram()) == []
        assert drawn.misfits(None) == [f"'{drawn.of}' is not a body chart"]


class TestWhatIsAChart:
    @pytest.mark.parametrize(
        ("answer", "place"),
        [
            ([], ""),
            ({}, ""),
            ({"left_ear": {"kinds": []}}, ".left_ear"),
            ({"calf_left": {}}, ".calf_left"),
            ({"calf_left": {"kinds": ["sad"]}}, ".calf_left"),
            ({"calf_left": {"kinds": ["pain", "pain"]}}, ".calf_left"),
            ({"calf_left": {"kinds": ["pain"], "intensity": 11}}, ".calf_left"),
            ({"calf_left": {"kinds": ["pain"], "intensity": True}}, ".calf_left"),
            ({"calf_left": {"kinds": ["pain"], "colour": "red"}}, ".calf_left"),
        ],
    )
    def test_what_is_none_is_refused_with_its_place(self, answer: Any, place: str) -> None:
        refused = refusal(answer, diagram())
        assert refused is not None
        assert refused[0] == place

    @given(charts())
    def test_the_schema_of_the_command_line_takes_every_chart(self, chart: dict[str, Any]) -> None:
        assert refusal(chart, diagram()) is None
        assert chart_schema().is_valid(chart)

    @given(charts())
    def test_tidying_changes_nothing_that_it_says(self, chart: dict[str, Any]) -> None:
        once = tidy(chart, diagram())
        assert tidy(once, diagram()) == once
        assert marks(once, diagram()) == marks(chart, diagram())

    def test_it_reads_region_by_region(self) -> None:
        assert chart_in_words(CHART, diagram(), "en") == [
            "Low back, left: pain, stiff (6 out of 10)",
            "Calf, left: numb",
        ]
        assert chart_in_words(CHART, diagram(), "nl")[1] == "Kuit, links: doof gevoel"
        assert areas(CHART, diagram()) == ("low_back", "lower_leg")


class TestFindings:
    def found(self, answers: dict[str, Any]) -> dict[str, Any]:
        known = derive(answers, Context(), low_back())
        return {code: known[code] for code in drawn_codes() & known.keys()}

    def test_an_untouched_chart_gives_none(self) -> None:
        assert self.found({}) == {}

    @pytest.mark.parametrize(
        ("chart", "finding"),
        [
            ({"calf_right": {"kinds": []}}, "drawn_below_knee"),
            ({"calf_right": {"kinds": ["pain"]}}, "drawn_right"),
            ({"flank_left": {"kinds": []}, "ribs_front_left": {"kinds": []}}, "drawn_band"),
            ({"saddle": {"kinds": ["numbness"]}}, "drawn_saddle_numbness"),
            ({"saddle": {"kinds": ["tingling"]}}, "drawn_saddle_numbness"),
            ({"shoulder_blade_left": {"kinds": ["pain"]}}, "drawn_upper_back"),
            ({"foot_left": {"kinds": ["weakness"]}}, "drawn_weakness"),
        ],
    )
    def test_what_is_drawn_is_found(self, chart: dict[str, Any], finding: str) -> None:
        assert self.found({"pain_chart": chart})[finding] is True

    @pytest.mark.parametrize(
        ("chart", "finding"),
        [
            ({"thigh_back_left": {"kinds": ["pain"]}}, "drawn_below_knee"),
            ({"flank_left": {"kinds": []}, "ribs_front_right": {"kinds": []}}, "drawn_band"),
            ({"saddle": {"kinds": ["pain"]}}, "drawn_saddle_numbness"),
            ({"saddle": {"kinds": []}}, "drawn_saddle_numbness"),
        ],
    )
    def test_what_is_not_drawn_stays_unknown(self, chart: dict[str, Any], finding: str) -> None:
        assert finding not in self.found({"pain_chart": chart})

    @given(charts())
    def test_a_chart_never_says_no_and_never_changes_another_finding(self, chart: dict[str, Any]) -> None:
        without = derive({}, Context(), low_back())
        known = derive({"pain_chart": chart}, Context(), low_back())
        assert {known[code] for code in drawn_codes() & known.keys()} <= {True}
        assert {code: known[code] for code in known if code not in drawn_codes() | {"pain_chart"}} == dict(without)

    @given(charts(), st.booleans())
    def test_an_answer_settles_what_is_not_drawn_and_never_takes_a_drawing_away(
        self, chart: dict[str, Any], answer: bool
    ) -> None:
        alone = self.found({"pain_chart": chart}).get("drawn_saddle_numbness")
        asked = self.found({"pain_chart": chart, "saddle_numbness": answer})["drawn_saddle_numbness"]
        assert asked is (alone is True)

    def test_a_finding_survives_being_stored(self) -> None:
        known = derive({"pain_chart": CHART}, Context(), low_back())
        assert findings_from_json(known.to_json(), low_back()) == known


class TestContradictions:
    @pytest.mark.parametrize(
        ("chart", "answers", "drawn"),
        [
            ({"saddle": {"kinds": ["numbness"]}}, {"saddle_numbness": False}, {"drawn_saddle_numbness"}),
            ({"calf_left": {"kinds": ["pain"]}}, {"radiation": ["none"]}, {"drawn_leg", "drawn_below_knee"}),
            ({"calf_left": {"kinds": ["pain"]}}, {"pain_side": "right"}, {"drawn_left"}),
            ({"calf_left": {"kinds": ["numbness"]}}, {"numbness": False}, {"drawn_numbness"}),
        ],
    )
    def test_what_is_drawn_and_denied_is_named(self, chart: Any, answers: dict[str, Any], drawn: set[str]) -> None:
        known = derive({"pain_chart": chart, **answers}, Context(), low_back())
        found = contradictions(known)
        assert {one.drawn.code for one in found} == drawn
        assert {code for one in found for code in one.answers} == set(answers)

    @given(charts())
    def test_a_chart_alone_contradicts_nothing(self, chart: dict[str, Any]) -> None:
        assert contradictions(derive({"pain_chart": chart}, Context(), low_back())) == ()


class TestMerging:
    @given(charts(), charts())
    def test_what_one_changed_is_kept_beside_what_the_other_changed(
        self, one: dict[str, Any], other: dict[str, Any]
    ) -> None:
        rest = {code: mark for code, mark in other.items() if code not in one}
        assert merged({}, one, rest) == {**one, **rest}
        assert merged({**one, **rest}, one, {**one, **rest}) == one
        assert merged(one, one, None) is None

    def test_a_region_drawn_differently_twice_collides(self) -> None:
        with pytest.raises(CollisionError):
            merged({}, {"calf_left": {"kinds": ["pain"]}}, {"calf_left": {"kinds": ["numbness"]}})


class TestComparing:
    @pytest.mark.parametrize(
        ("now", "nl", "en"),
        [
            (
                {"low_back_left": {"kinds": ["pain"], "intensity": 3}},
                "2 gebieden werden er 1, niet meer onder de knie, op zijn ergst van 6 naar 3.",
                "2 regions became 1, no longer below the knee, at its worst from 6 to 3.",
            ),
            (CHART, "dezelfde 2 gebieden, op zijn ergst nog 6.", "the same 2 regions, at its worst still 6."),
            (
                {"neck_left": {"kinds": []}, "foot_left": {"kinds": []}},
                "nog 2 gebieden, op een andere plaats.",
                "still 2 regions, in another place.",
            ),
            ({}, "2 gebieden werden er 0, niet meer onder de knie.", "2 regions became 0, no longer below the knee."),
        ],
    )
    def test_the_difference_is_one_sentence(self, now: dict[str, Any], nl: str, en: str) -> None:
        difference = compare(CHART, now, diagram())
        assert (difference.sentence("nl"), difference.sentence("en")) == (nl, en)

    @given(charts(), charts())
    def test_what_is_gone_and_what_is_new_account_for_the_numbers(
        self, before: dict[str, Any], now: dict[str, Any]
    ) -> None:
        there, back = compare(before, now, diagram()), compare(now, before, diagram())
        assert there.now == there.before - len(there.gone) + len(there.added)
        assert (there.gone, there.added) == (back.added, back.gone)


def test_a_chart_without_its_diagram_is_refused() -> None:
    content = {**low_back().content, "diagrams": {}}
    with pytest.raises(ContentError, match="there is no diagram 'body'"):
        compose(content)
