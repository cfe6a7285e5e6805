"""The whole intake page as a value: its sections with their forms, and what is still needed."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from intake.actions import last_bulk
from intake.domain.instruments import Instrument
from intake.domain.items import Item
from intake.domain.progress import Asked, missing
from intake.domain.questionnaire import Section
from intake.forms.sections import SectionForm
from intake.models import DIAGNOSIS_ITEM, DiagnosisCode, Intake

EVERYTHING = "everything"


def shown_before(posted: Iterable[str]) -> dict[str, Any]:
    """What the parts of a posted form showed before they were filled in: a value, or None, by item code.

    What is unreadable counts as not shown.
    """
    shown: dict[str, Any] = {}
    for part in posted:
        with suppress(ValueError):
            read = json.loads(part)
            shown |= read if isinstance(read, dict) else {}
    return shown


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

        Questions one click away are on the page when the code of their section or of their instrument is among
        `opened`, or `EVERYTHING` is; those of an instrument also when it was answered.
        """
        self.intake = intake
        self.answers = intake.answers()
        self.opened = {*opened, *self._answered_instruments()}
        self.required = intake.required()
        self.missing = missing(self.required, self.answers)
        self.stamps = stamps_of(intake)
        self.together = {stored.section: len(last_bulk(stored.answers)) for stored in intake.sections.all()}
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

    def form_of(self, section: str) -> SectionForm:
        """The form of the section with this code. Raises `KeyError`."""
        return {form.section.code: form for form in self.forms}[section]

    def _form(self, asked: Asked, data: QueryDict | None) -> SectionForm:
        """The form of one section: as the page asks it now, or with the questions that the posted page asked."""
        section, content = asked.section, self.intake.questionnaire_version.content_hash
        if data is None or f"shown_{section.code}" not in data:
            folded = [item for item in asked.more if not item.instrument or item.instrument in self.opened]
            more = [item for item in folded if self._is_opened(section, item)]
            return SectionForm(
                section,
                core=asked.core,
                more=more,
                closed=len(folded) - len(more),
                together=self.together.get(section.code, 0),
                recorded=self.answers,
                stamps=self.stamps,
                content=content,
            )
        shown = shown_before(data.getlist(f"shown_{section.code}"))
        items = [item for item in section.items if item.code in shown]
        return SectionForm(section, core=items, recorded=shown, data=data)

    def _is_opened(self, section: Section, item: Item) -> bool:
        return bool(self.opened & {section.code, item.instrument or section.code, EVERYTHING})

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


def stamps_of(intake: Intake) -> dict[str, str]:
    """What is particular about how an answer was recorded, in words, by item code; most answers have nothing to say.

    Said is what was recorded in one go, what came from the patient, and what somebody else than the author recorded.
    The intake that is read back gives who and when for every answer.
    """
    together = Counter(answer["at"] for answer in intake.recorded.values() if answer["how"] == "bulk")
    found = {code: stamp(one, together[one["at"]], str(intake.author_id)) for code, one in intake.recorded.items()}
    return {code: words for code, words in found.items() if words}


def stamp(answer: Mapping[str, Any], together: int, author: str) -> str:
    """What is particular about how an answer was recorded; `together` is how many were recorded in the same go."""
    who = {"at": f"{localtime(dt.datetime.fromisoformat(answer['at'])):%d-%m %H:%M}", "name": answer["name"]}
    if together > 1 and answer["how"] == "bulk":
        return _("in one go with %(others)s others, %(at)s, %(name)s") % {"others": together - 1, **who}
    if answer["how"] == "patient":
        return _("prepared by the patient, taken over %(at)s, %(name)s") % who
    return "" if answer["by"] == author else _("%(at)s, %(name)s") % who
