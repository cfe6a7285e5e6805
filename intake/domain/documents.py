"""An intake as a document: the plain values of a JSON file, checked against a questionnaire. Pure.

The document names a questionnaire, the patient's age or birth date and sex, the route, the date of the intake and the
answers by item code; `intake.domain.json_schema` gives its schema.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.findings import AnswersRefusedError, Context, Findings, age_on, derive
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problem, Problems, Reader

SEXES = ("female", "male", "intersex", "unknown")
ROUTES = ("direct_access", "referral")


class DocumentRefusedError(ValueError):
    """A document that cannot be used; carries every problem with its path."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """`problems` are all that were found."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class IntakeDocument:
    """A document that was accepted: its questionnaire and what is known from it."""

    questionnaire: Questionnaire
    findings: Findings


def read_document(given: Any, questionnaires: Mapping[str, Questionnaire], *, today: datetime.date) -> IntakeDocument:
    """The intake that a document describes. Raises `DocumentRefusedError` with every problem, each with its path.

    `today` is the date of an intake that names none.
    """
    problems = Problems()
    reader = Reader(given, "intake", problems)
    questionnaire = _questionnaire(reader, questionnaires)
    context = _context(reader, today)
    answers = reader.typed("answers", Mapping, "answers by item code", required=True) or {}
    reader.close()
    _refuse(problems)
    try:
        return IntakeDocument(questionnaire, derive(answers, context, questionnaire))
    except AnswersRefusedError as refused:
        raise DocumentRefusedError(refused.problems) from refused


def _refuse(problems: Problems) -> None:
    if problems.found:
        raise DocumentRefusedError(tuple(problems.found))


def _questionnaire(reader: Reader, questionnaires: Mapping[str, Questionnaire]) -> Questionnaire:
    """The questionnaire that the document names, in the version it names. Raises for an unknown one."""
    code = reader.string("questionnaire")
    version = reader.typed("version", int, "a whole number", required=False)
    questionnaire = questionnaires.get(code)
    if questionnaire is None:
        reader.problem("questionnaire", f"'{code}' is not one of {', '.join(sorted(questionnaires))}")
    elif version is not None and version != questionnaire.version:
        reader.problem("version", f"'{code}' is here in version {questionnaire.version}, not {version}")
    if questionnaire is None or reader.problems.found:
        raise DocumentRefusedError(tuple(reader.problems.found))
    return questionnaire


def _context(reader: Reader, today: datetime.date) -> Context:
    """What the document says of patient and route; what it leaves out is unknown."""
    day = reader.day("date", required=False) or today
    inner = Reader(reader.raw("patient") or {}, reader.at("patient"), reader.problems)
    age = _age(inner, day)
    sex = _code(inner, "sex", SEXES)
    inner.close()
    route = _code(reader, "route", ROUTES)
    return Context(age=age, sex=None if sex == "unknown" else sex, route=route)


def _age(inner: Reader, day: datetime.date) -> int | None:
    age = inner.typed("age", int, "a whole number of years", required=False)
    birth_date = inner.day("birth_date", required=False)
    if age is not None and birth_date is not None:
        inner.problem("age", "give the age or the birth date, not both")
    if birth_date is not None:
        age = age_on(birth_date, day)
    if age is not None and not 0 <= age <= 130:
        inner.problem("age" if birth_date is None else "birth_date", f"an age of {age} years is not from 0 to 130")
    return age


def _code(reader: Reader, key: str, allowed: tuple[str, ...]) -> str | None:
    value: str | None = reader.typed(key, str, "text", required=False)
    if value is not None and value not in allowed:
        reader.problem(key, f"'{value}' is not one of {', '.join(allowed)}")
    return value
