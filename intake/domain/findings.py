"""From answers to findings: what is known after an intake, and what is not.

Answers are plain values by question code: true or false, a choice's code, a list of choices, a number, text. An absent
answer, or None, is a question that was not asked. Findings add the context, scores and derived findings, and leave out
texts, so that conditions can be evaluated over them. A body chart becomes the set of its marks: no condition speaks of
it, derived findings are read off it.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from intake.domain.body_chart import marks, refusal
from intake.domain.conditions import Value
from intake.domain.derivations import NO_DERIVATIONS, Derivations
from intake.domain.derived import Drawn
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problem
from intake.domain.text import Text

Answers = Mapping[str, Any]


class AnswersRefusedError(ValueError):
    """Answers that the questionnaire does not allow; carries every problem with its path."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Context:
    """What is known without being asked: age in whole years at the intake, sex and route as codes; None is unknown."""

    age: int | None = None
    sex: str | None = None
    route: str | None = None

    def values(self) -> dict[str, Value]:
        given: dict[str, Value | None] = {"age": self.age, "sex": self.sex, "route": self.route}
        return {code: value for code, value in given.items() if value is not None}


class Findings(Mapping[str, Value]):
    """Known values by code; an absent code is unknown.

    `derivations` say what derived findings rest on: the answers among these values are what decides. `set_aside` are
    answers to questions that are not asked, which therefore count for nothing. `given_alone` are derived findings that
    are known without the answers they rest on; they stand for themselves. It is worked out unless it is given.
    """

    __slots__ = ("_known", "derivations", "given_alone", "set_aside")

    def __init__(
        self,
        known: Mapping[str, Value],
        derivations: Derivations = NO_DERIVATIONS,
        set_aside: frozenset[str] = frozenset(),
        given_alone: frozenset[str] | None = None,
    ) -> None:
        self._known = dict(known)
        self.derivations = derivations
        self.set_aside = set_aside
        self.given_alone = derivations.given_alone(self._known) if given_alone is None else given_alone

    def __getitem__(self, code: str) -> Value:
        return self._known[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def copy(self) -> dict[str, Value]:
        """The known values as a dict of one's own."""
        return self._known.copy()

    def to_json(self) -> dict[str, Any]:
        """Plain values, sorted by code; sets of choices as sorted lists."""
        return {code: plain(self._known[code]) for code in sorted(self._known)}


def plain(value: Value) -> Any:
    """A finding as a JSON value."""
    return sorted(value) if isinstance(value, frozenset) else value


def findings_from_json(stored: Mapping[str, Any], questionnaire: Questionnaire) -> Findings:
    """Findings as `to_json` wrote them, with what they rest on."""
    known = {code: frozenset(value) if isinstance(value, list) else value for code, value in stored.items()}
    return Findings(known, questionnaire.derivations, given_alone=frozenset())


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something drawn on a body chart that answers deny; `answers` are the codes of those answers."""

    drawn: Drawn
    answers: tuple[str, ...]


def contradictions(findings: Findings) -> tuple[Contradiction, ...]:
    """Where what was drawn and what was answered do not agree. Both stay recorded; a person settles it."""
    return tuple(
        Contradiction(one, tuple(sorted(code for code in one.denied_when.codes() if code in findings)))
        for one in findings.derivations.derived
        if isinstance(one, Drawn) and one.denied_when is not None and one.is_denied(findings)
    )


def age_on(birth_date: datetime.date, day: datetime.date) -> int:
    """Age in whole years on a day; someone born on 29 February is a year older on 1 March."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)


def validate(answers: Answers, questionnaire: Questionnaire) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Answers as typed values, and a problem with its path for each that is not allowed."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    questions, yes_no = _questions(questionnaire)
    for code, answer in answers.items():
        if (answer is True or answer is False) and code in yes_no:
            values[code] = answer
            continue
        if answer is None:
            continue
        item, check = questions.get(code, _NO_QUESTION)
        refusal = check(item, answer)
        if refusal is None:
            values[code] = frozenset(answer) if isinstance(answer, list | tuple) else answer
        else:
            problems.append(Problem(f"answers.{code}{refusal[0]}", refusal[1]))
    return values, tuple(problems)


def derive(answers: Answers, context: Context, questionnaire: Questionnaire) -> Findings:
    """Everything that is known: answers, context, scores and derived findings.

    Raises `AnswersRefusedError` when an answer is not allowed. An answer to a question that is not asked, given the
    other answers, is set aside.
    """
    values, problems = validate(answers, questionnaire)
    if problems:
        raise AnswersRefusedError(problems)
    values |= {
        code: marks(values[code], diagram) for code, diagram in questionnaire.body_charts.items() if code in values
    }
    known = _known(values, context, questionnaire)
    set_aside = questionnaire.derivations.unasked(known) & values.keys()
    if set_aside:
        kept = {code: value for code, value in values.items() if code not in set_aside}
        known = _known(kept, context, questionnaire)
    return Findings(known, questionnaire.derivations, set_aside, given_alone=frozenset())


def _known(values: Mapping[str, Any], context: Context, questionnaire: Questionnaire) -> dict[str, Value]:
    terms, charts = questionnaire.terms, questionnaire.body_charts
    known: dict[str, Value] = {code: value for code, value in values.items() if code in terms or code in charts}
    known |= context.values()
    known["region"] = questionnaire.region
    for instrument in questionnaire.instruments:
        known.update(instrument.compute(known))
    questionnaire.derivations.add_to(known)
    return known


Refusal = tuple[str, str] | None
Check = Callable[[Item, Any], Refusal]


@lru_cache(maxsize=32)
def _questions(questionnaire: Questionnaire) -> tuple[dict[str, tuple[Item, Check]], frozenset[str]]:
    """Every question with what checks an answer to it, and the codes of those that ask yes or no."""
    items = questionnaire.items
    yes_no = frozenset(code for code, item in items.items() if item.kind is ItemKind.YES_NO)
    return {code: (item, _CHECKS[item.kind]) for code, item in items.items()}, yes_no


def _check_nothing(_item: Item, _answer: Any) -> Refusal:
    return ("", "there is no question with this code")


def _check_yes_no(item: Item, answer: Any) -> Refusal:
    return None if answer is True or answer is False else ("", "expected true or false")


def _check_choice(item: Item, answer: Any) -> Refusal:
    if not isinstance(answer, str):
        return ("", "expected the code of a choice")
    for choice in item.choices:
        if choice.code == answer:
            return None
    return ("", _not_a_choice(item, answer))


def _check_choices(item: Item, answer: Any) -> Refusal:
    if not isinstance(answer, list | tuple | frozenset):
        return ("", "expected a list of codes of choices")
    allowed = {choice.code: choice.exclusive for choice in item.choices}
    for position, one in enumerate(answer):
        if not isinstance(one, str) or one not in allowed:
            return (f"[{position}]", _not_a_choice(item, one))
    return _check_set(answer, allowed)


def _check_set(answer: Any, allowed: Mapping[str, bool]) -> Refusal:
    if len(set(answer)) != len(answer):
        return ("", "a choice is given twice")
    alone = next((one for one in answer if allowed[one]), None)
    if alone is not None and len(answer) > 1:
        return ("", f"'{alone}' cannot be combined with another choice")
    return None


def _not_a_choice(item: Item, answer: object) -> str:
    return f"'{answer}' is not one of {', '.join(choice.code for choice in item.choices)}"


def _check_number(item: Item, answer: Any) -> Refusal:
    if answer.__class__ is not int and (answer.__class__ is not float or not isfinite(answer)):
        return ("", "expected a number")
    if (item.minimum is not None and answer < item.minimum) or (item.maximum is not None and answer > item.maximum):
        return ("", f"{answer} is not from {item.minimum} to {item.maximum}")
    if answer.__class__ is float and answer != round(answer, item.decimals):
        return ("", f"at most {item.decimals} decimals" if item.decimals else "expected a whole number")
    return None


def _check_text(item: Item, answer: Any) -> Refusal:
    if not isinstance(answer, str):
        return ("", "expected text")
    if "\x00" in answer:
        return ("", "text cannot hold a NUL character")
    return ("", f"at most {item.length} characters") if len(answer) > item.length else None


def _check_body_chart(item: Item, answer: Any) -> Refusal:
    return None if item.diagram is None else refusal(answer, item.diagram)


_NO_QUESTION = (Item("", ItemKind.TEXT, Text("", "")), _check_nothing)
_CHECKS: Mapping[ItemKind, Check] = {
    ItemKind.YES_NO: _check_yes_no,
    ItemKind.CHOICE: _check_choice,
    ItemKind.CHOICES: _check_choices,
    ItemKind.NUMBER: _check_number,
    ItemKind.SCALE: _check_number,
    ItemKind.TEXT: _check_text,
    ItemKind.LONG_TEXT: _check_text,
    ItemKind.BODY_CHART: _check_body_chart,
}
