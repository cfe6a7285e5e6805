"""What patients are asked before their visit: plain questions, a few to a page. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.findings import Context, Findings, derive, validate
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire, Section, Visibility

QUESTIONS_ON_A_PAGE = 4  # what a phone shows without losing the thread


@dataclass(frozen=True, slots=True)
class Page:
    """One page for patients: at most a few questions of one section."""

    number: int
    section: Section
    items: tuple[Item, ...]

    @property
    def has_chart(self) -> bool:
        """Whether it asks to draw on a body chart."""
        return any(item.kind is ItemKind.BODY_CHART for item in self.items)


def pages(questionnaire: Questionnaire) -> tuple[Page, ...]:
    """Every page that this questionnaire has for patients, numbered from 1, in the order of the sections.

    A question that hangs on an answer stands on a later page than the question it hangs on.
    """
    for_patients = [section for section in questionnaire.sections if section.patient]
    parts = [(section, part) for section in for_patients for part in _parts(section)]
    return tuple(Page(number, section, part) for number, (section, part) in enumerate(parts, start=1))


def _parts(section: Section) -> Iterable[tuple[Item, ...]]:
    part: list[Item] = []
    for item in section.items:
        if item.patient is None:
            continue
        if part and _starts_page(item, part):
            yield tuple(part)
            part = []
        part.append(item)
    if part:
        yield tuple(part)


def _starts_page(item: Item, part: list[Item]) -> bool:
    """Whether a question cannot stand on the page of these: it is full, or one of them needs a page of its own."""
    charted = any(each.kind is ItemKind.BODY_CHART for each in (item, *part))
    return charted or len(part) == QUESTIONS_ON_A_PAGE or _hangs_on(item, part)


def _hangs_on(item: Item, part: Iterable[Item]) -> bool:
    return item.ask_when is not None and not item.ask_when.codes().isdisjoint(other.code for other in part)


def offered_findings(answers: Mapping[str, Any], context: Context, questionnaire: Questionnaire) -> Findings:
    """What is known from these answers of a patient alone; an answer out of bounds counts for nothing."""
    values, _problems = validate(answers, questionnaire)
    return derive(values, context, questionnaire)


def asked_on(page: Page, questionnaire: Questionnaire, findings: Findings) -> tuple[Item, ...]:
    """The questions of a page that are asked, given findings; one that hangs on an unknown answer is not."""
    visibility = questionnaire.visibility(findings)
    return tuple(item for item in page.items if visibility[item.code] is Visibility.SHOWN)


def asked_pages(questionnaire: Questionnaire, findings: Findings) -> tuple[Page, ...]:
    """The pages that have something to ask, given findings, each with the questions it asks."""
    filled = ((page, asked_on(page, questionnaire, findings)) for page in pages(questionnaire))
    return tuple(Page(page.number, page.section, items) for page, items in filled if items)
