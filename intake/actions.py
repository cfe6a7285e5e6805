"""Every write on intakes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.domain.body_chart import CollisionError, merged
from intake.domain.items import Item
from intake.domain.progress import unasked_yes_no
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problem
from intake.models import (
    Addendum,
    DiagnosisCode,
    Intake,
    Measurement,
    QuestionnaireVersion,
    SectionAnswers,
)
from intake.policies import check_addendum, check_write
from patients.models import Episode
from patients.policies import Refused
from practice import audit
from practice.models import Staff


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    """What the screening said when the intake was completed, handed down by the app that has the rules."""

    urgency: str
    protocol: str


class StaleSection(Exception):
    """Somebody saved this section meanwhile: nothing was overwritten."""

    def __init__(self, stored: SectionAnswers, conflicting: Mapping[str, tuple[Any, Any]]) -> None:
        """`conflicting` gives, for each item code that differs, the stored value and the value just sent."""
        super().__init__(stored.section)
        self.stored = stored
        self.conflicting = conflicting


class Incomplete(Exception):
    """The intake cannot be completed yet."""

    def __init__(self, missing: Sequence[Item], problems: Sequence[Problem]) -> None:
        """`missing` are required items without an answer; `problems` say what is wrong with which answer."""
        super().__init__("incomplete")
        self.missing = missing
        self.problems = problems


@transaction.atomic
def start(*, episode: Episode, questionnaire_version: QuestionnaireVersion, by: Staff, now: dt.datetime) -> Intake:
    """Start an intake, or go on with the draft this person already has for the episode."""
    draft = Intake.objects.drafts().filter(episode=episode, author=by).first()
    if draft:
        return draft
    intake = Intake.objects.create(
        episode=episode,
        questionnaire_version=questionnaire_version,
        author=by,
        started_at=now,
        date=localtime(now).date(),
    )
    _log(intake, by=by, event="intake_started", action="C", now=now)
    return intake


@transaction.atomic
def change_questionnaire(
    *, intake: Intake, questionnaire_version: QuestionnaireVersion, by: Staff, now: dt.datetime
) -> None:
    """Go on with another questionnaire (the complaint turns out to be elsewhere); every answer is kept."""
    check_write(intake, by)
    intake.questionnaire_version = questionnaire_version
    intake.save(update_fields=["questionnaire_version"])
    _log(intake, by=by, event="intake_questionnaire_changed", action="U", now=now)


@transaction.atomic
def save_section(
    *,
    intake: Intake,
    section: str,
    values: Mapping[str, Any],
    base: Mapping[str, Any],
    by: Staff,
    now: dt.datetime,
    how: str = "single",
) -> SectionAnswers:
    """Store what was answered in one section. A value of None takes the answer back: not asked.

    Odd values are kept as they were typed; completing the intake refuses them. `base` is what the form showed before
    it was filled in. Raises `StaleSection` when somebody gave an item that is sent now another value meanwhile, and
    stores nothing.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    values, base = _with_charts_merged(intake, stored, values, base)
    _refuse_conflicts(stored, values, base)
    stored.answers = _merged(stored.answers, values, by=by, now=now, how=how)
    stored.version += 1
    stored.saved_at, stored.saved_by = now, by
    stored.save()
    Intake.objects.filter(pk=intake.pk).update(last_section=section)
    _log(intake, by=by, event="intake_section_saved", action="U", now=now, detail=section)
    return stored


def _locked_section(intake: Intake, section: str, by: Staff, now: dt.datetime) -> SectionAnswers:
    """The stored section, locked until the transaction ends; made when it was never saved."""
    stored, _created = SectionAnswers.objects.select_for_update().get_or_create(
        intake=intake, section=section, defaults={"saved_at": now, "saved_by": by}
    )
    return stored


def _with_charts_merged(
    intake: Intake, stored: SectionAnswers, values: Mapping[str, Any], base: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """These values and what the form showed, with each body chart merged region by region with what is stored.

    A chart on which the same region was drawn differently meanwhile stays as it was sent.
    """
    new_values, new_base = dict(values), dict(base)
    for code in intake.questionnaire.body_charts.keys() & values.keys():
        held = stored.answers.get(code, {}).get("value")
        try:
            new_values[code] = merged(base.get(code), held, values[code])
        except CollisionError:
            continue
        new_base[code] = held
    return new_values, new_base


def _refuse_conflicts(stored: SectionAnswers, values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    """Raise `StaleSection` when a stored value is neither what the form showed nor what is sent now."""
    held = {code: answer["value"] for code, answer in stored.answers.items()}
    conflicting = {
        code: (held.get(code), value)
        for code, value in values.items()
        if held.get(code) != value and held.get(code) != base.get(code)
    }
    if conflicting:
        raise StaleSection(stored, conflicting)


def _merged(
    held: Mapping[str, Any], values: Mapping[str, Any], *, by: Staff, now: dt.datetime, how: str
) -> dict[str, Any]:
    """The answers of a section after these values: an unchanged value keeps who recorded it and when."""
    merged = dict(held)
    for code, value in values.items():
        if value is None:
            merged.pop(code, None)
        elif code not in merged or merged[code]["value"] != value:
            merged[code] = {"value": value, "by": str(by.pk), "name": by.name, "at": now.isoformat(), "how": how}
    return merged


@transaction.atomic
def record_rest_as_no(*, intake: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Record "asked: no" for every yes/no item of the section that was not asked yet; give back their codes.

    Only items that the page shows are recorded; what was answered stays as it is. Each answer says that it was
    recorded in one go.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    parts = [part for part in intake.asked() if part.section.code == section]
    codes = [code for part in parts for code in unasked_yes_no(part, intake.answers())]
    stored.answers = _merged(stored.answers, dict.fromkeys(codes, False), by=by, now=now, how="bulk")
    stored.version += 1
    stored.saved_at, stored.saved_by = now, by
    stored.save()
    _log(intake, by=by, event="intake_rest_recorded_as_no", action="U", now=now, detail=f"{section}: {len(codes)}")
    return codes


def check_complete(intake: Intake) -> None:
    """Raise `Incomplete` unless every required item is answered and every answer is within its bounds."""
    missing, problems = intake.missing(), intake.problems()
    if missing or problems:
        raise Incomplete(missing, problems)


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
    _store_measurements(intake, by=by)
    intake.save()
    _log(intake, by=by, event="intake_completed", action="U", now=now)


def _store_measurements(intake: Intake, *, by: Staff) -> None:
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
                by=by,
            )


@transaction.atomic
def add_addendum(*, intake: Intake, text: str, by: Staff, now: dt.datetime) -> Addendum:
    """Add a correction to a completed intake; what was recorded stays readable."""
    check_addendum(intake)
    if not text.strip():
        raise Refused(_("Write what is corrected or added."))
    addendum = Addendum.objects.create(intake=intake, text=text.strip(), by=by, at=now)
    _log(intake, by=by, event="intake_addendum_added", action="C", now=now)
    return addendum


@transaction.atomic
def mark_entered_in_error(*, intake: Intake, by: Staff, now: dt.datetime) -> None:
    """Take a draft back that belongs to the wrong patient or should not exist; it stays on record as such."""
    check_write(intake, by)
    intake.status = "entered_in_error"
    intake.save(update_fields=["status"])
    _log(intake, by=by, event="intake_entered_in_error", action="U", now=now)


@transaction.atomic
def publish_questionnaire(*, questionnaire: Questionnaire, now: dt.datetime) -> bool:
    """Add this version of a questionnaire and publish it; whether anything was new.

    A version that exists is never altered: the same version with other content is refused.
    """
    known = QuestionnaireVersion.objects.filter(code=questionnaire.code, version=questionnaire.version).first()
    if known:
        _refuse_altered(known, questionnaire)
        return False
    QuestionnaireVersion.objects.filter(code=questionnaire.code, status="published").update(status="retired")
    QuestionnaireVersion.objects.create(
        code=questionnaire.code,
        version=questionnaire.version,
        region=questionnaire.region,
        title={"nl": questionnaire.title.nl, "en": questionnaire.title.en},
        content=questionnaire.content,
        content_hash=questionnaire.hash,
        status="published",
        loaded_at=now,
    )
    return True


@transaction.atomic
def load_diagnosis_codes(*, codes: Mapping[str, str]) -> int:
    """Make these the diagnosis codes that intakes may use; give back how many. Older codes stay readable."""
    if not codes:
        raise Refused(_("The list has no codes."))
    DiagnosisCode.objects.exclude(code__in=list(codes)).update(is_current=False)
    DiagnosisCode.objects.bulk_create(
        [DiagnosisCode(code=code, description=description, is_current=True) for code, description in codes.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["description", "is_current"],
    )
    return len(codes)


def _refuse_altered(known: QuestionnaireVersion, questionnaire: Questionnaire) -> None:
    """Raise when a published version would get other content."""
    if known.content_hash != questionnaire.hash:
        raise Refused(
            _("%(code)s version %(version)s is published already with other content. Give it a new version.")
            % {"code": known.code, "version": known.version}
        )


def _log(intake: Intake, *, by: Staff, event: str, action: str, now: dt.datetime, detail: str = "") -> None:
    """Write one event about this intake to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=intake.episode.patient_id,
        object_type="intake",
        object_id=intake.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
