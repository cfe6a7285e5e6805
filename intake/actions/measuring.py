"""What is measured after an intake: scores, and the body chart drawn again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from intake.actions.writing import log
from intake.domain.body_chart import Chart, refusal, tidy
from intake.domain.findings import validate
from intake.domain.instruments import Instrument
from intake.domain.measuring import measured, subjects
from intake.models import Intake, LaterChart, Measurement
from intake.policies import check_measure
from patients.policies import Refused
from practice.models import Staff


@dataclass(frozen=True, slots=True)
class Taken:
    """What was measured on one day after the intake: answers by item code, and a chart unless none was drawn.

    An empty chart says that it was asked and nothing is felt anywhere; `final` that care ends with this measurement.
    """

    on: dt.date
    answers: Mapping[str, Any]
    chart: Chart | None = None
    final: bool = False


@transaction.atomic
def measure(*, intake: Intake, taken: Taken, by: Staff, now: dt.datetime) -> list[Measurement]:
    """Record outcome measures after this intake, by the instruments of its questionnaire, and perhaps a body chart.

    An instrument of which nothing was answered is not measured. What the patient named earlier, such as an activity,
    is kept with the new answers. Measured again on the same day, what was recorded last counts; nothing is replaced.
    """
    check_measure(intake, taken.on, now)
    if validate(taken.answers, intake.questionnaire)[1]:
        raise Refused(_("An answer is not within what is possible."))
    done = [
        Measurement.objects.create(
            episode=intake.episode,
            instrument=instrument.code,
            instrument_version=instrument.version,
            items=items,
            scores=measured(instrument, items),
            moment="final" if taken.final else "interim",
            taken_on=taken.on,
            recorded_at=now,
            by=by,
        )
        for instrument in intake.questionnaire.instruments
        if (items := _with_subjects(intake, instrument, taken.answers))
    ]
    if taken.chart is not None:
        _draw_again(intake, taken, by=by, now=now)
    elif not done:
        raise Refused(_("Nothing is filled in: give at least one score, or draw the body chart."))
    log(intake, by=by, event="measured_again", action="C", now=now)
    return done


def _with_subjects(intake: Intake, instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the questions of an instrument with what the patient named earlier; empty when nothing is new."""
    given = {item.code: answers[item.code] for item in instrument.all_items if item.code in answers}
    earlier = intake.earlier_answers(instrument)
    named = {text: earlier[text] for text in subjects(instrument).values() if text in earlier}
    return named | given if given else {}


def _draw_again(intake: Intake, taken: Taken, *, by: Staff, now: dt.datetime) -> None:
    """Keep a chart on the figure that this intake was drawn on."""
    diagram = intake.diagram
    chart = taken.chart or {}
    if diagram is None or (chart and refusal(chart, diagram)):
        raise Refused(_("This body chart cannot be kept: it does not fit the figure of the intake."))
    LaterChart.objects.create(
        episode=intake.episode,
        diagram=diagram.code,
        diagram_version=diagram.version,
        chart=tidy(chart, diagram),
        taken_on=taken.on,
        recorded_at=now,
        by=by,
    )
