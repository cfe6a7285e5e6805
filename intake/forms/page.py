"""The whole intake page as a value: its sections with their forms, and what is still needed."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from intake.actions import last_bulk
from intake.domain.copying import CONFIRMED
from intake.domain.instruments import Instrument
from intake.domain.items import Item
from intake.domain.progress import NOT_EXAMINED, Asked, missing
from intake.domain.questionnaire import Section
from intake.forms.sections import SectionActs, SectionForm
from intake.models import DiagnosisCode, Intake
from intake.models.intakes import DIAGNOSIS_ITEM

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
        self.intake, self.data = intake, data
        self.answers = intake.answers()
        self.opened = {*opened, *self._answered_instruments()}
        self.together = {stored.section: len(last_bulk(stored.answers)) for stored in intake.sections.all()}

    @cached_property
    def asked(self) -> list[Asked]:
        """The questions of every section that stand on the page or are one click away."""
        return [without_diagnosis_code(part, self.answers) for part in self.intake.asked()]

    @cached_property
    def required(self) -> tuple[Item, ...]:
        """The questions that must be answered."""
        return self.intake.required()

    @cached_property
    def missing(self) -> tuple[Item, ...]:
        """Those of them that have no answer yet."""
        return missing(self.required, self.answers)

    @cached_property
    def stamps(self) -> dict[str, str]:
        """What is particular about how an answer was recorded, by item code."""
        return stamps_of(self.intake, self.intake.recorded)

    def stamps_for(self, codes: Collection[str]) -> dict[str, str]:
        """The same for some items only; those of which nothing is to be said get an empty text."""
        return dict.fromkeys(codes, "") | stamps_of(self.intake, self.intake.recorded.keys() & codes)

    @cached_property
    def forms(self) -> list[SectionForm]:
        """The form of every section, in the order of the page."""
        return [self._form(part.section, part) for part in self.asked]

    @property
    def done(self) -> int:
        """How many of the required items are recorded."""
        return len(self.required) - len(self.missing)

    def statuses(self) -> list[dict[str, Any]]:
        """For each section: its title, how many required items it has and how many of those are missing."""
        return [self._status(section) for section in self.intake.questionnaire.sections]

    def changed(self) -> list[SectionForm]:
        """The posted forms in which somebody changed something."""
        posted = [self._posted(section) for section in self.intake.questionnaire.sections if self._has_posted(section)]
        return [form for form in posted if form.changed_values()]

    def form_of(self, section: str) -> SectionForm:
        """The form of the section with this code. Raises `KeyError`."""
        part = self._part(section)
        return self._form(part.section, part)

    def acts_of(self, section: str) -> SectionActs:
        """What can be done to many lines of the section with this code at once. Raises `KeyError`."""
        part = self._part(section)
        opened, _folded = self._opened_and_folded(part)
        return self._acts(part.section, [*part.core, *opened])

    def posted_codes(self, section: str) -> list[str]:
        """The codes of the questions of this section that were posted."""
        return list(shown_before(self.data.getlist(f"shown_{section}"))) if self.data else []

    def _has_posted(self, section: Section) -> bool:
        return self.data is not None and f"shown_{section.code}" in self.data

    def _posted(self, section: Section) -> SectionForm:
        """The form of one section with the questions that the posted page asked."""
        shown = shown_before(self.data.getlist(f"shown_{section.code}"))
        items = [item for item in section.items if item.code in shown]
        return SectionForm(section, core=items, recorded=shown, data=self.data, **self._asking)

    def _form(self, section: Section, asked: Asked) -> SectionForm:
        """The form of one section: with the questions that the posted page asked, or as the page asks it now."""
        if self._has_posted(section):
            return self._posted(section)
        opened, folded = self._opened_and_folded(asked)
        return SectionForm(
            section,
            core=asked.core,
            more=opened,
            folded=folded,
            acts=self._acts(section, [*asked.core, *opened]),
            recorded=self.answers,
            stamps=self.stamps,
            content=self.intake.questionnaire_version.content_hash,
            **self._asking,
        )

    def _part(self, section: str) -> Asked:
        return {part.section.code: part for part in self.asked}[section]

    def _opened_and_folded(self, part: Asked) -> tuple[list[Item], list[Item]]:
        """The questions that were opened by a click, and those that wait for one; not of a closed instrument."""
        opened: list[Item] = []
        folded: list[Item] = []
        for item in part.more:
            if not item.instrument or item.instrument in self.opened:
                (opened if self._is_opened(part.section, item) else folded).append(item)
        return opened, folded

    def _acts(self, section: Section, items: list[Item]) -> SectionActs:
        return SectionActs(section, items, self.intake.recorded.keys(), self.together.get(section.code, 0))

    @property
    def _asking(self) -> dict[str, Any]:
        return {"region": self.intake.questionnaire.region, "today": self.intake.date}

    def form_with(self, part: Asked, items: Iterable[Item]) -> SectionForm:
        """A form of some questions of a section with what is recorded."""
        return SectionForm(part.section, core=items, recorded=self.answers, **self._asking)

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


def stamps_of(intake: Intake, codes: Iterable[str]) -> dict[str, str]:
    """What is particular about how answers were recorded, in words, by item code; most of them have nothing to say.

    Said is what was recorded in one go, what came from the patient, and what somebody else than the author recorded.
    The intake that is read back gives who and when for every answer.
    """
    together = Counter(answer["at"] for answer in intake.recorded.values() if answer["how"] == "bulk")
    author, recorded = str(intake.author_id), intake.recorded
    found = {code: stamp(recorded[code], together[recorded[code]["at"]], author) for code in codes}
    return {code: words for code, words in found.items() if words}


def stamp(answer: Mapping[str, Any], together: int, author: str) -> str:
    """What is particular about how an answer was recorded; `together` is how many were recorded in the same go."""
    if answer["by"] == author and answer["how"] == "single" and "from" not in answer:
        return ""
    who = {"at": f"{localtime(dt.datetime.fromisoformat(answer['at'])):%d-%m %H:%M}", "name": answer["name"]}
    if together > 1 and answer["how"] == "bulk":
        return _("in one go with %(others)s others, %(at)s, %(name)s") % {"others": together - 1, **who}
    if answer["how"] == NOT_EXAMINED:
        return _("not examined, %(at)s, %(name)s") % who
    if "from" in answer:
        return _copied(answer, who)
    if answer["how"] == "patient":
        return _("prepared by the patient, taken over %(at)s, %(name)s") % who
    return "" if answer["by"] == author else _("%(at)s, %(name)s") % who


def _copied(answer: Mapping[str, Any], who: Mapping[str, str]) -> str:
    """That an answer comes from an earlier intake, and whether it was confirmed since."""
    on = f"{dt.date.fromisoformat(answer['from']['on']):%d-%m-%Y}"
    if answer["how"] == CONFIRMED:
        return _("copied from the intake of %(on)s, confirmed %(at)s, %(name)s") % {"on": on, **who}
    return _("copied from the intake of %(on)s, not confirmed yet") % {"on": on}
