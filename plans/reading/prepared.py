"""What patients prepare, in words: the pages for the patient, and what is offered to the therapist."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from intake.domain.items import Item
from intake.domain.prepared import Page, asked_pages, offered_findings
from intake.domain.text import Text
from intake.models import Intake, PatientLink
from plans.reading.words import answer_in_words, language
from practice.models import PracticeSettings


@dataclass(frozen=True, slots=True)
class CallAdvice:
    """What a patient is told to do when the answers cannot wait."""

    emergency: bool
    phone: str


def call_advice(link: PatientLink) -> CallAdvice | None:
    """Whether the patient must call, and whom; None when no alarm about this link waits for a contact."""
    alarm = link.alarms.open().first()
    if alarm is None:
        return None
    return CallAdvice(alarm.is_emergency, link.episode.location.phone or PracticeSettings.objects.current().phone)


def pages_of(link: PatientLink) -> tuple[Page, ...]:
    """The pages that have something to ask this patient now."""
    questionnaire = link.questionnaire_version.questionnaire
    findings = offered_findings(link.answers(), link.context(timezone.now()), questionnaire)
    return asked_pages(questionnaire, findings)


def prepared_overview(link: PatientLink) -> list[dict[str, Any]]:
    """What the patient answered, by section, in plain words, each with the page to change it on."""
    answers, overview = link.answers(), {}
    for page in pages_of(link):
        part = overview.setdefault(page.section.code, {"title": page.section.patient.title, "rows": [], "skipped": 0})
        for item in page.items:
            if item.code in answers:
                part["rows"].append(_plain_row(item, answers[item.code], page.number))
            else:
                part["skipped"] += 1
        part.setdefault("page", page.number)
    return list(overview.values())


def _plain_row(item: Item, value: Any, page: int) -> dict[str, Any]:
    labels = {choice.code: choice.plain.in_language(language()) for choice in item.choices}
    if item.choices:
        words = ", ".join(labels.get(code, code) for code in (value if isinstance(value, list) else [value]))
    else:
        words = answer_in_words(item, value)
    return {"question": item.patient.label, "answer": words, "page": page}


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """One answer that a patient offers, beside what is recorded."""

    code: str
    label: str
    answer: str
    recorded: str
    state: str
    alarming: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision: it is not recorded as it was offered, and was not set aside."""
        return self.state in ("new", "differs")


@dataclass(frozen=True, slots=True)
class OfferedSection:
    """What a patient offers in one section of an intake."""

    code: str
    title: Text
    link: PatientLink
    saved_at: dt.datetime
    rows: tuple[OfferedRow, ...]

    @property
    def open(self) -> list[OfferedRow]:
        """The answers that wait for a decision."""
        return [row for row in self.rows if row.is_open]


def offered_sections(intake: Intake) -> list[OfferedSection]:
    """What the patient of this intake prepared by the last link with answers, by section; empty when nothing was."""
    link = intake.episode.patient_links.filter(prepared__isnull=False).distinct().order_by("-sent_at").first()
    if link is None:
        return []
    parts = list(link.prepared.all())
    offered = {code: given["value"] for part in parts for code, given in part.answers.items()}
    aside = {code for part in parts for code in part.dismissed}
    saved_at = max(part.saved_at for part in parts)
    found = []
    for section in intake.questionnaire.sections:
        rows = tuple(_offered_row(intake, item, offered, aside) for item in section.items if item.code in offered)
        if rows:
            found.append(OfferedSection(section.code, section.title, link, saved_at, rows))
    return found


def _offered_row(intake: Intake, item: Item, offered: Mapping[str, Any], aside: set[str]) -> OfferedRow:
    value, recorded = offered[item.code], intake.answers()
    return OfferedRow(
        code=item.code,
        label=item.label.in_language(language()),
        answer=answer_in_words(item, value),
        recorded=answer_in_words(item, recorded[item.code]) if item.code in recorded else "",
        state=_offered_state(item.code, value, recorded, aside),
        alarming=item.red_flag and value is True,
    )


def _offered_state(code: str, value: Any, recorded: Mapping[str, Any], aside: set[str]) -> str:
    """new, differs (something else is recorded), taken_over (the same is recorded) or set_aside."""
    if code in recorded and recorded[code] == value:
        return "taken_over"
    if code in aside:
        return "set_aside"
    return "differs" if code in recorded else "new"
