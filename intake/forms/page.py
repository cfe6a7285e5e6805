"""The whole intake page as a value: its sections with their forms, and what is still needed."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from intake.domain.instruments import Instrument
from intake.domain.progress import Asked
from intake.domain.questionnaire import Section
from intake.forms.sections import SectionForm
from intake.models import DIAGNOSIS_ITEM, DiagnosisCode, Intake


def shown_before(posted: str) -> dict[str, Any]:
    """What a posted form showed before it was filled in: a value, or None, by item code. Empty when unreadable."""
    try:
        shown = json.loads(posted)
    except ValueError:
        return {}
    return shown if isinstance(shown, dict) else {}


def without_diagnosis_code(part: Asked, answers: dict[str, Any]) -> Asked:
    """The same questions, less the one for a diagnosis code where the practice loaded no list of them."""
    codes = {item.code for item in (*part.core, *part.more)}
    if DIAGNOSIS_ITEM not in codes or DIAGNOSIS_ITEM in answers or DiagnosisCode.objects.current().exists():
        return part
    return replace(
        part,
        core=tuple(item for item in part.core if item.code != DIAGNOSIS_ITEM),
        more=tuple(item for item in part.more if item.code != DIAGNOSIS_ITEM),
    )


class IntakePage:
    """The sections of one draft intake, with the form of each."""

    def __init__(self, intake: Intake, data: QueryDict | None = None, opened: Iterable[str] = ()) -> None:
        """With `data`, the forms hold what was posted; else what is recorded.

        An optional instrument is on the page when it was answered, or when its code is among `opened`.
        """
        self.intake = intake
        self.answers = intake.answers()
        self.opened = {*opened, *self._answered_instruments()}
        self.required = intake.required()
        self.missing = intake.missing()
        self.asked = [without_diagnosis_code(part, self.answers) for part in intake.asked()]
        self.forms = [self._form(asked, data) for asked in self.asked]

    @property
    def done(self) -> int:
        """How many of the required items are recorded."""
        return len(self.required) - len(self.missing)

    def statuses(self) -> list[dict[str, Any]]:
        """For each section: its title, how many required items it has and how many of those are missing."""
        return [self._status(form.section) for form in self.forms]

    def changed(self) -> list[SectionForm]:
        """The posted forms in which somebody changed something."""
        return [form for form in self.forms if form.is_bound and form.changed_values()]

    def _form(self, asked: Asked, data: QueryDict | None) -> SectionForm:
        """The form of one section: as the page asks it now, or with the questions that the posted page asked."""
        section = asked.section
        if data is None or f"shown_{section.code}" not in data:
            more = [item for item in asked.more if not item.instrument or item.instrument in self.opened]
            return SectionForm(section, core=asked.core, more=more, recorded=self.answers)
        shown = shown_before(data[f"shown_{section.code}"])
        items = [item for item in section.items if item.code in shown]
        return SectionForm(section, core=items, more=(), recorded=shown, data=data)

    def _answered_instruments(self) -> set[str]:
        items = self.intake.questionnaire.items
        return {items[code].instrument for code in self.answers if code in items and items[code].instrument}

    def closed_instruments(self) -> list[Instrument]:
        """The instruments that have questions which are not on the page yet."""
        closed = {
            item.instrument
            for asked in self.asked
            for item in asked.more
            if item.instrument and item.instrument not in self.opened
        }
        return [instrument for instrument in self.intake.questionnaire.instruments if instrument.code in closed]

    def _status(self, section: Section) -> dict[str, Any]:
        codes = {item.code for item in section.items}
        required = [item for item in self.required if item.code in codes]
        open_items = [item for item in self.missing if item.code in codes]
        return {"section": section, "required": len(required), "open": len(open_items)}
