"""What a patient prepares by a link, and what becomes of it: taken over into the intake, or set aside."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from intake.actions.recording import save_section
from intake.actions.writing import log, log_link
from intake.models import Intake, PatientLink, PreparedAnswers, QuestionnaireVersion
from intake.policies import check_offered, check_prepare, check_write
from practice.models import Staff


@transaction.atomic
def choose_prepared_questionnaire(
    *, link: PatientLink, questionnaire_version: QuestionnaireVersion, now: dt.datetime
) -> None:
    """Let the patient say where the complaint is. Answers given so far are kept."""
    link = _prepared_link(link, now)
    link.questionnaire_version = questionnaire_version
    link.save(update_fields=["questionnaire_version"])
    log_link(link, event="patient_chose_region", action="U", now=now)


@transaction.atomic
def save_prepared_section(
    *, link: PatientLink, section: str, values: Mapping[str, Any], now: dt.datetime
) -> PreparedAnswers:
    """Keep what the patient answered of one section. A value of None takes the answer back."""
    link = _prepared_link(link, now)
    stored, _created = PreparedAnswers.objects.select_for_update().get_or_create(
        link=link, section=section, defaults={"saved_at": now}
    )
    stored.answers = _offered(stored.answers, values, now)
    stored.version += 1
    stored.saved_at = now
    stored.save()
    log_link(link, event="patient_answers_saved", action="U", now=now, detail=section)
    return stored


def _prepared_link(link: PatientLink, now: dt.datetime) -> PatientLink:
    """The link as it is now, locked until the transaction ends. Raises `Refused` when it cannot be used any more."""
    fresh = PatientLink.objects.select_for_update().get(pk=link.pk)
    check_prepare(fresh, now)
    return fresh


def _offered(held: Mapping[str, Any], values: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """What a patient offers after these values: an unchanged one keeps its moment."""
    offered = {code: given for code, given in held.items() if values.get(code, given["value"]) is not None}
    for code, value in values.items():
        if value is not None and offered.get(code, {}).get("value") != value:
            offered[code] = {"value": value, "at": now.isoformat()}
    return offered


@transaction.atomic
def finish_prepared(*, link: PatientLink, now: dt.datetime) -> None:
    """Hand the answers to the practice: the link stops working and the answers do not change any more."""
    link = _prepared_link(link, now)
    link.finished_at = now
    link.save(update_fields=["finished_at"])
    log_link(link, event="patient_answers_finished", action="U", now=now)


@transaction.atomic
def confirm_prepared(
    *, intake: Intake, link: PatientLink, section: str, codes: Iterable[str], by: Staff, now: dt.datetime
) -> list[str]:
    """Take these offered answers of a section over into the intake; give back the codes of what was recorded.

    Each is recorded as by the patient, confirmed by `by`. What was not offered, or not by this patient, is left out.
    """
    check_write(intake, by)
    check_offered(intake, link)
    known = {item.code for part in intake.questionnaire.sections if part.code == section for item in part.items}
    offered = {code: value for code, value in link.answers().items() if code in known}
    values = {code: offered[code] for code in codes if code in offered}
    save_section(intake=intake, section=section, values=values, base=intake.answers(), by=by, now=now, how="patient")
    log(intake, by=by, event="prepared_answers_confirmed", action="U", now=now, detail=f"{section}: {len(values)}")
    return list(values)


@transaction.atomic
def dismiss_prepared(
    *, intake: Intake, link: PatientLink, section: str, codes: Iterable[str], by: Staff, now: dt.datetime
) -> None:
    """Set these offered answers of a section aside; they stay on record as offered and are recorded nowhere."""
    check_write(intake, by)
    check_offered(intake, link)
    chosen = set(codes)
    for stored in PreparedAnswers.objects.select_for_update().filter(link=link):
        aside = {code: {"by": str(by.pk), "at": now.isoformat()} for code in chosen & stored.answers.keys()}
        if aside:
            stored.dismissed = {**stored.dismissed, **aside}
            stored.save(update_fields=["dismissed"])
    log(intake, by=by, event="prepared_answers_dismissed", action="U", now=now, detail=f"{section}: {len(chosen)}")
