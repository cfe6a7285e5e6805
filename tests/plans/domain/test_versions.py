"""What differs between two versions in words, what a draft would change for past intakes, and what a case expects."""

import random
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.domain.findings import Context, Findings, derive
from intake.domain.items import Item, ItemKind
from plans.domain.difference import Change, differences
from plans.domain.editing import (
    PlacedRule,
    UnknownPartError,
    numbered,
    placed_rule,
    renumbered,
    with_rule,
    without_rule,
)
from plans.domain.expectation import Aspect, Expectation, expectation_of, expecting, unmet
from plans.domain.outcome import Direction, Outcome, Shift, moved, outcome_of
from plans.domain.parts import Kind, entries, versioned, with_entry
from plans.domain.protocol import Gate, Protocol, Urgency, compose
from plans.domain.replay import Comparison
from plans.domain.suggest import conclude, suggest
from plans.domain.suggestion import Disposition
from plans.domain.use import Sequel, use_of
from tests.cases.running import back_pain, questionnaires

NOTHING = Outcome(Disposition.UNDECIDED, False, {}, {}, (), {}, frozenset(), frozenset())
RULE = "tumour_weight_loss_alone"


def changed(code: str = RULE, **keys: Any) -> Protocol:
    """The shipped protocol as a second version, with other values for some keys of one rule."""
    content = numbered(back_pain().content, 2)
    placed = placed_rule(content, code)
    return compose(with_rule(content, PlacedRule(placed.group, {**placed.content, **keys})))


def answered(item: Item, chance: random.Random) -> Any:
    """An answer that the question allows."""
    if item.kind is ItemKind.YES_NO:
        return chance.random() < 0.3
    if item.kind is ItemKind.CHOICE:
        return chance.choice(item.choices).code
    return [chance.choice([one for one in item.choices if not one.exclusive] or item.choices).code]


def findings(seed: int) -> Findings:
    """The findings of an intake that chance made up."""
    chance, questionnaire = random.Random(seed), questionnaires()["low_back"]
    kinds = (ItemKind.YES_NO, ItemKind.CHOICE, ItemKind.CHOICES)
    items = {
        code: item
        for code, item in questionnaire.items.items()
        if (item.kind in kinds and item.choices) or item.kind is ItemKind.YES_NO
    }
    answers = {code: answered(item, chance) for code, item in items.items() if chance.random() < 0.4}
    return derive(answers, Context(chance.randint(18, 90), "female", "direct_access"), questionnaire)


seeds = st.integers(min_value=0, max_value=10_000)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_a_conclusion_alone_is_that_of_the_suggestion(seed: int) -> None:
    assert conclude(findings(seed), back_pain()) == outcome_of(suggest(findings(seed), back_pain()))


CHANGES = [
    changed(conclude={"red_flag": "tumour", "urgency": "emergency"}),
    changed(when="unexplained_weight_loss is yes and age >= 50"),
    changed("advice_keep_moving", when="region is low"),
    changed("advice_keep_moving", explanation={"nl": "Anders", "en": "Otherwise"}),
    compose(without_rule(numbered(back_pain().content, 2), "advice_warmth")),
]


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from(CHANGES))
def test_a_replay_finds_what_two_whole_suggestions_find(seed: int, draft: Protocol) -> None:
    known = findings(seed)
    whole = moved(outcome_of(suggest(known, back_pain())), outcome_of(suggest(known, draft)))
    assert Comparison(back_pain(), draft).moved(known) == whole


def test_a_derived_finding_that_changes_is_worked_out_in_full() -> None:
    content = numbered(back_pain().content, 2)
    derived = [{**one, "label": {"nl": "x", "en": "x"}} for one in content["derived"]["derived"]]
    draft = compose({**content, "derived": {"derived": derived}})
    assert not Comparison(back_pain(), draft)._only_rules_differ


@pytest.mark.parametrize(
    ("before", "after", "shift"),
    [
        ({"flags": {"x": Urgency.EMERGENCY}}, {}, Shift.EMERGENCY_LOST),
        ({"flags": {"x": Urgency.EMERGENCY}}, {"flags": {"x": Urgency.ROUTINE}}, Shift.EMERGENCY_LOST),
        ({}, {"flags": {"x": Urgency.EMERGENCY}}, Shift.EMERGENCY_WON),
        ({"flags": {"x": Urgency.ROUTINE}}, {"flags": {"x": Urgency.WITHIN_24H}}, Shift.FLAG_RAISED),
        ({"flags": {"x": Urgency.ROUTINE}}, {}, Shift.FLAG_LOWERED),
        ({"held": True}, {}, Shift.HOLD_LOST),
        ({}, {"held": True}, Shift.HOLD_WON),
        ({}, {"failed": frozenset({"r"})}, Shift.NOT_EVALUATED),
        ({"referrals": {"gp": Urgency.ROUTINE}}, {}, Shift.REFERRAL_LOWERED),
        ({}, {"referrals": {"gp": Urgency.ROUTINE}}, Shift.REFERRAL_RAISED),
        ({"gates": {"t": Gate.BLOCK}}, {"gates": {"t": Gate.RECOMMEND}}, Shift.GATE_LOOSENED),
        ({"gates": {"t": Gate.POSSIBLE}}, {"gates": {"t": Gate.CAUTION}}, Shift.GATE_TIGHTENED),
        ({"gates": {"t": Gate.POSSIBLE}}, {"gates": {"t": Gate.RECOMMEND}}, Shift.GATE_FAVOUR),
        ({"templates": ("a", "b")}, {"templates": ("c", "b")}, Shift.FIRST_TEMPLATE),
        ({"templates": ("a", "b")}, {"templates": ("a", "c")}, Shift.TEMPLATES),
        ({"disposition": Disposition.COURSE}, {}, Shift.DISPOSITION),
        ({"remarks": frozenset({"x"})}, {}, Shift.REMARKS),
    ],
)
def test_each_way_in_which_an_outcome_moves(before: dict[str, Any], after: dict[str, Any], shift: Shift) -> None:
    found = moved(replace(NOTHING, **before), replace(NOTHING, **after))
    assert [one.shift for one in found] == [shift]


def test_the_gravest_comes_first_and_emergencies_before_all() -> None:
    before = replace(NOTHING, flags={"a": Urgency.EMERGENCY}, templates=("t",), held=True)
    after = replace(NOTHING, flags={"b": Urgency.EMERGENCY}, remarks=frozenset({"x"}))
    shifts = [one.shift for one in moved(before, after)]
    assert shifts[:2] == [Shift.EMERGENCY_LOST, Shift.EMERGENCY_WON]
    assert shifts == sorted(shifts)
    assert list(Shift)[:2] == shifts[:2]
    assert {direction.value for direction in Direction} == {"less_cautious", "more_cautious", "otherwise"}


def test_a_changed_rule_is_told_in_both_languages() -> None:
    draft = changed(
        when="unexplained_weight_loss is yes and age >= 50", conclude={"red_flag": "tumour", "urgency": "emergency"}
    )
    (only,) = differences(back_pain(), draft)
    terms = questionnaires()["low_back"].terms
    assert (only.kind, only.change, only.code) == (Kind.RULE, Change.CHANGED, RULE)
    assert only.title("nl") == f"regel {RULE}: gewijzigd"
    assert only.lines("en", terms) == [
        "condition: Unexplained weight loss: yes → Unexplained weight loss: yes and Age: at least 50",
        "conclusion, urgency: routine → emergency",
    ]
    assert only.lines("nl", terms)[1] == "conclusie, urgentie: routine → spoed"


def test_rules_that_come_and_go_and_templates_are_told() -> None:
    content = without_rule(numbered(back_pain().content, 2), "advice_warmth")
    new = placed_rule(content, RULE)
    content = with_rule(content, PlacedRule("more", {**new.content, "code": "new_one"}))
    template = entries(content, Kind.TEMPLATE)["low_back_acute_profile_2"]
    changed_template = {**template, "session_minutes": 20}
    content = with_entry(content, Kind.TEMPLATE, "low_back_acute_profile_2", changed_template)
    told = [(one.kind, one.code, one.change) for one in differences(back_pain(), compose(content))]
    assert told == [
        (Kind.RULE, "new_one", Change.ADDED),
        (Kind.RULE, "advice_warmth", Change.REMOVED),
        (Kind.TEMPLATE, "low_back_acute_profile_2", Change.CHANGED),
    ]


def test_two_equal_versions_do_not_differ() -> None:
    assert differences(back_pain(), compose(numbered(back_pain().content, 7))) == ()


def test_another_number_gives_what_composing_with_it_gives() -> None:
    again, composed = renumbered(back_pain(), 7), compose(numbered(back_pain().content, 7))
    assert again.hash == composed.hash != back_pain().hash
    said = [one.name for one in fields(Protocol) if one.name != "derivations"]  # which are not compared by value
    assert [getattr(again, name) for name in said] == [getattr(composed, name) for name in said]
    assert again.derivations.derived == composed.derivations.derived


def test_a_template_that_is_changed_back_has_its_version_again() -> None:
    base = entries(back_pain().content, Kind.TEMPLATE)["low_back_acute_profile_2"]
    once = versioned({**base, "session_minutes": 20}, base)
    twice = versioned({**once, "session_minutes": 25}, base)
    back = versioned({**twice, "session_minutes": base["session_minutes"]}, base)
    assert [one["version"] for one in (once, twice, back)] == [
        base["version"] + 1,
        base["version"] + 1,
        base["version"],
    ]
    assert versioned({"session_minutes": 20}, None)["version"] == 1


def test_a_part_that_is_not_there_is_said() -> None:
    with pytest.raises(UnknownPartError):
        placed_rule(back_pain().content, "x")


def test_editing_leaves_the_content_it_started_from_alone() -> None:
    before = back_pain().hash
    changed(when="age >= 99")
    assert compose(back_pain().content).hash == before


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_case_made_of_an_outcome_is_met_by_it(seed: int) -> None:
    outcome = conclude(findings(seed), back_pain())
    expected = expectation_of(expecting(outcome).to_json())
    assert unmet(expected, outcome) == ()


@pytest.mark.parametrize(
    ("expected", "aspect"),
    [
        (Expectation(urgency="emergency"), Aspect.URGENCY),
        (Expectation(disposition="course"), Aspect.DISPOSITION),
        (Expectation(first_template="x"), Aspect.FIRST_TEMPLATE),
        (Expectation(flags=("tumour",)), Aspect.FLAGS),
        (Expectation(referrals=("gp",)), Aspect.REFERRALS),
        (Expectation(gates={"taping": "block"}), Aspect.GATES),
    ],
)
def test_each_thing_that_can_be_expected_can_fail(expected: Expectation, aspect: Aspect) -> None:
    assert [one.aspect for one in unmet(expected, NOTHING)] == [aspect]
    assert not expected.is_empty


def test_a_rule_was_followed_overridden_or_neither() -> None:
    protocol = back_pain()
    template = next(
        rule for rule in protocol.rules if getattr(rule.conclude, "template", "") == "low_back_acute_profile_2"
    )
    parts = ("red_flags", "endings", "referrals", "techniques", "advice", "notes", "scope")
    trace = {part: [] for part in parts} | {"templates": [{"reasons": [{"rule": template.code, "truth": True}]}]}
    past = [
        (trace, Sequel(template="low_back_acute_profile_2")),
        (trace, Sequel(template="after_recurrence")),
        (trace, Sequel()),
        (trace | {"templates": []}, Sequel(template="after_recurrence")),
    ]
    use = use_of(template, past)
    assert (use.looked_at, use.fired, use.followed, use.overridden, use.undecided) == (4, 3, 1, 1, 1)
    assert use.chosen == {"after_recurrence": 1}
    flag = protocol.rule(RULE)
    flagged = trace | {"red_flags": [{"reasons": [{"rule": RULE, "truth": True}]}]}
    use = use_of(
        flag,
        [(flagged, Sequel(contacted=frozenset({flag.conclude.flag}))), (flagged, Sequel(went_on_because="Al gezien"))],
    )
    assert (use.followed, use.overridden, use.explanations) == (1, 1, ["Al gezien"])
