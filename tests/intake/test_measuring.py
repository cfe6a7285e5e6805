"""Outcome measures after the intake: what is recorded, what is refused, and what never changes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from intake import actions
from intake.actions import Taken
from intake.models import Intake, LaterChart, Measurement
from patients.policies import Refused
from practice.models import AccessEvent
from tests.factories.intake import IntakeFactory
from tests.factories.practice import StaffFactory
from tests.intake.test_intakes import completed, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]

CHART = {"low_back_left": {"kinds": ["pain"], "intensity": 4}}


@pytest.fixture
def intake() -> Intake:
    """A completed intake with a pain score and two activities."""
    draft = IntakeFactory()
    saved(draft, "complaint", {"pain_chart": CHART | {"calf_left": {"kinds": ["pain"]}}})
    two = {"psk_1_activity": "tillen", "psk_1": 7, "psk_2_activity": "zitten", "psk_2": 5}
    saved(draft, "measurements", {"nprs": 6} | two)
    return completed(draft)


@pytest.fixture
def measure(intake: Intake) -> Callable[..., list[Measurement]]:
    def take(answers: dict[str, Any], *, days: int = 0, **fields: Any) -> list[Measurement]:
        now = timezone.now() + dt.timedelta(days=days)
        taken = Taken(on=timezone.localdate(now), answers=answers, **fields)
        return actions.measure(intake=intake, taken=taken, by=intake.author, now=now)

    return take


def later(instrument: str) -> Measurement:
    return Measurement.objects.filter(intake=None, instrument=instrument).latest("recorded_at")


def test_a_measurement_keeps_its_answers_and_scores(measure: Callable) -> None:
    measure({"nprs": 3, "psk_1": 4, "psk_2": 2}, days=7)
    assert later("nprs").scores == {"nprs": 3}
    assert later("psk").scores == {"psk_mean": 3}
    assert later("psk").moment == "interim"


def test_what_the_patient_named_is_kept_with_the_new_answers(measure: Callable) -> None:
    measure({"psk_1": 4, "psk_2": 2}, days=7)
    assert later("psk").items["psk_2_activity"] == "zitten"


def test_an_activity_that_is_left_out_makes_the_mean_not_computable(measure: Callable) -> None:
    measure({"psk_1": 4}, days=7)
    assert later("psk").scores == {}


def test_an_instrument_without_an_answer_is_not_measured(measure: Callable) -> None:
    measure({"nprs": 3}, days=7)
    assert {one.instrument for one in Measurement.objects.filter(intake=None)} == {"nprs"}


def test_a_final_measurement_says_so(measure: Callable) -> None:
    measure({"nprs": 1}, days=7, final=True)
    assert later("nprs").moment == "final"


def test_an_empty_chart_says_that_nothing_is_felt_and_no_chart_says_nothing(measure: Callable) -> None:
    measure({"nprs": 3}, days=7)
    assert not LaterChart.objects.exists()
    measure({}, days=8, chart={})
    assert LaterChart.objects.get().chart == {}


@pytest.mark.parametrize(
    ("answers", "fields", "reason"),
    [
        ({}, {}, "Nothing is filled in"),
        ({"nprs": 11}, {}, "not within what is possible"),
        ({"nprs": "zes"}, {}, "not within what is possible"),
        ({}, {"chart": {"moon": {"kinds": []}}}, "does not fit the figure"),
    ],
)
def test_what_cannot_be_kept_is_refused_as_a_whole(
    measure: Callable, answers: dict[str, Any], fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        measure(answers, days=7, **fields)
    assert not Measurement.objects.filter(intake=None).exists()
    assert not LaterChart.objects.exists()


@pytest.mark.parametrize(("days", "reason"), [(1, "in the future"), (-1, "before the intake")])
def test_a_measurement_lies_between_the_intake_and_today(intake: Intake, days: int, reason: str) -> None:
    taken = Taken(on=timezone.localdate() + dt.timedelta(days=days), answers={"nprs": 3})
    with pytest.raises(Refused, match=reason):
        actions.measure(intake=intake, taken=taken, by=intake.author, now=timezone.now())


def test_a_draft_and_a_closed_episode_are_not_measured(intake: Intake, measure: Callable) -> None:
    intake.episode.closed_on = timezone.localdate()
    with pytest.raises(Refused, match="closed"):
        measure({"nprs": 3})
    draft = IntakeFactory()
    with pytest.raises(Refused, match="Complete the intake first"):
        actions.measure(
            intake=draft, taken=Taken(timezone.localdate(), {"nprs": 3}), by=draft.author, now=timezone.now()
        )


def test_the_access_log_tells_of_it_and_holds_no_score(intake: Intake, measure: Callable) -> None:
    measure({"nprs": 3}, days=1)
    event = AccessEvent.objects.get(event="measured_again")
    assert event.patient_id == str(intake.episode.patient_id)
    assert event.detail == ""


def test_measured_again_on_one_day_both_stay_and_the_last_is_asked_from(intake: Intake, measure: Callable) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(days=3), tick=True):
        measure({"nprs": 3})
        measure({"nprs": 4})
    assert Measurement.objects.filter(intake=None).count() == 2
    assert intake.earlier_answers(intake.questionnaire.instrument("nprs")) == {"nprs": 4}


@pytest.mark.parametrize("table", ["measurement", "laterchart"])
def test_the_database_refuses_to_change_what_was_measured(measure: Callable, table: str) -> None:
    measure({"nprs": 3}, days=1, chart=CHART)
    for what in (f"UPDATE intake_{table} SET taken_on = '2020-01-01'", f"DELETE FROM intake_{table}"):  # noqa: S608
        with pytest.raises(IntegrityError, match="does_not_change"), transaction.atomic():
            connection.cursor().execute(what)


def test_who_reads_no_clinical_content_sees_no_measurement(measure: Callable) -> None:
    measure({"nprs": 3}, days=1, chart=CHART)
    desk = StaffFactory(roles=["front_desk"])
    assert not Measurement.objects.visible_to(desk).exists()
    assert not LaterChart.objects.visible_to(desk).exists()
