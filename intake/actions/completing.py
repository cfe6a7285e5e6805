"""The end of a draft: what it still lacks, what is frozen with it, and what is added afterwards."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from intake.actions.writing import log
from intake.domain.items import Item
from intake.domain.reading import Problem
from intake.models import Addendum, Intake, Measurement
from intake.policies import check_addendum, check_write
from patients.policies import Refused
from practice.models import Staff


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    """What the screening said when the intake was completed, handed down by the app that has the rules."""

    urgency: str
    protocol: str


class Incomplete(Exception):
    """The intake cannot be completed yet."""

    def __init__(self, missing: Sequence[Item], problems: Sequence[Problem], unconfirmed: Sequence[Item] = ()) -> None:
        """`missing` are required items without an answer; `problems` say what is wrong with which answer.

        `unconfirmed` are items whose answer was copied from an earlier intake and not confirmed yet.
        """
        super().__init__("incomplete")
        self.missing = missing
        self.problems = problems
        self.unconfirmed = unconfirmed


def check_complete(intake: Intake) -> None:
    """Raise `Incomplete` unless all that is required is answered, each answer is possible and each copy confirmed."""
    missing, problems, unconfirmed = intake.missing(), intake.problems(), intake.unconfirmed()
    if missing or problems or unconfirmed:
        raise Incomplete(missing, problems, unconfirmed)


@transaction.atomic
def complete(*, intake: Intake, screening: ScreeningResult, reason: str, by: Staff, now: dt.datetime) -> None:
    """Complete the intake: its answers, derived findings and searchable columns are frozen together."""
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    check_write(intake, by)
    check_complete(intake)
    findings = intake.findings()
    intake.frozen_findings = findings.to_json()
    intake.region = intake.questionnaire.region
    weeks = findings.get("weeks_since_onset")
    intake.weeks_since_onset = float(weeks) if isinstance(weeks, int | float) else None
    intake.urgency, intake.protocol = screening.urgency, screening.protocol
    intake.status, intake.completed_at, intake.completed_by = "completed", now, by
    intake.completed_with_reason = reason
    _store_measurements(intake, by=by, now=now)
    intake.save()
    log(intake, by=by, event="intake_completed", action="U", now=now)


def _store_measurements(intake: Intake, *, by: Staff, now: dt.datetime) -> None:
    """One measurement for each instrument of the questionnaire that was answered."""
    answers = intake.answers()
    for instrument in intake.questionnaire.instruments:
        items = {item.code: answers[item.code] for item in instrument.all_items if item.code in answers}
        if items:
            Measurement.objects.create(
                episode=intake.episode,
                intake=intake,
                instrument=instrument.code,
                instrument_version=instrument.version,
                items=items,
                scores=instrument.compute(answers),
                moment="intake",
                taken_on=intake.date,
                recorded_at=now,
                by=by,
            )


@transaction.atomic
def add_addendum(*, intake: Intake, text: str, by: Staff, now: dt.datetime) -> Addendum:
    """Add a correction to a completed intake; what was recorded stays readable."""
    check_addendum(intake)
    if not text.strip():
        raise Refused(_("Write what is corrected or added."))
    addendum = Addendum.objects.create(intake=intake, text=text.strip(), by=by, at=now)
    log(intake, by=by, event="intake_addendum_added", action="C", now=now)
    return addendum
