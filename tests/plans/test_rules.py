"""The rules that ship: every one says where it comes from, and its own examples come out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from intake.domain.conditions import Value
from intake.domain.conditions.tree import Condition, Is, IsYes, Leaf, Not
from intake.domain.findings import Findings
from intake.domain.questionnaire import Questionnaire
from plans.domain.protocol import Example, ExampleKind, RaiseFlag, Refer, Rule
from tests.cases.running import URGENT, Case, back_pain, questionnaires, shipped
from tests.content import read_yaml

RULES = Path(__file__).parents[2] / "plans" / "content" / "back_pain" / "rules"
EVIDENCE = {"verified", "verified_secondary", "unverified", "proposal"}
QUESTIONNAIRES = {"mid": "mid_back", "upper": "upper_back"}
FEWEST_RULES = 95
URGENT_CASES = [case for case in shipped("near_misses") if case.expected in URGENT]
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{example.kind.value}-{position}")
    for rule in back_pain().rules
    for position, example in enumerate(rule.examples)
]

every_rule = pytest.mark.parametrize("rule", back_pain().rules, ids=[rule.code for rule in back_pain().rules])


def truth(rule: Rule, given: Mapping[str, Value]) -> bool | None:
    """What a rule says of some findings, with what is derived from them for the region they name."""
    questionnaire = questionnaires()[QUESTIONNAIRES.get(str(given.get("region")), "low_back")]
    derivations = questionnaire.derivations.extended(back_pain().derivations)
    known = dict(given)
    derivations.add_to(known)
    return derivations.expand(rule.when).evaluate(known)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_example_of_a_rule_comes_out(rule: Rule, example: Example) -> None:
    assert truth(rule, example.given) is example.expect


@every_rule
def test_a_rule_has_examples_of_every_kind(rule: Rule) -> None:
    assert {example.kind for example in rule.examples} == set(ExampleKind)


@every_rule
def test_a_rule_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.backing.sources
    assert set(rule.backing.sources) <= set(back_pain().sources)
    assert rule.backing.evidence is not None
    assert rule.backing.evidence.value in EVIDENCE
    assert rule.reviewed is not None


@every_rule
def test_a_rule_explains_itself_in_both_languages(rule: Rule) -> None:
    assert rule.explanation.nl
    assert rule.explanation.en
    assert rule.explanation.nl != rule.explanation.en
    if isinstance(rule.conclude, RaiseFlag | Refer):
        assert rule.action is not None


def parts(condition: Condition) -> Iterator[Condition]:
    """A condition and everything it is made of, derived findings included."""
    yield condition
    for part in condition.below:
        yield from parts(part)


def denies(condition: Condition, codes: set[str]) -> bool:
    """Whether it is a negation, or says no to one of these codes."""
    if isinstance(condition, Leaf) and condition.code in codes:
        return condition.test == IsYes(False) or (isinstance(condition.test, Is) and condition.test.negated)
    return isinstance(condition, Not)


@pytest.mark.parametrize("name", ["low_back", "mid_back", "upper_back"])
def test_no_red_flag_rests_on_a_denied_red_flag(name: str) -> None:
    """So that one more yes never lowers the urgency; what derived findings rest on counts as well."""
    questionnaire = questionnaires()[name]
    asked = {code for code, item in questionnaire.items.items() if item.red_flag}
    flags = [rule for rule in back_pain().rules if isinstance(rule.conclude, RaiseFlag)]
    whole = {rule.code: questionnaire.derivations.expand(rule.when) for rule in flags}
    assert not [code for code, condition in whole.items() if any(denies(part, asked) for part in parts(condition))]


def urgency(findings: Findings) -> int:
    """The highest urgency of the red flags that hold; 0 is none."""
    known = findings.copy()
    flags = (rule for rule in back_pain().rules if isinstance(rule.conclude, RaiseFlag))
    held = (rule.conclude.urgency.rank + 1 for rule in flags if findings.derivations.expand(rule.when).evaluate(known))
    return max(held, default=0)


def alarming_answers(questionnaire: Questionnaire) -> Iterator[tuple[str, Any]]:
    """Every answer that raises a red-flag question; the first choice of such a question is the normal one."""
    for code, item in questionnaire.items.items():
        if item.red_flag:
            yield from [(code, choice.code) for choice in item.choices[1:]] or [(code, True)]


@pytest.mark.parametrize("case", URGENT_CASES, ids=[case.code for case in URGENT_CASES])
def test_one_more_alarming_answer_never_lowers_the_urgency(case: Case) -> None:
    before = urgency(case.findings())
    after = {code: urgency(case.findings(**{code: answer})) for code, answer in alarming_answers(case.questionnaire)}
    assert not [code for code, found in after.items() if found < before]


def test_there_are_rules_for_every_part_of_the_work() -> None:
    assert len(back_pain().rules) >= FEWEST_RULES
    assert {path.stem for path in RULES.glob("*.yaml")} == {
        "red_flags_neurology",
        "red_flags_fracture",
        "red_flags_cancer",
        "red_flags_infection",
        "red_flags_vascular_visceral",
        "red_flags_other",
        "scope",
        "referrals",
        "templates",
        "techniques",
        "advice",
        "outcomes",
    }


def test_flags_and_notes_have_names() -> None:
    def spoken(rule: dict[str, Any]) -> str | None:
        return rule["conclude"].get("red_flag") or rule["conclude"].get("note")

    rules = [rule for path in RULES.glob("*.yaml") for rule in read_yaml(path)["rules"]]
    assert {code for rule in rules if (code := spoken(rule))} == set(back_pain().labels)


def test_words_that_frighten_are_not_used() -> None:
    texts = [text for rule in back_pain().rules for text in (rule.explanation, rule.action) if text]
    for text in texts:
        assert not {"letsel", "degeneratie", "slijtage", "aspecifiek"} & set(text.nl.lower().split())
