"""Going on with another version of a questionnaire, or another region: which answers fit it, and which do not. Pure.

Nothing is lost: an answer that does not fit is set aside with its reason, and comes back when a later version fits it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from intake.domain.body_chart import chart_in_words
from intake.domain.findings import validate
from intake.domain.items import Item
from intake.domain.phrases import value_in_words
from intake.domain.questionnaire import Questionnaire
from intake.domain.text import Text


class Unfit(Enum):
    """Why an answer does not fit a questionnaire."""

    NOT_ASKED = "not_asked"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Carried:
    """The answers that fit, by the section that asks them, and the reason of each that does not, by code."""

    sections: Mapping[str, Mapping[str, Any]]
    unfit: Mapping[str, Unfit]


def carried_over(recorded: Mapping[str, Mapping[str, Any]], old: Questionnaire, new: Questionnaire) -> Carried:
    """What becomes of recorded answers (each with its `value`) when an intake goes on from `old` with `new`.

    An odd value that the old version did not allow either stays as it was typed.
    """
    values = {code: answer["value"] for code, answer in recorded.items()}
    before, after = validate(values, old)[0], validate(values, new)[0]
    known = old.items.keys()
    unfit = {code: Unfit.NOT_ASKED for code, value in values.items() if code not in new.items and value is not None}
    unfit |= {
        code: Unfit.NOT_ALLOWED
        for code in new.items.keys() & values.keys() - after.keys()
        if code in before or code not in known
    }
    fitting = {
        section.code: {item.code: recorded[item.code] for item in section.items if _fits(item.code, recorded, unfit)}
        for section in new.sections
    }
    return Carried(fitting, unfit)


def _fits(code: str, recorded: Mapping[str, Any], unfit: Mapping[str, Unfit]) -> bool:
    return code in recorded and code not in unfit


def told(code: str, item: Item | None, value: Any) -> tuple[Text, Text]:
    """A question and its answer in words, to be read where the question is not known any more."""
    if item is None:
        return Text(code, code), Text(str(value), str(value))
    return item.label, Text(_in_words(item, value, "nl"), _in_words(item, value, "en"))


def _in_words(item: Item, value: Any, language: str) -> str:
    if item.diagram and isinstance(value, Mapping):
        return "; ".join(chart_in_words(value, item.diagram, language))
    return value_in_words(value, item.term if item.is_finding else None, language)
