"""What the page of an intake asks now, and what is still needed to complete it. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.conditions import Values
from intake.domain.items import Item, ItemKind, Required
from intake.domain.questionnaire import Questionnaire, Section, Visibility

EXAMINATION = "examination"  # the section of what is examined rather than asked
NOT_EXAMINED = "not_examined"  # how something is recorded that was not examined: by whom and when, without a value


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one section: those that stand on the page, and those one click away."""

    section: Section
    core: tuple[Item, ...]
    more: tuple[Item, ...]


def asked(questionnaire: Questionnaire, findings: Values, answers: Mapping[str, Any], route: str) -> tuple[Asked, ...]:
    """The questions of every section, given what is known.

    A question whose condition is false is left out, unless it was answered before. One whose condition is unknown is
    one click away, unless the record must have it.
    """
    conditional = questionnaire.conditional(findings)
    not_shown = {code for code, state in conditional.items() if state is not Visibility.SHOWN}
    left_out = {code for code in not_shown if conditional[code] is Visibility.HIDDEN} - answers.keys()
    due = {item.code for item in questionnaire.due(route)}
    on_page = questionnaire.core(findings) - not_shown | due | answers.keys()
    return tuple(_parted(section, left_out, on_page) for section in questionnaire.sections)


def _parted(section: Section, left_out: Collection[str], on_page: Collection[str]) -> Asked:
    """The questions of a section that are asked, parted into those on the page and those one click away."""
    items = [item for item in section.items if item.code not in left_out]
    core = tuple([item for item in items if item.code in on_page])
    return Asked(section, core, tuple([item for item in items if item.code not in on_page]))


def required(questionnaire: Questionnaire, findings: Values, route: str) -> tuple[Item, ...]:
    """The questions that this intake must have an answer to, in the order of the page."""
    return tuple([item for item in questionnaire.due(route) if not questionnaire.hides(item, findings)])


def missing(items: Iterable[Item], answers: Mapping[str, Any]) -> tuple[Item, ...]:
    """Those of `items` that have no answer. "No" is an answer."""
    return tuple(item for item in items if item.code not in answers)


def unremarkable(item: Item) -> Any:
    """The answer that says an examined thing is nothing particular, by the content; None where it says none.

    That is the choice `normal`, or in a set of choices the exclusive choice `none`. A yes/no question has none: its
    "no" is an answer of its own.
    """
    codes = {choice.code: choice.exclusive for choice in item.choices}
    if item.kind is ItemKind.CHOICE and "normal" in codes:
        return "normal"
    return ["none"] if item.kind is ItemKind.CHOICES and codes.get("none") else None


def denied(item: Item) -> Any:
    """The answer "asked: no" to a yes/no question; None for any other.

    None as well for what the record must have without being a red flag: each of those is a decision of its own.
    """
    decision = item.required is not Required.NEVER and not item.red_flag
    return False if item.kind is ItemKind.YES_NO and not decision else None


REST: Mapping[str, Callable[[Item], Any]] = {"no": denied, "unremarkable": unremarkable}


def rest_of(items: Iterable[Item], recorded: Collection[str], how: str) -> dict[str, Any]:
    """What recording the rest of these questions in one go gives, by code: only those of which nothing is recorded yet.

    `how` is a key of `REST`, or `NOT_EXAMINED`: that has no value, and leaves out what the record must have an answer
    to. `recorded` holds codes.
    """
    rest = [item for item in items if item.code not in recorded]
    if how == NOT_EXAMINED:
        return dict.fromkeys([item.code for item in rest if item.required is Required.NEVER])
    given = {item.code: REST[how](item) for item in rest}
    return {code: value for code, value in given.items() if value is not None}
