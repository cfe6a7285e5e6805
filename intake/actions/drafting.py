"""The draft of an intake: started, carried over to another questionnaire, or taken back as entered in error."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.timezone import localtime

from intake.actions.writing import log, store_section
from intake.domain.carrying_over import Unfit, told
from intake.models import AnswerSetAside, Intake, QuestionnaireVersion, SectionAnswers
from intake.policies import check_write
from patients.models import Episode
from practice.models import Staff


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
    log(intake, by=by, event="intake_started", action="C", now=now)
    return intake


@transaction.atomic
def change_questionnaire(
    *, intake: Intake, questionnaire_version: QuestionnaireVersion, by: Staff, now: dt.datetime
) -> None:
    """Go on with another questionnaire: a newer version, or that of another region.

    Each answer moves to the section that asks it. One that does not fit any more is set aside with its reason, and
    comes back with a questionnaire that it fits.
    """
    intake = Intake.objects.select_for_update().select_related("questionnaire_version").get(pk=intake.pk)
    check_write(intake, by)
    carried = intake.carried_over_to(questionnaire_version)
    _set_aside(intake, carried.unfit)
    recorded = {one.section: one for one in intake.sections.select_for_update()}
    for section, answers in {**{section: {} for section in recorded}, **carried.sections}.items():
        held = recorded.get(section)
        if (held.answers if held else {}) != answers:
            store_section(held or SectionAnswers(intake=intake, section=section), dict(answers), by=by, now=now)
    intake.questionnaire_version = questionnaire_version
    intake.save(update_fields=["questionnaire_version"])
    detail = f"{len(carried.unfit)} set aside"
    log(intake, by=by, event="intake_questionnaire_changed", action="U", now=now, detail=detail)


def _set_aside(intake: Intake, unfit: Mapping[str, Unfit]) -> None:
    """Make these the answers that are set aside. One that was set aside before keeps the words it had then."""
    items, recorded = intake.questionnaire.items, intake.recorded
    stays = unfit.keys() - recorded.keys()
    intake.set_aside.exclude(code__in=stays).delete()
    for code in unfit.keys() & recorded.keys():
        label, words = told(code, items.get(code), recorded[code]["value"])
        AnswerSetAside.objects.create(
            intake=intake,
            code=code,
            answer=recorded[code],
            label=label.to_json(),
            words=words.to_json(),
            asked_in=str(intake.questionnaire_version),
            why=unfit[code].value,
        )


@transaction.atomic
def mark_entered_in_error(*, intake: Intake, by: Staff, now: dt.datetime) -> None:
    """Take a draft back that belongs to the wrong patient or should not exist; it stays on record as such."""
    check_write(intake, by)
    intake.status = "entered_in_error"
    intake.save(update_fields=["status"])
    log(intake, by=by, event="intake_entered_in_error", action="U", now=now)
