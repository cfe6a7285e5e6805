"""What an intake may take over from an earlier one of the same patient. Pure.

Content says which questions may be copied, such as history, medication, work and sport: never a red flag, a score, a
finding or a conclusion. Only what was answered with something is offered: a "no" of then is not a "no" of now.
"""

from collections.abc import Collection, Mapping
from typing import Any

from intake.domain.findings import validate
from intake.domain.items import Item
from intake.domain.questionnaire import Questionnaire

COPIED, CONFIRMED = "copied", "copied_confirmed"


def copyable(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    earlier: Questionnaire,
    earlier_answers: Mapping[str, Any],
    hidden: Collection[str] = (),
) -> dict[str, dict[str, Any]]:
    """The earlier answers that may be taken over, by section and code: to questions without an answer now.

    A question that is `hidden` now is left out, as is an answer that it does not allow any more.
    """
    allowed, _problems = validate(earlier_answers, questionnaire)
    found: dict[str, dict[str, Any]] = {}
    for section in questionnaire.sections:
        values = {
            item.code: earlier_answers[item.code]
            for item in section.items
            if item.code in allowed.keys() - answers.keys() - set(hidden) and _may_be_copied(item, earlier)
        }
        told = {code: value for code, value in values.items() if _says_something(questionnaire.items[code], value)}
        if told:
            found[section.code] = told
    return found


def _may_be_copied(item: Item, earlier: Questionnaire) -> bool:
    """Whether both versions of a question let its answer be copied."""
    then = earlier.items.get(item.code)
    return then is not None and all(one.carry_over and not one.red_flag for one in (item, then))


def _says_something(item: Item, value: Any) -> bool:
    """Whether an answer is more than "no" or "none of these"."""
    nothing = {choice.code for choice in item.choices if choice.exclusive}
    return value is not False and not (isinstance(value, list | tuple) and nothing & set(value))
