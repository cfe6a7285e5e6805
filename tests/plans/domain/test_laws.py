"""Laws of suggestions, tried on the shipped protocol with generated intakes."""

import dataclasses
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.domain.composing import compose_all
from intake.domain.findings import Context, Findings, derive
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire
from plans.domain.protocol import Protocol, Urgency, compose
from plans.domain.suggest import explain_rule, suggest
from plans.domain.suggestion import Screening, Suggestion
from tests.content import read_intake_content, read_protocol_content

ROOT = Path(__file__).parents[3]
CONTEXT = Context(age=52, sex="female", route="direct_access")


@cache
def questionnaire() -> Questionnaire:
    return compose_all(read_intake_content(ROOT / "intake" / "content"))["low_back"]


@cache
def protocol() -> Protocol:
    return compose(read_protocol_content(ROOT / "plans" / "content" / "back_pain"))


def possible(item: Item) -> list[Any]:
    """Answers to a question: all of yes, no and the choices, and numbers over its whole range."""
    if item.kind is ItemKind.YES_NO:
        return [True, False]
    if item.kind is ItemKind.CHOICE:
        return [choice.code for choice in item.choices]
    if item.kind is ItemKind.CHOICES:
        return [[], *[[choice.code] for choice in item.choices]]
    if item.kind in (ItemKind.NUMBER, ItemKind.SCALE):
        low, high = int(item.minimum or 0), int(item.maximum or 0)
        return list(range(low, min(high, low + 60) + 1))
    if item.diagram:
        return [{region.code: {"kinds": list(item.diagram.kind_codes)}} for region in item.diagram.regions]
    return ["text"]


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """An intake: any share of the questions answered, any share of the yes-no questions with yes."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    share, yes = draw(st.sampled_from([0.1, 0.5, 0.9, 1.0])), draw(st.sampled_from([0.0, 0.03, 0.15]))
    given_answers: dict[str, Any] = {}
    for code, item in questionnaire().items.items():
        if chance.random() < share and not code.endswith("_entered"):
            likely = item.kind is ItemKind.YES_NO
            given_answers[code] = chance.random() < yes if likely else chance.choice(possible(item))
    unasked = derive(given_answers, CONTEXT, questionnaire()).set_aside
    return {code: answer for code, answer in given_answers.items() if code not in unasked}


def found(given_answers: dict[str, Any]) -> Findings:
    return derive(given_answers, CONTEXT, questionnaire())


def written(suggestion: Suggestion) -> str:
    return json.dumps(suggestion.to_json(), sort_keys=True)


def rank(urgency: Urgency | None) -> int:
    return -1 if urgency is None else urgency.rank


@settings(max_examples=20)
@given(answers(), st.randoms(use_true_random=False))
def test_order_of_rules_and_of_findings_is_irrelevant(given_answers, chance) -> None:
    rules, shuffled = list(protocol().rules), list(given_answers.items())
    chance.shuffle(rules)
    chance.shuffle(shuffled)
    turned = dataclasses.replace(protocol(), rules=tuple(rules))
    assert written(suggest(found(dict(shuffled)), turned)) == written(suggest(found(given_answers), protocol()))


@settings(max_examples=60)
@given(answers(), st.data())
def test_one_more_red_flag_never_lowers_the_urgency(given_answers, data) -> None:
    flags = [code for code, item in questionnaire().items.items() if item.red_flag and item.kind is ItemKind.YES_NO]
    before = suggest(found(given_answers), protocol())
    code = data.draw(st.sampled_from(flags))
    after = suggest(found({**given_answers, code: True}), protocol())
    assert rank(after.urgency) >= rank(before.urgency)
    assert {flag.code for flag in before.red_flags} <= {flag.code for flag in after.red_flags}
    assert after.hold.held or not before.hold.held


@settings(max_examples=40)
@given(answers(), st.data())
def test_losing_an_answer_makes_a_rule_at_most_unknown(given_answers, data) -> None:
    """Answers from which scores are drawn are left alone: some scores allow for missing items by their own rule."""
    losable = sorted(code for code in given_answers if not questionnaire().items[code].instrument)
    assume(losable)
    lost = data.draw(st.sampled_from(losable))
    before = outcomes(suggest(found(given_answers), protocol()))
    after = outcomes(suggest(found({code: given_answers[code] for code in given_answers if code != lost}), protocol()))
    for code, truth in after.items():
        assert truth is None or truth is before[code]


def outcomes(suggestion: Suggestion) -> dict[str, bool | None]:
    unknown = {one.code for one in suggestion.undecided}
    false = set(suggestion.not_applied)
    return {rule.code: None if rule.code in unknown else rule.code not in false for rule in protocol().rules}


@settings(max_examples=15)
@given(answers(), st.randoms(use_true_random=False))
def test_every_change_named_comes_true_through_the_whole_intake(given_answers, chance) -> None:
    findings = found(given_answers)
    codes = chance.sample([rule.code for rule in protocol().rules], 25)
    for code in codes:
        for change in explain_rule(findings, protocol(), code).why.changes:
            item = questionnaire().items.get(change.code)
            for answer in fitting(item, change.to) if item else []:
                after = found({**given_answers, change.code: answer})
                if change.code not in after.set_aside:
                    assert explain_rule(after, protocol(), code).why.truth is change.becomes


def fitting(item: Item, to: Any) -> list[Any]:
    """Some answers to a question that are as a change says."""
    values = [(one, frozenset(one) if isinstance(one, list) else one) for one in possible(item)]
    return [one for one, value in values if to.evaluate({item.code: value})][:2]


@settings(max_examples=20)
@given(answers(), st.data())
def test_a_rule_that_fails_is_not_evaluated_and_blocks_clear(given_answers, data) -> None:
    broken = data.draw(st.sampled_from(["nprs", "weeks_since_onset", "unexplained_weight_loss"]))
    findings = found(given_answers)
    suggestion = suggest(
        Findings({**findings, broken: "broken"}, findings.derivations, given_alone=frozenset()), protocol()
    )
    assert suggestion.not_evaluated
    assert suggestion.screening in (Screening.FLAGS, Screening.NOT_EVALUATED)


@settings(max_examples=20)
@given(answers())
def test_clear_only_when_every_red_flag_rule_is_false(given_answers) -> None:
    suggestion = suggest(found(given_answers), protocol())
    false = set(suggestion.not_applied)
    flag_rules = {rule.code for rule in protocol().rules if type(rule.conclude).__name__ == "RaiseFlag"}
    assert (suggestion.screening is Screening.CLEAR) is (flag_rules <= false)
