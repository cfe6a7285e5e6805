"""Checks whether a protocol is fit to be published, beside the questionnaires it is meant for. Pure.

Blocking: a condition that names what nobody asks or that cannot hold, a rule without a source or with an example that
does not come out, a red flag that rests on a denied red flag, and what rules, templates and other parts name but the
protocol does not have. Warning: a rule that lacks an example of some kind, or that says the same as another.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import product
from math import prod
from typing import Any

from intake.domain.conditions import Condition, Leaf, Term, Terms, Value
from intake.domain.conditions.cells import cells_of
from intake.domain.conditions.fit import choices_of, misfits
from intake.domain.conditions.tree import Includes, Is, IsYes, Not, Test
from intake.domain.derivations import Derivations, cycle_in
from intake.domain.derived import Derived, When
from intake.domain.derived_content import misfits_of
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Backing
from plans.domain.parts import LISTS, Kind, place
from plans.domain.plan import COURSE_WEEKS, SELF_MANAGEMENT_SESSIONS
from plans.domain.protocol import (
    Advise,
    Example,
    ExampleKind,
    JudgeTechnique,
    PlanTemplate,
    Propose,
    Protocol,
    RaiseFlag,
    Rule,
    TemplateKind,
)

COMBINATIONS = 20_000  # of values of the findings in one condition, up to which all are tried


class Level(Enum):
    """Whether a protocol may be published in spite of it."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a protocol: `path` is where the part stands in the content.

    `part` names the key of it that is wrong ("when", "sources"), where it is one of its keys.
    """

    level: Level
    path: str
    message: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def check(protocol: Protocol, questionnaires: Iterable[Questionnaire]) -> tuple[Flaw, ...]:
    """Everything that is wrong with a protocol, what blocks first.

    `questionnaires` are those of its regions; without any, nothing that a rule names is known.
    """
    asked = [one for one in questionnaires if one.region in protocol.regions]
    circles = tuple(dict.fromkeys(flaw for one in asked for flaw in _circle_flaws(protocol, one)))
    if circles:
        return circles
    grounds = tuple(_ground(protocol, one) for one in asked)
    terms = dict(protocol.derivations.terms)
    for ground in grounds:
        terms = {**ground.derivations.terms, **terms}
    flaws = [
        *(flaw for rule in protocol.rules for flaw in _rule_flaws(rule, protocol, terms, grounds)),
        *(flaw for template in protocol.templates.values() for flaw in _template_flaws(template, protocol)),
        *(flaw for kind in LISTS for flaw in _listed_flaws(kind, protocol, terms)),
        *_redundant(protocol),
    ]
    return tuple(sorted(flaws, key=lambda flaw: (flaw.level is Level.WARN, flaw.path, flaw.message)))


def blocking(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Those flaws that stand in the way of publishing."""
    return tuple(flaw for flaw in flaws if flaw.level is Level.BLOCK)


def _circle_flaws(protocol: Protocol, questionnaire: Questionnaire) -> Iterator[Flaw]:
    """A finding that, over those of the questionnaire, is drawn from itself: then nothing can be computed."""
    asked, own = questionnaire.derivations, protocol.derivations.by_code
    circle = cycle_in({**asked.by_code, **own}.values(), asked.asked_when)
    if circle:
        code = next((code for code in circle if code in own), "")
        path = place(protocol.content, Kind.DERIVED, code) if code else Kind.DERIVED.value
        yield Flaw(Level.BLOCK, path, f"is drawn from itself: {' from '.join(circle)}")


@dataclass(frozen=True, slots=True)
class _Ground:
    """What rules stand on in one questionnaire: its derived findings with the protocol's, and its red flags."""

    derivations: Derivations
    flags: frozenset[str]


def _ground(protocol: Protocol, questionnaire: Questionnaire) -> _Ground:
    own = protocol.derivations
    derivations = questionnaire.derivations.extended(own) if own.by_code else questionnaire.derivations
    return _Ground(derivations, frozenset(code for code, item in questionnaire.items.items() if item.red_flag))


# What is wrong with one part: the key that says it, and the message.
Wrong = tuple[str, str]


def _blocks(path: str, wrong: Iterable[Wrong]) -> Iterator[Flaw]:
    return (Flaw(Level.BLOCK, path, message, part) for part, message in dict.fromkeys(wrong))


# A rule's condition with its derived findings written out, for each questionnaire.
Whole = list[tuple[_Ground, Condition]]


def _rule_flaws(rule: Rule, protocol: Protocol, terms: Terms, grounds: tuple[_Ground, ...]) -> Iterator[Flaw]:
    whole = [(ground, ground.derivations.expand(rule.when)) for ground in grounds]
    unfit = misfits(rule.when, terms)
    found: dict[str, Iterable[str]] = {
        "when": (*(unfit or cannot_hold(rule.when, terms)), *_denial_messages(rule, whole)),
        "conclude": _conclusion_messages(rule, protocol),
        "examples": () if unfit else _example_messages(rule, whole),
    }
    wrong = [*_unbacked(rule.backing, protocol), *((part, one) for part, said in found.items() for one in said)]
    yield from _blocks(rule.path, ((part, f"{rule.code}: {message}") for part, message in wrong))
    given = {example.kind for example in rule.examples}
    lacking = [kind.value for kind in ExampleKind if kind not in given]
    yield from (
        Flaw(Level.WARN, rule.path, f"{rule.code}: has no example of kind {kind}", "examples") for kind in lacking
    )


def cannot_hold(condition: Condition, terms: Terms) -> Iterator[str]:
    """Says so when a condition can never hold.

    Tries every combination of values that the condition can tell apart, unless there are too many of them.
    """
    tests: dict[str, list[Test]] = {}
    for leaf in condition.leaves():
        tests.setdefault(leaf.code, []).append(leaf.test)
    samples = {code: _samples(of_code, terms.get(code)) for code, of_code in tests.items()}
    if prod(len(values) for values in samples.values()) > COMBINATIONS:
        return
    combinations = (dict(zip(samples, values, strict=True)) for values in product(*samples.values()))
    if not any(condition.evaluate(values) for values in combinations):
        yield "can never hold"


def _samples(tests: list[Test], term: Term | None) -> list[Value]:
    """Values of one finding that these tests can tell apart; of several choices none, each alone, and all of them."""
    if isinstance(tests[0], Includes):
        named = frozenset(choice for test in tests for choice in choices_of(test))
        return [frozenset(), *(frozenset({choice}) for choice in sorted(named)), named]
    return [cell.sample for cell in cells_of(tests, term)]


def _unbacked(backing: Backing, protocol: Protocol) -> Iterator[Wrong]:
    """What is wrong with that on which a part rests."""
    if not backing.sources:
        yield "sources", "has no source"
    for key in backing.sources:
        if key not in protocol.sources:
            yield "sources", f"source '{key}' is not in the list of sources"
    if not backing.evidence:
        yield "evidence", "does not say how well it is supported"


def _conclusion_messages(rule: Rule, protocol: Protocol) -> Iterator[str]:
    conclusion = rule.conclude
    if isinstance(conclusion, Propose) and conclusion.template not in protocol.templates:
        yield f"there is no template '{conclusion.template}'"
    if isinstance(conclusion, JudgeTechnique) and conclusion.technique not in protocol.techniques:
        yield f"there is no technique '{conclusion.technique}'"
    if isinstance(conclusion, Advise) and conclusion.advice not in protocol.advice:
        yield f"there is no advice '{conclusion.advice}'"


def _example_messages(rule: Rule, whole: Whole) -> Iterator[str]:
    bearing = [(ground.derivations, condition, ground.derivations.steps_to(condition)) for ground, condition in whole]
    for position, example in enumerate(rule.examples):
        if not any(_comes_out(example, *one) for one in bearing):
            yield f"examples[{position}] does not come out as {example.expect}"


def _comes_out(example: Example, derivations: Derivations, condition: Condition, steps: Iterable[Derived]) -> bool:
    values = dict(example.given)
    derivations.add_to(values, steps)
    return condition.evaluate(values) is example.expect


def _denial_messages(rule: Rule, whole: Whole) -> Iterator[str]:
    """A red flag that holds because another one is absent: then one more yes could lower the urgency."""
    if not isinstance(rule.conclude, RaiseFlag):
        return
    for ground, condition in whole:
        if any(_denies(part, ground.flags) for part in _parts(condition)):
            yield "rests on the absence of a red flag"


def _parts(condition: Condition) -> Iterator[Condition]:
    """A condition and everything it is made of."""
    yield condition
    for part in condition.below:
        yield from _parts(part)


def _denies(condition: Condition, flags: frozenset[str]) -> bool:
    """Whether a condition negates a part that speaks of a red flag, or says no to one itself."""
    if isinstance(condition, Not):
        return bool(condition.codes() & flags)
    if not isinstance(condition, Leaf) or condition.code not in flags:
        return False
    return condition.test == IsYes(False) or (isinstance(condition.test, Is) and condition.test.negated)


def _template_flaws(template: PlanTemplate, protocol: Protocol) -> Iterator[Flaw]:
    wrong = (*_wrong_lengths(template), *_unknown_codes(template, protocol), *_unbacked(template.backing, protocol))
    return _blocks(f"templates.{template.code}", wrong)


def _wrong_lengths(template: PlanTemplate) -> Iterator[Wrong]:
    low, high = COURSE_WEEKS
    if sum(phase.weeks for phase in template.phases) != template.weeks:
        yield "weeks", f"its phases do not last {template.weeks} weeks together"
    if template.kind is TemplateKind.COURSE and not low <= template.weeks <= high:
        yield "weeks", f"a course lasts {low} to {high} weeks, not {template.weeks}"
    if template.kind is TemplateKind.SELF_MANAGEMENT and template.sessions > SELF_MANAGEMENT_SESSIONS:
        yield "phases", f"self-management has at most {SELF_MANAGEMENT_SESSIONS} sessions, not {template.sessions}"


def _unknown_codes(template: PlanTemplate, protocol: Protocol) -> Iterator[Wrong]:
    """Techniques, exercises and advice that the template names and the protocol does not have."""
    named: tuple[tuple[str, str, Iterable[str], Mapping[str, object]], ...] = (
        ("phases", "technique", _codes_of_techniques(template), protocol.techniques),
        ("phases", "exercise", [code for phase in template.phases for code in phase.exercises], protocol.exercises),
        ("advice", "advice", template.advice, protocol.advice),
        ("prevention", "advice", template.prevention, protocol.advice),
        ("safety_net", "advice", template.safety_net, protocol.advice),
    )
    for part, kind, codes, existing in named:
        yield from ((part, f"there is no {kind} '{code}'") for code in codes if code not in existing)


def _codes_of_techniques(template: PlanTemplate) -> list[str]:
    return [dose.technique for phase in template.phases for dose in phase.techniques]


def _listed_flaws(kind: Kind, protocol: Protocol, terms: Terms) -> Iterator[Flaw]:
    """What is wrong with the techniques, exercises, advice or derived findings."""
    things: Mapping[Kind, Mapping[str, Any]] = {
        Kind.TECHNIQUE: protocol.techniques,
        Kind.EXERCISE: protocol.exercises,
        Kind.ADVICE: protocol.advice,
        Kind.DERIVED: protocol.derivations.by_code,
    }
    for code, thing in things[kind].items():
        wrong = list(_unbacked(thing.backing, protocol))
        if isinstance(thing, Derived):
            key = "when" if isinstance(thing, When) else ""
            wrong += [(key, message) for message in misfits_of(thing, terms, ())]
        yield from _blocks(place(protocol.content, kind, code), wrong)


def _redundant(protocol: Protocol) -> Iterator[Flaw]:
    """Rules that conclude the same from the same condition as a rule before them."""
    first: dict[tuple[object, str], str] = {}
    for rule in protocol.rules:
        key = (rule.conclude, rule.when.to_text())
        if key in first:
            yield Flaw(Level.WARN, rule.path, f"{rule.code}: says the same as {first[key]}", "when")
        first.setdefault(key, rule.code)
