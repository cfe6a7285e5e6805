"""Intakes in words: their answers read back, what stands in the way of completing, and the side of the page."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from intake.actions import Incomplete, StaleSection
from intake.domain.items import Item
from intake.domain.progress import NOT_EXAMINED
from intake.domain.questionnaire import Section
from intake.models import Intake
from patients.policies import Refused
from plans import actions
from plans.domain.trace import Trace, hold_of
from plans.policies import contacted_matters
from plans.reading.attention import SCREENINGS, flag_card
from plans.reading.words import answer_in_words, language, question_url, said


def read_back(intake: Intake) -> list[dict[str, Any]]:
    """Every section of an intake with its answers in words, and how many of its questions were not asked."""
    recorded = intake.recorded
    return [
        {
            "code": section.code,
            "title": section.title,
            "rows": [_row(item, recorded[item.code]) for item in section.items if item.code in recorded],
            "unasked": sum(item.code not in recorded for item in section.items),
        }
        for section in intake.questionnaire.sections
    ]


def _row(item: Item, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label.in_language(language()),
        "answer": _("Not examined") if answer["how"] == NOT_EXAMINED else answer_in_words(item, answer["value"]),
        "alarming": item.red_flag and answer["value"] is True,
        "by": answer["name"],
        "at": dt.datetime.fromisoformat(answer["at"]),
        "bulk": answer["how"] == "bulk",
        "diagram": item.diagram,
        "value": answer["value"],
        "patient": answer["how"] == "patient",
        "copied_from": dt.date.fromisoformat(answer["from"]["on"]) if "from" in answer else None,
    }


def conflict_rows(intake: Intake, conflicts: Iterable[StaleSection]) -> list[dict[str, Any]]:
    """Both values of every answer that somebody else saved meanwhile."""
    items = intake.questionnaire.items
    return [
        {
            "code": code,
            "label": items[code].label.in_language(language()),
            "url": question_url(code),
            "stored": answer_in_words(items[code], held),
            "sent": answer_in_words(items[code], sent),
            "by": conflict.stored.saved_by,
            "at": conflict.stored.saved_at,
        }
        for conflict in conflicts
        for code, (held, sent) in conflict.conflicting.items()
    ]


def missing_rows(intake: Intake, incomplete: Incomplete) -> list[dict[str, str]]:
    """What stands in the way of completing, as links: each wrong answer, and what the record still needs."""
    items = intake.questionnaire.items
    rows = [
        {
            "url": question_url(code),
            "text": _("%(question)s: check this answer, it is not within what is possible.")
            % {"question": items[code].label.in_language(language())},
        }
        for code in sorted({problem.path.split(".")[1].split("[")[0] for problem in incomplete.problems})
    ]
    rows += [
        {
            "url": question_url(item.code),
            "text": _("%(question)s: copied from an earlier intake. Confirm it, or change it.")
            % {"question": item.label.in_language(language())},
        }
        for item in incomplete.unconfirmed
    ]
    return rows + [
        {"url": line["url"], "text": _("Still needed: %(question)s") % {"question": line["label"]}}
        for line in needed(intake)
    ]


def unfit_labels(intake: Intake, codes: Iterable[str]) -> list[str]:
    """The questions of this intake whose answer would not fit another questionnaire."""
    items = intake.questionnaire.items
    return [items[code].label.in_language(language()) for code in codes if code in items and code in intake.recorded]


def summary_of(intake: Intake, missing: Collection[Item]) -> dict[str, Any]:
    """What the side of the intake page says: saved when, red flags, what is needed, the provisional suggestion.

    `missing` are the required questions that have no answer yet.
    """
    saved = max((section.saved_at for section in intake.sections.all()), default=None)
    summary = {"saved_at": saved, "needed": _lines(intake, missing), "needed_count": len(missing)}
    try:
        trace = actions.preview(intake=intake).in_short()
    except Refused as refusal:
        return summary | {"trouble": str(refusal), "flags": []}
    contacted = contacted_matters(intake)
    return summary | {
        "flags": [flag_card(flag, contacted) for flag in trace["red_flags"]],
        "screening": SCREENINGS[trace["screening"]],
        "suggestion": _provisional(trace),
        "follow_up": reverse("follow_up", args=[intake.pk]) if hold_of(trace, contacted).held else "",
    }


SPELLED_OUT = 3  # missing answers of one section up to here are named; more are counted


def needed(intake: Intake) -> list[dict[str, str]]:
    """What the record still needs, as links: a question by its name, many of one section as a number."""
    return _lines(intake, intake.missing())


def _lines(intake: Intake, missing: Iterable[Item]) -> list[dict[str, str]]:
    codes = {item.code for item in missing}
    return [line for section in intake.questionnaire.sections for line in _needed_in(section, codes)]


def _needed_in(section: Section, missing: set[str]) -> list[dict[str, str]]:
    items = [item for item in section.items if item.code in missing]
    if len(items) > SPELLED_OUT:
        title = section.title.in_language(language())
        words = _("%(section)s: %(number)s not recorded") % {"section": title, "number": len(items)}
        return [{"label": words, "url": question_url(items[0].code), "section": section.code}]
    return [
        {"label": item.label.in_language(language()), "url": question_url(item.code), "section": section.code}
        for item in items
    ]


def _provisional(trace: Trace) -> dict[str, str] | None:
    if not trace["templates"]:
        return None
    first = trace["templates"][0]
    return {"title": said(first["title"]), "detail": said(first["reasons"][0]["explanation"])}
