"""An independent engine (fhirpathpy) over what is exported, and random intakes to compare it with ours.

Nothing here knows our conditions: variables and conditions are read from the JSON of a PlanDefinition or Questionnaire.
"""

import datetime as dt
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import fhirpathpy
from fhirpathpy.models import models

from intake.domain.findings import Context, Findings, derive
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire
from intake.fhir.elements import Addresses, bundle
from intake.fhir.responses import About, intake_resources
from plans.domain.protocol import Protocol
from plans.domain.suggest import suggest
from plans.fhir.protocols import protocol_resources

ADDRESSES = Addresses("https://practice.example/fhir")
Json = dict[str, Any]
Compiled = Callable[[Json, Mapping[str, Any]], list[Any]]
VARIABLE = "http://hl7.org/fhir/StructureDefinition/variable"
ENABLED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
NAMED = re.compile(r"%(?:`([^`]+)`|(\w+))")


def as_sent(resource: object) -> Json:
    """A resource as who receives it reads it: from text, decimals kept as they are written."""
    return json.loads(json.dumps(resource), parse_float=Decimal)


class Engine:
    """The named expressions of one resource, with the variables that they share."""

    def __init__(self, resource: Json, expressions: Mapping[str, str]) -> None:
        found = [one["valueExpression"] for one in resource.get("extension", []) if one["url"] == VARIABLE]
        self.texts = {one["name"]: one["expression"] for one in found}
        self.variables = {name: compiled(text) for name, text in self.texts.items()}
        self.expressions = {name: compiled(text) for name, text in expressions.items()}
        self.needed = {name: self._needed(text) for name, text in expressions.items()}

    def _needed(self, text: str) -> frozenset[str]:
        names = {quoted or plain for quoted, plain in NAMED.findall(text)} & self.texts.keys()
        return frozenset(names).union(*(self._needed(self.texts[name]) for name in names))

    def truths(self, context: Json, names: Iterable[str] | None = None, **given: Any) -> dict[str, bool | None]:
        """What the expressions of these names are: true, false, or None where they are empty."""
        wanted = list(self.expressions if names is None else names)
        needed = frozenset().union(*(self.needed[name] for name in wanted))
        values: dict[str, Any] = dict(given)
        for name, evaluate in self.variables.items():  # in their order: they build on one another
            if name in needed:
                values[name] = evaluate(context, values)
        return {name: single(self.expressions[name](context, values)) for name in wanted}


def compiled(text: str) -> Compiled:
    return fhirpathpy.compile(text, model=models["r4"], options={"returnRawData": True})


def single(result: list[Any]) -> bool | None:
    """The truth in a collection; anything but one boolean or nothing is a mistake of the expression."""
    values = [getattr(one, "data", one) for one in result]
    assert all(value is True or value is False for value in values), values
    assert len(values) < 2, values
    return values[0] if values else None


def rules_of(plan_definition: Json) -> Engine:
    """The conditions of the actions of a protocol."""
    conditions = {one["id"]: one["condition"][0]["expression"]["expression"] for one in plan_definition["action"]}
    return Engine(plan_definition, conditions)


def questions_of(questionnaire: Json) -> Engine:
    """What says whether questions are asked, by their link id."""
    enabled = {}
    for section in questionnaire["item"]:
        for item in section["item"]:
            for one in item.get("extension", []):
                if one["url"] == ENABLED:
                    enabled[item["linkId"]] = one["valueExpression"]["expression"]
    return Engine(questionnaire, enabled)


@dataclass(frozen=True)
class MadeUp:
    """A random intake: its answers, and what is known from them."""

    questionnaire: Questionnaire
    answers: dict[str, Any]
    findings: Findings


def made_up(questionnaires: Iterable[Questionnaire], chance: random.Random) -> MadeUp:
    """An intake with any share of the questions answered and of the yes-no questions with yes; age may be missing."""
    questionnaire = chance.choice(sorted(questionnaires, key=lambda one: one.code))
    context = Context(
        age=chance.choice([None, *range(12, 95)]),
        sex=chance.choice([None, "female", "male", "intersex"]),
        route=chance.choice([None, "direct_access", "referral"]),
    )
    share, yes = chance.choice([0.1, 0.3, 0.6, 0.95]), chance.choice([0.03, 0.2, 0.5])
    answers = {code: answer(item, yes, chance) for code, item in questionnaire.items.items() if chance.random() < share}
    return MadeUp(questionnaire, answers, derive(answers, context, questionnaire))


def answer(item: Item, yes: float, chance: random.Random) -> Any:
    if item.kind is ItemKind.YES_NO:
        return chance.random() < yes
    if item.kind is ItemKind.CHOICE:
        return chance.choice(item.choices).code
    if item.kind is ItemKind.CHOICES:
        together = [choice.code for choice in item.choices if not choice.exclusive]
        alone = [[choice.code] for choice in item.choices if choice.exclusive]
        return chance.choice([*alone, chance.sample(together, chance.randint(0, min(3, len(together))))])
    if item.kind in (ItemKind.NUMBER, ItemKind.SCALE):
        return number(item, chance)
    if item.diagram:
        marked = chance.sample(item.diagram.regions, 4)
        kinds = item.diagram.kind_codes
        return {one.code: {"kinds": chance.sample(kinds, chance.randint(0, 2)), "intensity": 5} for one in marked}
    return "text"


def number(item: Item, chance: random.Random) -> float:
    """A number within the bounds of a question, mostly near the lower one, where thresholds are."""
    low, high = item.minimum or 0, item.maximum or 0
    top = high if chance.random() < 0.3 else min(high, low + 60)
    value = round(chance.uniform(low, top), item.decimals)
    return value if item.decimals else int(value)


def ours(intake: MadeUp, protocol: Protocol) -> dict[str, bool | None]:
    """What our own suggestion says of every rule."""
    suggestion = suggest(intake.findings, protocol)
    assert suggestion.not_evaluated == ()
    unknown = {about.rule.code for about in suggestion.undecided}
    false = set(suggestion.not_applied)
    return {rule.code: None if rule.code in unknown else rule.code not in false for rule in protocol.rules}


def written(intake: MadeUp) -> Json:
    """The intake as a bundle."""
    about = About(response="response-1", subject="subject-1", day=dt.date(2026, 11, 27))
    resources = intake_resources(ADDRESSES, intake.questionnaire, intake.answers, intake.findings, about)
    return bundle(ADDRESSES, resources)


def sent(intake: MadeUp) -> Json:
    """The intake as its receiver reads it."""
    return as_sent(written(intake))


def rules_resource(protocol: Protocol, questionnaires: Iterable[Questionnaire]) -> Json:
    """The PlanDefinition whose actions are the rules of a protocol."""
    exported = protocol_resources(ADDRESSES, protocol, questionnaires)
    return next(one for one in exported if "condition" in one.get("action", [{}])[0])


Outcome = tuple[str, bool | None]


class Comparison:
    """Compares rules on one intake after another; those outcomes of a rule that were met least come first."""

    def __init__(self, protocol: Protocol, questionnaires: Iterable[Questionnaire]) -> None:
        self.protocol = protocol
        self.engine = rules_of(as_sent(rules_resource(protocol, questionnaires)))
        self.met: Counter[Outcome] = Counter()
        self.compared: Counter[Outcome] = Counter()
        self.differences: list[tuple[str, bool | None, bool | None, MadeUp]] = []

    def compare(self, intake: MadeUp, rules: int | None = None) -> None:
        """So many rules of one intake; None for all of them."""
        truths = ours(intake, self.protocol)
        self.met.update(truths.items())
        chosen = sorted(truths.items(), key=lambda outcome: (self.compared[outcome], self.met[outcome]))[:rules]
        theirs = self.engine.truths(sent(intake), [code for code, _ in chosen])
        for code, truth in chosen:
            self.compared[code, truth] += 1
            if theirs[code] is not truth:
                self.differences.append((code, truth, theirs[code], intake))

    @property
    def missed(self) -> list[Outcome]:
        """Outcomes of rules that occurred among the intakes and were never compared."""
        return sorted((outcome for outcome in self.met if not self.compared[outcome]), key=str)
