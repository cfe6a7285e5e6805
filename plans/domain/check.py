"""Checks whether a protocol is fit to be published, beside the questionnaires it is meant for. Pure.

Blocking: a condition that names what nobody asks or that cannot hold, a rule without a source or with an example that
does not come out, a red flag that rests on a denied red flag, and what rules or templates name but the protocol does
not have. Warning: a rule that lacks an example of some kind, or that says the same as another.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import product
from math import prod

from intake.domain.conditions import Condition, Leaf, Term, Terms, Value
from intake.domain.conditions.cells import cells_of
from intake.domain.conditions.fit import choices_of, misfits
from intake.domain.conditions.tree import Includes, Is, IsYes, Not, Test
from intake.domain.derived import Derivations
from intake.domain.questionnaire import Questionnaire
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
    """What is wrong with a protocol: `path` is where the rule or template stands in the content.

    `part` names the key of the rule that is wrong ("when", "sources"), where it is one of its keys.
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
    grounds = tuple(_ground(protocol, one) for one in questionnaires if one.region in protocol.regions)
    terms = dict(protocol.derivations.terms)
    for ground in grounds:
        terms = {**ground.derivations.terms, **terms}
    flaws = [
        *(flaw for rule in protocol.rules for flaw in _rule_flaws(rule, protocol, terms, grounds)),
        *(flaw for template in protocol.templates.values() for flaw in _template_flaws(template, protocol)),
        *_redundant(protocol),
    ]
    return tuple(sorted(flaws, key=lambda flaw: (flaw.level is Level.WARN, flaw.path, flaw.message)))


def blocking(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Those flaws that stand in the way of publishing."""
    return tuple(flaw for flaw in flaws if flaw.level is Level.BLOCK)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What rules stand on in one questionnaire: its derived findings with the protocol's, and its red flags."""

    derivations: Derivations
    flags: frozenset[str]


def _ground(protocol: Protocol, questionnaire: Questionnaire) -> _Ground:
    own = protocol.derivations
    derivations = questionnaire.derivations.extended(own) if own.by_code else questionnaire.derivations
    return _Ground(derivations, frozenset(code for code, item in questionnaire.items.items() if item.red_flag))


# A rule's condition with its derived findings written out, for each questionnaire.
Whole = list[tuple[_Ground, Condition]]


def _rule_flaws(rule: Rule, protocol: Protocol, terms: Terms, grounds: tuple[_Ground, ...]) -> Iterator[Flaw]:
    whole = [(ground, ground.derivations.expand(rule.when)) for ground in grounds]
    unfit = misfits(rule.when, terms)
    found: dict[str, Iterable[str]] = {
        "when": (*(unfit or cannot_hold(rule.when, terms)), *_denial_messages(rule, whole)),
        "sources": _source_messages(rule, protocol),
        "evidence": () if rule.backing.evidence else ("does not say how well it is supported",),
        "conclude": _conclusion_messages(rule, protocol),
        "examples": () if unfit else _example_messages(rule, whole),
    }
    for part, messages in found.items():
        yield from (Flaw(Level.BLOCK, rule.path, f"{rule.code}: {one}", part) for one in dict.fromkeys(messages))
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


def _source_messages(rule: Rule, protocol: Protocol) -> Iterator[str]:
    if not rule.backing.sources:
        yield "has no source"
    yield from (
        f"source '{key}' is not in the list of sources" for key in rule.backing.sources if key not in protocol.sources
    )


def _conclusion_messages(rule: Rule, protocol: Protocol) -> Iterator[str]:
    conclusion = rule.conclude
    if isinstance(conclusion, Propose) and conclusion.template not in protocol.templates:
        yield f"there is no template '{conclusion.template}'"
    if isinstance(conclusion, JudgeTechnique) and conclusion.technique not in protocol.techniques:
        yield f"there is no technique '{conclusion.technique}'"
    if isinstance(conclusion, Advise) and conclusion.advice not in protocol.advice:
        yield f"there is no advice '{conclusion.advice}'"


def _example_messages(rule: Rule, whole: Whole) -> Iterator[str]:
    for position, example in enumerate(rule.examples):
        if not any(_comes_out(example, ground, condition) for ground, condition in whole):
            yield f"examples[{position}] does not come out as {example.expect}"


def _comes_out(example: Example, ground: _Ground, condition: Condition) -> bool:
    values = dict(example.given)
    ground.derivations.add_to(values)
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
    messages = [*_length_messages(template), *_unknown_codes(template, protocol)]
    return (Flaw(Level.BLOCK, f"templates.{template.code}", message) for message in dict.fromkeys(messages))


def _length_messages(template: PlanTemplate) -> Iterator[str]:
    low, high = COURSE_WEEKS
    if sum(phase.weeks for phase in template.phases) != template.weeks:
        yield f"its phases do not last {template.weeks} weeks together"
    if template.kind is TemplateKind.COURSE and not low <= template.weeks <= high:
        yield f"a course lasts {low} to {high} weeks, not {template.weeks}"
    if template.kind is TemplateKind.SELF_MANAGEMENT and template.sessions > SELF_MANAGEMENT_SESSIONS:
        yield f"self-management has at most {SELF_MANAGEMENT_SESSIONS} sessions, not {template.sessions}"
    if not template.backing.sources:
        yield "has no source"


def _unknown_codes(template: PlanTemplate, protocol: Protocol) -> Iterator[str]:
    """Techniques, exercises and advice that the template names and the protocol does not have."""
    named: Mapping[str, tuple[Iterable[str], Mapping[str, object]]] = {
        "technique": ([dose.technique for phase in template.phases for dose in phase.techniques], protocol.techniques),
        "exercise": ([code for phase in template.phases for code in phase.exercises], protocol.exercises),
        "advice": ((*template.advice, *template.prevention, *template.safety_net), protocol.advice),
    }
    for kind, (codes, existing) in named.items():
        yield from (f"there is no {kind} '{code}'" for code in codes if code not in existing)


def _redundant(protocol: Protocol) -> Iterator[Flaw]:
    """Rules that conclude the same from the same condition as a rule before them."""
    first: dict[tuple[object, str], str] = {}
    for rule in protocol.rules:
        key = (rule.conclude, rule.when.to_text())
        if key in first:
            yield Flaw(Level.WARN, rule.path, f"{rule.code}: says the same as {first[key]}", "when")
        first.setdefault(key, rule.code)
