"""One intake as FHIR R4: the response to its questionnaire, and what was drawn from it as observations.

Three answers are kept apart: what was not asked is absent, no is false, and a set of choices of which none was chosen
is an item without an answer. Nobody is named: the subject is an id that leads nowhere without the practice's key.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.body_chart import tidy
from intake.domain.conditions import Term, TermKind, Value
from intake.domain.findings import Answers, Findings
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire
from intake.fhir.elements import UCUM, Addresses, Resource, coding, concept, filled, identifier
from intake.fhir.paths import section_link
from intake.fhir.questionnaires import FINDING, INTENSITY, KINDS, REGION, choices_of, diagram_choices

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
TEXTS = (ItemKind.TEXT, ItemKind.LONG_TEXT)
STATUSES = {"completed": "final", "in-progress": "preliminary", "entered-in-error": "entered-in-error"}
AGES = frozenset(["age", "age_at_onset"])


@dataclass(frozen=True, slots=True)
class About:
    """What a response is about without saying who: ids of the response and of its subject, its day, and its status.

    `with_text` is whether what was typed in words goes along: it may name people.
    """

    response: str
    subject: str
    day: dt.date
    status: str = "completed"
    with_text: bool = False


def intake_resources(
    addresses: Addresses, one: Questionnaire, answers: Answers, findings: Findings, about: About
) -> list[Resource]:
    """The response, its observations and the nameless subject."""
    response = _response(addresses, one, answers, findings, about)
    observations = [
        _observation(addresses, one, code, value, about)
        for code, value in sorted(findings.items())
        if code in one.terms and (code not in one.items or code in _scores(one))
    ]
    return [subject_resource(about.subject), response, *observations]


def subject_resource(subject: str) -> Resource:
    """The patient, of whom nothing is told."""
    return {"resourceType": "Patient", "id": subject}


def _scores(one: Questionnaire) -> frozenset[str]:
    return frozenset(score.code for instrument in one.instruments for score in instrument.scores)


def _response(addresses: Addresses, one: Questionnaire, answers: Answers, findings: Findings, about: About) -> Resource:
    writer = _Writer(addresses, answers, findings, one.hidden(findings), about.with_text)
    sections = [
        {"linkId": section_link(section.code), "item": items}
        for section in one.sections
        if (items := [written for item in section.items for written in writer.items(item)])
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": about.response,
        "language": "nl",
        "questionnaire": addresses.canonical("Questionnaire", one.code, one.version),
        "status": about.status,
        "subject": {"reference": f"Patient/{about.subject}"},
        "authored": about.day.isoformat(),
        **filled(item=sections),
    }


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the answers that count: those among the findings, and texts of questions that are asked."""

    addresses: Addresses
    answers: Answers
    findings: Findings
    hidden: frozenset[str]
    with_text: bool

    def items(self, item: Item) -> Iterator[Resource]:
        """One item for an answered question, none for one without an answer, several for a body chart."""
        if item.kind in TEXTS:
            yield from self._text(item)
        elif item.code not in self.findings:
            return
        elif item.kind is ItemKind.BODY_CHART:
            yield from self._chart(item)
        else:
            values = _listed(item, self.findings[item.code])
            yield {"linkId": item.code, **filled(answer=[self._answer(item, value) for value in values])}

    def _text(self, item: Item) -> Iterator[Resource]:
        text = str(self.answers.get(item.code) or "").strip()
        if text and self.with_text and item.code not in self.hidden:
            yield {"linkId": item.code, "answer": [{"valueString": text}]}

    def _answer(self, item: Item, value: Any) -> Resource:
        if item.kind is ItemKind.YES_NO:
            return {"valueBoolean": value}
        if item.choices:
            labels = {choice.code: choice.label for choice in item.choices}
            return {"valueCoding": coding(self.addresses.system(choices_of(item.code)), value, labels[value])}
        return {"valueDecimal": value} if item.decimals else {"valueInteger": int(value)}

    def _chart(self, item: Item) -> Iterator[Resource]:
        chart = self.answers.get(item.code)
        if item.diagram is None or not isinstance(chart, Mapping):
            return
        (regions, places), (felt, kinds) = diagram_choices(item.diagram).items()
        for code, mark in tidy(chart, item.diagram).items():
            place = {"valueCoding": coding(self.addresses.system(choices_of(regions)), code, places[code])}
            system = self.addresses.system(choices_of(felt))
            answers = [{"valueCoding": coding(system, kind, kinds[kind])} for kind in mark["kinds"]]
            items = [{"linkId": f"{item.code}.{REGION}", "answer": [place]}]
            if answers:
                items.append({"linkId": f"{item.code}.{KINDS}", "answer": answers})
            if "intensity" in mark:
                bad = {"valueInteger": mark["intensity"]}
                items.append({"linkId": f"{item.code}.{INTENSITY}", "answer": [bad]})
            yield {"linkId": item.code, "item": items}


def _listed(item: Item, value: Value) -> Iterable[Any]:
    """The answers of one item: a set of choices in the order of the question."""
    if isinstance(value, frozenset):
        return [choice.code for choice in item.choices if choice.code in value]
    return [value]


def _observation(addresses: Addresses, one: Questionnaire, code: str, value: Value, about: About) -> Resource:
    term = one.terms[code]
    return {
        "resourceType": "Observation",
        "id": identifier(f"{about.response[:8]}.{code}"),
        "language": "nl",
        "status": STATUSES[about.status],
        "category": [concept(CATEGORY, "survey")],
        "code": concept(addresses.system(FINDING), code, term.label),
        "subject": {"reference": f"Patient/{about.subject}"},
        "effectiveDateTime": about.day.isoformat(),
        **_VALUES[term.kind](addresses, term, value),
        "derivedFrom": [{"reference": f"QuestionnaireResponse/{about.response}"}],
    }


def _yes_no(_addresses: Addresses, _term: Term, value: Any) -> Resource:
    return {"valueBoolean": value}


def _number(_addresses: Addresses, term: Term, value: Any) -> Resource:
    unit = {"unit": "year", "system": UCUM, "code": "a"} if term.code in AGES else {}
    return {"valueQuantity": {"value": value, **unit}}


def _choice(addresses: Addresses, term: Term, value: Any) -> Resource:
    return _choices(addresses, term, [value])


def _choices(addresses: Addresses, term: Term, values: Iterable[str]) -> Resource:
    system, labels = addresses.system(choices_of(term.code)), term.choices or {}
    codings = [coding(system, value, labels.get(value)) for value in sorted(values)]
    return {"valueCodeableConcept": {"coding": codings} if codings else {"text": "-"}}


_VALUES: Mapping[TermKind, Callable[[Addresses, Term, Any], Resource]] = {
    TermKind.YES_NO: _yes_no,
    TermKind.NUMBER: _number,
    TermKind.CHOICE: _choice,
    TermKind.CHOICES: _choices,
}
