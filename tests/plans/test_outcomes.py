"""Measuring on the way, and what the plan then says of its outcome."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake import actions as intake_actions
from intake.actions import Taken
from intake.models import LaterChart, Measurement
from intake.templatetags.outcome_graph import spread
from patients.models import Episode
from plans.models import Plan
from practice.models import Staff
from tests.factories.plans import adopted, suggested
from tests.factories.practice import StaffFactory
from tests.screens import text

pytestmark = pytest.mark.django_db

CHART = {"low_back_left": {"kinds": ["pain"], "intensity": 7}, "calf_left": {"kinds": ["pain"]}}
START = {
    "nprs": 7,
    "psk_1_activity": "tillen",
    "psk_1": 8,
    "psk_2_activity": "zitten",
    "psk_2": 4,
    "pain_chart": CHART,
}


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"], language="nl")


@pytest.fixture
def client(therapist: Staff) -> Client:
    client = Client()
    client.force_login(therapist)
    return client


@pytest.fixture
def plan(therapist: Staff) -> Plan:
    """A plan after an intake of a month ago."""
    return adopted(suggested(START, author=therapist, date=timezone.localdate() - dt.timedelta(days=28)))


def address(name: str, plan: Plan) -> str:
    return reverse(name, args=[plan.pk])


def taken(plan: Plan, answers: dict[str, Any], *, days_ago: int = 0, **fields: Any) -> None:
    """Measure under this plan, so many days ago."""
    on = timezone.localdate() - dt.timedelta(days=days_ago)
    intake_actions.measure(
        intake=plan.intake, taken=Taken(on=on, answers=answers, **fields), by=plan.author, now=timezone.now()
    )


def sent(plan: Plan, **answers: Any) -> dict[str, Any]:
    return {"taken_on": timezone.localdate().isoformat(), "moment": "interim", **answers}


class TestMeasuring:
    def test_the_form_shows_the_last_value_and_fills_in_nothing(self, client: Client, plan: Plan) -> None:
        taken(plan, {"nprs": 6}, days_ago=7)
        form = client.get(address("plan_measure", plan)).context["form"]
        day = timezone.localdate() - dt.timedelta(days=7)
        assert str(form["nprs"].help_text).startswith("vorige keer 6, op ")
        assert str(day.day) in str(form["nprs"].help_text)
        assert {form[name].value() for name in ("nprs", "psk_1", "psk_2", "chart")} == {None}

    def test_an_activity_is_asked_by_its_name(self, client: Client, plan: Plan) -> None:
        form = client.get(address("plan_measure", plan)).context["form"]
        assert form.fields["psk_1"].label.endswith(": tillen")
        assert "psk_1_activity" not in form.fields
        assert "psk_3" not in form.fields

    def test_every_instrument_of_the_content_can_be_chosen(self, client: Client, plan: Plan) -> None:
        form = client.get(address("plan_measure", plan)).context["form"]
        codes = [part.instrument.code for part in form.parts]
        assert codes == [one.code for one in plan.intake.questionnaire.instruments]
        assert [part.instrument.code for part in form.parts if not part.folded] == ["nprs", "psk"]

    def test_the_result_is_said_at_once(self, client: Client, plan: Plan) -> None:
        response = client.post(address("plan_measure", plan), sent(plan, nprs=4, psk_1=5, psk_2=3), follow=True)
        said = text(response)
        assert "De meting is vastgelegd" in said
        assert "van 7 naar 4, 3 punten beter. Een relevante verandering (vanaf 30% of 2 punten" in said
        assert "van 6 naar 4, 2 punten beter. Voor deze score is geen geverifieerde drempel" in said

    def test_what_is_left_open_is_not_recorded(self, client: Client, plan: Plan) -> None:
        client.post(address("plan_measure", plan), sent(plan, nprs=0))
        assert [one.items for one in Measurement.objects.filter(intake=None)] == [{"nprs": 0}]

    def test_an_incomplete_score_is_said_to_be_not_computable(self, client: Client, plan: Plan) -> None:
        response = client.post(address("plan_measure", plan), sent(plan, psk_1=2), follow=True)
        assert "niet te berekenen: niet alles is beantwoord" in text(response)
        assert Measurement.objects.get(intake=None).scores == {}

    def test_a_chart_is_drawn_by_the_list(self, client: Client, plan: Plan) -> None:
        mark = {"chart-kinds-low_back_left": ["pain"], "chart-intensity-low_back_left": "3"}
        drawn = {"chart": ["low_back_left"], **mark}
        response = client.post(address("plan_measure", plan), sent(plan, **drawn), follow=True)
        assert LaterChart.objects.get().chart == {"low_back_left": {"kinds": ["pain"], "intensity": 3}}
        assert "2 gebieden werden er 1, niet meer onder de knie, op zijn ergst van 7 naar 3." in text(response)

    def test_nothing_felt_is_an_act_of_its_own(self, client: Client, plan: Plan) -> None:
        response = client.post(address("plan_measure", plan), sent(plan, nothing_felt="on"), follow=True)
        assert LaterChart.objects.get().chart == {}
        assert "2 gebieden werden er 0" in text(response)

    def test_the_last_drawing_is_offered_and_not_preset(self, client: Client, plan: Plan) -> None:
        page = address("plan_measure", plan)
        assert client.get(page).context["form"]["chart"].value() is None
        assert client.get(page, {"chart": "last"}).context["form"]["chart"].value() == CHART

    @pytest.mark.parametrize(
        ("posted", "field"),
        [
            ({}, None),
            ({"qbpds_entered": "veel"}, "qbpds_entered"),
            ({"nprs": 4, "taken_on": "2999-01-01"}, None),
            ({"nprs": 4, "taken_on": ""}, "taken_on"),
            ({"nprs": 40}, "nprs"),
            ({"chart": ["low_back_left"], "nothing_felt": "on"}, "nothing_felt"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(
        self, client: Client, plan: Plan, posted: dict[str, Any], field: str | None
    ) -> None:
        response = client.post(address("plan_measure", plan), sent(plan) | posted)
        assert response.status_code == 422
        assert response.context["form"].errors.keys() == {field or "__all__"}
        assert not Measurement.objects.filter(intake=None).exists()
        assert not LaterChart.objects.exists()

    def test_a_folded_instrument_with_a_mistake_is_open(self, client: Client, plan: Plan) -> None:
        response = client.post(address("plan_measure", plan), sent(plan, qbpds_entered="veel"))
        assert "qbpds" in [part.instrument.code for part in response.context["form"].parts if not part.folded]

    def test_a_closed_episode_has_nothing_to_measure(self, client: Client, plan: Plan) -> None:
        ended = {"closed_on": timezone.localdate(), "closed_by": plan.author, "close_reason": "other"}
        Episode.objects.filter(pk=plan.episode_id).update(**ended)
        assert client.get(address("plan_measure", plan)).url == address("plan", plan)
        assert address("plan_measure", plan) not in client.get(address("plan", plan)).content.decode()


class TestThePlan:
    def test_before_anything_is_measured_again(self, client: Client, plan: Plan) -> None:
        response = client.get(address("plan", plan))
        assert "Sinds de intake is niets gemeten." in text(response)
        assert {one.course.score.code for one in response.context["courses"]} == {"nprs", "psk_mean"}
        assert "Nog niet opnieuw getekend." in text(response)

    def test_the_graph_has_its_words(self, client: Client, plan: Plan) -> None:
        taken(plan, {"nprs": 5}, days_ago=14)
        taken(plan, {"nprs": 4})
        page = client.get(address("plan", plan)).content.decode()
        (summary,) = re.findall(r'role="img" aria-label="(NPRS[^"]*)"', page)
        assert re.search(r"lager is beter: .* 7, .* 5, .* 4\. relevant vanaf 5\. doel 2\.", summary)
        for words in ("begin 7", "relevant vanaf 5", "doel 2", "nu 4"):
            assert f">{words}</text>" in page

    def test_a_goal_has_then_now_and_target(self, client: Client, plan: Plan) -> None:
        taken(plan, {"nprs": 4})
        (goal,) = client.get(address("plan", plan)).context["goal_rows"]
        assert (goal.goal.baseline, goal.now, goal.goal.target) == (5, 4, 2)
        assert goal.way == pytest.approx(0.33)

    def test_a_score_that_was_not_computable_is_a_gap(self, client: Client, plan: Plan) -> None:
        taken(plan, {"psk_1": 7, "psk_2": 4}, days_ago=21)
        taken(plan, {"psk_1": 6}, days_ago=14)
        taken(plan, {"psk_1": 5, "psk_2": 3}, days_ago=7)
        page = client.get(address("plan", plan)).content.decode()
        graph = page[page.index('aria-label="PSK') :]
        graph = graph[: graph.index("</svg>")]
        assert graph.count("<polyline") == 1
        assert graph.count("outcome-dot") == 3
        assert graph.count("outcome-gap") == 1
        assert "niet te berekenen" in graph[: graph.index(">")]

    def test_of_one_day_the_last_measurement_counts(self, client: Client, plan: Plan) -> None:
        taken(plan, {"nprs": 9}, days_ago=7)
        taken(plan, {"nprs": 3}, days_ago=7)
        courses = client.get(address("plan", plan)).context["courses"]
        assert [point.value for point in courses[0].course.points] == [7, 3]

    def test_a_region_of_the_figure_is_drawn_then_and_now(self, client: Client, plan: Plan) -> None:
        taken(plan, {}, chart={"calf_left": {"kinds": ["numbness"]}})
        chart = client.get(address("plan", plan)).context["chart"]
        assert (chart.before, chart.now) == (CHART, {"calf_left": {"kinds": ["numbness"]}})

    def test_a_manager_reads_the_plan_without_what_was_measured(self, plan: Plan) -> None:
        taken(plan, {"nprs": 4}, chart=CHART)
        manager = Client()
        manager.force_login(StaffFactory(roles=["manager"]))
        response = manager.get(address("plan", plan))
        assert response.status_code == 200
        assert response.context["courses"] == []
        assert response.context["chart"] is None or response.context["chart"].now is None
        assert '<svg class="outcome-graph"' not in response.content.decode()
        assert "body-figure" not in response.content.decode()


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([], []),
        ([50], [50]),
        ([50, 50, 50], [50, 60, 70]),
        ([95, 98, 100], [80, 90, 100]),
        ([0, 50], [10, 50]),
    ],
)
def test_words_beside_a_graph_never_stand_over_each_other(wanted: list[float], places: list[float]) -> None:
    assert spread(wanted, 10, 10, 100) == places
