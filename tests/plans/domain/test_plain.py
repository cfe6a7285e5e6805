"""Suggestions beside a plain evaluation: every rule by itself, every change by trying it, on the protocol that ships.

The engine evaluates all rules and all changes together, in numbers, and remembers; nothing of that is used here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from intake.domain.conditions import Condition, Leaf, Term, Truth, Value
from intake.domain.conditions.tree import Asked, Between, Compare, Expanded, In, Includes, Is, Not, Several, Test
from intake.domain.derivations import Derivations
from intake.domain.findings import Findings
from intake.domain.questionnaire import context_terms
from plans.domain.protocol import Gate, JudgeTechnique, Propose, RaiseFlag, Rule
from plans.domain.suggest import explain_rule, suggest
from plans.domain.suggestion import Reason, Suggestion
from tests.plans.domain.test_laws import answers, found, protocol

Read = tuple[Leaf, bool, str]


class Plain:
    """One intake, evaluated rule by rule."""

    def __init__(self, findings: Findings) -> None:
        own = protocol().derivations
        self.derivations: Derivations = findings.derivations.extended(own)
        self.known: dict[str, Value] = dict(findings)
        for step in self.derivations.steps:
            if step.code in own.by_code and (value := step.compute(self.known)) is not None:
                self.known[step.code] = value
        self.expanded = {rule.code: self.derivations.expand(rule.when) for rule in protocol().rules}
        self.conditions = {code: without_stand_ins(condition) for code, condition in self.expanded.items()}
        self.truths = {code: condition.evaluate(self.known) for code, condition in self.conditions.items()}

    def rules(self, truth: Truth) -> list[Rule]:
        return [rule for rule in protocol().rules if self.truths[rule.code] is truth]

    def read(self, condition: Condition, negated: bool = False, via: str = "") -> Iterator[Read]:
        """The leaves that matter: of derived findings what they rest on, of questions not asked why not."""
        match condition:
            case Leaf():
                yield condition, negated, via
            case Not(part):
                yield from self.read(part, not negated, via)
            case Expanded(leaf, basis):
                yield from self.read(basis, negated, via or leaf.code)
            case Asked(leaf, basis):
                asked = basis.evaluate(self.known) is not False
                yield from self.read(leaf if asked else basis, negated, via)
            case _:
                for part in condition.below:
                    yield from self.read(part, negated, via)

    def outcomes(self, code: str, finding: str) -> dict[Value, Truth]:
        """What a rule becomes for values of a finding."""
        condition = self.conditions[code]
        tests = [leaf.test for leaf in condition.leaves() if leaf.code == finding]
        values = values_around(tests, self.derivations.terms.get(finding), self.known.get(finding))
        return {value: condition.evaluate({**self.known, finding: value}) for value in values}

    def can_change(self, code: str, finding: str) -> bool:
        """Whether a finding can change while the others of a rule stay what they are."""
        if finding in self.known and finding in context_terms():
            return False
        inputs = self.derivations.inputs
        others = self.conditions[code].codes() - {finding}
        return all(inputs(finding).isdisjoint(inputs(other)) for other in others)


def without_stand_ins(condition: Condition) -> Condition:
    """A condition on answers alone: of a derived finding stays only what it rests on."""
    match condition:
        case Expanded(_, basis):
            return without_stand_ins(basis)
        case Not(part):
            return Not(without_stand_ins(part))
        case Several(parts):
            return replace(condition, parts=tuple(without_stand_ins(part) for part in parts))
        case Asked(leaf, basis):
            return Asked(leaf, without_stand_ins(basis))
    return condition


def values_around(tests: list[Test], term: Term | None, known: Value | None) -> list[Value]:
    """Values of a finding that between them meet every side of some tests."""
    if isinstance(tests[0], Includes):
        chosen = known if isinstance(known, frozenset) else frozenset()
        named = {choice for test in tests if isinstance(test, Includes) for choice in test.choices}
        alone = term.exclusive if term else frozenset()
        added = [frozenset([one]) if one in alone else (chosen - alone) | {one} for one in named]
        return [chosen - named, *added, *[chosen - {one} for one in named]]
    if isinstance(tests[0], Is | In):
        return [*choices_around(tests, term)]
    if isinstance(tests[0], Compare | Between):
        return [*numbers_around(tests, term)]
    return [True, False]


def choices_around(tests: list[Test], term: Term | None) -> set[str]:
    named = {choice for test in tests for choice in ([test.choice] if isinstance(test, Is) else test.choices)}
    return named | (set(term.choices) if term and term.choices else {"another"})


def numbers_around(tests: list[Test], term: Term | None) -> set[float]:
    step = 1 if term and term.whole else 0.25
    bounds = {
        bound for test in tests for bound in ([test.number] if isinstance(test, Compare) else [test.low, test.high])
    }
    numbers = {bound + side for bound in bounds for side in (-step, 0, step)}
    return {one for one in numbers if term is None or possible(one, term)}


def possible(number: float, term: Term) -> bool:
    return (term.minimum is None or number >= term.minimum) and (term.maximum is None or number <= term.maximum)


@settings(max_examples=25)
@given(answers())
def test_every_rule_is_what_it_is_by_itself(given_answers: dict[str, Any]) -> None:
    findings = found(given_answers)
    plain, suggestion = Plain(findings), suggest(findings, protocol())
    assert list(suggestion.not_applied) == sorted(rule.code for rule in plain.rules(False))
    assert [one.code for one in suggestion.undecided] == sorted(rule.code for rule in plain.rules(None))
    assert {reason.code for reason in holding(suggestion)} == {rule.code for rule in plain.rules(True)}
    assert not suggestion.not_evaluated


def holding(suggestion: Suggestion) -> list[Reason]:
    """The reasons of everything that is concluded."""
    conclusions = (
        *suggestion.red_flags,
        *suggestion.proposals,
        *suggestion.endings,
        *suggestion.referrals,
        *suggestion.techniques,
        *suggestion.advice,
        *suggestion.notes,
        *suggestion.scope,
    )
    return [reason for conclusion in conclusions for reason in conclusion.reasons]


@settings(max_examples=25)
@given(answers())
def test_conclusions_are_those_of_the_rules_that_hold(given_answers: dict[str, Any]) -> None:
    findings = found(given_answers)
    plain, suggestion = Plain(findings), suggest(findings, protocol())
    holds = [rule.conclude for rule in plain.rules(True)]
    flags = {one.flag: one.urgency for one in sorted_by_urgency(holds)}
    templates = {one.template for one in holds if isinstance(one, Propose)}
    gates = {one.technique: one.gate for one in sorted_by_gate(holds)}
    every = {rule.conclude.template for rule in protocol().rules if isinstance(rule.conclude, Propose)}
    assert {flag.code: flag.urgency for flag in suggestion.red_flags} == flags
    assert {proposal.template for proposal in suggestion.proposals} == templates
    assert {one.template for one in suggestion.alternatives} == every - templates
    assert {one.technique: one.gate for one in suggestion.techniques if one.gate} == gates


def sorted_by_urgency(conclusions: list[Any]) -> list[RaiseFlag]:
    """The greatest last, so that it is the one that stays."""
    return sorted([one for one in conclusions if isinstance(one, RaiseFlag)], key=lambda one: one.urgency.rank)


def sorted_by_gate(conclusions: list[Any]) -> list[JudgeTechnique]:
    strict = list(Gate)
    judging = [one for one in conclusions if isinstance(one, JudgeTechnique)]
    return sorted(judging, key=lambda one: strict.index(one.gate))


@settings(max_examples=10)
@given(answers())
def test_every_explanation_says_what_trying_shows(given_answers: dict[str, Any]) -> None:
    findings = found(given_answers)
    plain, suggestion = Plain(findings), suggest(findings, protocol())
    told = [*holding(suggestion), *(reason for one in suggestion.alternatives for reason in one.reasons)]
    for reason in [*told, *(explain_rule(findings, protocol(), rule.code) for rule in protocol().rules[::9])]:
        assert reason.why.truth is plain.truths[reason.code]
        assert_sides(reason, plain)
        assert_changes(reason, plain)


def assert_sides(reason: Reason, plain: Plain) -> None:
    read = list(dict.fromkeys(plain.read(plain.expanded[reason.code])))
    truths = {one: truth_of(one, plain.known) for one in read}
    sides = ((reason.why.held, True), (reason.why.against, False), (reason.why.unknown, None))
    for side, truth in sides:
        assert [(one.leaf, one.negated, one.via) for one in side] == [one for one in read if truths[one] is truth]


def truth_of(read: Read, known: dict[str, Value]) -> Truth:
    leaf, negated, _ = read
    truth = leaf.evaluate(known)
    return truth if truth is None else truth is not negated


def assert_changes(reason: Reason, plain: Plain) -> None:
    for finding in plain.conditions[reason.code].codes():
        named = [change for change in reason.why.changes if change.code == finding]
        outcomes = plain.outcomes(reason.code, finding)
        for value, becomes in outcomes.items():
            assert all(change.becomes is becomes for change in named if change.to.evaluate({finding: value}))
            if plain.can_change(reason.code, finding) and not isinstance(value, frozenset):
                matters = becomes is not reason.why.truth and (becomes is not None or reason.why.truth is True)
                fits = any(change.to.evaluate({finding: value}) for change in named)
                assert fits is (matters and len(set(outcomes.values())) > 1)


@settings(max_examples=15)
@given(answers())
def test_what_is_asked_first_could_settle_the_rule_alone(given_answers: dict[str, Any]) -> None:
    findings = found(given_answers)
    plain, suggestion = Plain(findings), suggest(findings, protocol())
    asked = {question.code: set(question.rules) for question in suggestion.open_questions}
    for one in suggestion.undecided:
        read = dict.fromkeys(leaf.code for leaf, _, _ in plain.read(plain.expanded[one.code]))
        unknown = [code for code in read if code not in plain.known]
        assert set(one.to_ask) <= set(unknown)
        assert all(one.code in asked[code] for code in one.to_ask)
        alone = {code for code in unknown if plain.can_change(one.code, code) and settles(plain, one.code, code)}
        assert set(one.to_ask) == (alone or set(unknown))
    assert {rule for rules in asked.values() for rule in rules} <= {one.code for one in suggestion.undecided}


def settles(plain: Plain, code: str, finding: str) -> bool:
    return any(truth is not None for truth in plain.outcomes(code, finding).values())
