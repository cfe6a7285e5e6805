"""The answers of a draft, section by section: saved, recorded in one go, or copied from an earlier intake."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from intake.actions.writing import log, store_section
from intake.domain.body_chart import CollisionError, merged
from intake.domain.copying import CONFIRMED, COPIED
from intake.domain.items import Item
from intake.domain.progress import NOT_EXAMINED, rest_of
from intake.models import Intake, SectionAnswers
from intake.policies import check_copy, check_write
from practice.models import Staff

IN_ONE_GO = ("bulk", NOT_EXAMINED)


class StaleSection(Exception):
    """Somebody saved this section meanwhile: nothing was overwritten."""

    def __init__(self, stored: SectionAnswers, conflicting: Mapping[str, tuple[Any, Any]]) -> None:
        """`conflicting` gives, for each item code that differs, the stored value and the value just sent."""
        super().__init__(stored.section)
        self.stored = stored
        self.conflicting = conflicting


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
    store_section(stored, _merged(stored.answers, values, by=by, now=now, how=how), by=by, now=now)
    if intake.last_section != section:
        intake.last_section = section
        intake.save(update_fields=["last_section"])
    log(intake, by=by, event="intake_section_saved", action="U", now=now, detail=section)
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
            merged[code] = _recorded(value, by=by, now=now, how=how)
    return merged


def _recorded(value: Any, *, by: Staff, now: dt.datetime, how: str) -> dict[str, Any]:
    return {"value": value, "by": str(by.pk), "name": by.name, "at": now.isoformat(), "how": how}


@transaction.atomic
def record_rest(
    *, intake: Intake, section: str, codes: Collection[str], how: str, by: Staff, now: dt.datetime
) -> list[str]:
    """Record in one go the questions among `codes` that have no answer yet; give back their codes.

    `how` is "no" (asked: no), "unremarkable" (examined: nothing particular) or `NOT_EXAMINED`, which is no answer: what
    was not examined stays unknown. `codes` are what the page showed: what it did not show is not recorded, and what was
    answered stays as it is. Each answer says that it was recorded in one go; `take_back` undoes it.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    values = rest_of(_asked_among(codes, section, intake), stored.answers, how)
    said = NOT_EXAMINED if how == NOT_EXAMINED else "bulk"
    rest = {code: _recorded(value, by=by, now=now, how=said) for code, value in values.items()}
    store_section(stored, stored.answers | rest, by=by, now=now)
    log(intake, by=by, event="intake_rest_recorded", action="U", now=now, detail=f"{section}: {len(values)} {how}")
    return list(values)


def _asked_among(codes: Collection[str], section: str, intake: Intake) -> list[Item]:
    """The questions of a section that the page asks now, those among `codes`."""
    parts = [part for part in intake.asked() if part.section.code == section]
    return [item for part in parts for item in (*part.core, *part.more) if item.code in codes]


@transaction.atomic
def take_back(*, intake: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Take back the last lines of a section that were recorded in one go; give back their codes.

    A line that was answered anew since then stays.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    codes = last_bulk(stored.answers)
    store_section(stored, {code: one for code, one in stored.answers.items() if code not in codes}, by=by, now=now)
    log(intake, by=by, event="intake_rest_taken_back", action="U", now=now, detail=f"{section}: {len(codes)}")
    return codes


def last_bulk(answers: Mapping[str, Any]) -> list[str]:
    """The codes of what was recorded last in one go."""
    moments = {code: answer["at"] for code, answer in answers.items() if answer["how"] in IN_ONE_GO}
    return [code for code, at in moments.items() if at == max(moments.values())]


@transaction.atomic
def copy_section(*, intake: Intake, source: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Take over what the content lets one copy from an earlier intake in one section; give back the codes.

    Each answer says from which intake it is. It waits for `confirm_copied`: until then the intake is not completed.
    """
    check_write(intake, by)
    check_copy(intake, source)
    stored = _locked_section(intake, section, by, now)
    values = intake.copyable_from(source).get(section, {})
    origin = {"from": {"intake": str(source.pk), "on": source.date.isoformat()}}
    answers = _merged(stored.answers, values, by=by, now=now, how=COPIED)
    store_section(stored, answers | {code: answers[code] | origin for code in values}, by=by, now=now)
    log(intake, by=by, event="intake_section_copied", action="U", now=now, detail=f"{section}: {len(values)}")
    return list(values)


@transaction.atomic
def confirm_copied(*, intake: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Record that the copied answers of a section were gone through with the patient; give back their codes."""
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    codes = [code for code, answer in stored.answers.items() if answer["how"] == COPIED]
    stamp = {"by": str(by.pk), "name": by.name, "at": now.isoformat(), "how": CONFIRMED}
    store_section(stored, stored.answers | {code: stored.answers[code] | stamp for code in codes}, by=by, now=now)
    log(intake, by=by, event="intake_copies_confirmed", action="U", now=now, detail=f"{section}: {len(codes)}")
    return codes
