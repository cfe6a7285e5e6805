"""The rules that ship: every one says where it comes from, and its own examples come out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from intake.domain.conditions import Value
from plans.domain.protocol import Example, ExampleKind, RaiseFlag, Refer, Rule
from tests.cases.running import back_pain, questionnaires
from tests.content import read_yaml

RULES = Path(__file__).parents[2] / "plans" / "content" / "back_pain" / "rules"
EVIDENCE = {"verified", "verified_secondary", "unverified", "proposal"}
QUESTIONNAIRES = {"mid": "mid_back", "upper": "upper_back"}
FEWEST_RULES = 95
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
