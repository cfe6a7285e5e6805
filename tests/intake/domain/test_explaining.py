"""Explanations: the leaves for and against, and single answers that would change a condition; every claim is tried."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from intake.domain.conditions import Condition, Term, TermKind, Truth, parse
from intake.domain.conditions.cells import opposite
from intake.domain.conditions.explaining import Program, explain
from intake.domain.conditions.explanation import Explanation, FailedEvaluationError, Literal
from intake.domain.conditions.tree import Leaf
from intake.domain.derivations import Derivations
from intake.domain.derived import Band, Banded, Extreme, When
from intake.domain.reading import NO_BACKING
from intake.domain.text import Text
from tests.intake.domain.generated import CHOICES, conditions, conditions_with, known_values, possible_values

POSSIBLE = possible_values()
LABEL = Text("x", "x")


def texts(literals: tuple[Literal, ...]) -> list[str]:
    return [("not " if literal.negated else "") + literal.leaf.to_text() for literal in literals]


def claims(explanation: Explanation) -> set[tuple[str, Truth]]:
    return {(change.to.to_text(), change.becomes) for change in explanation.changes}


@pytest.mark.parametrize(
    ("condition", "findings", "truth", "held", "against", "unknown", "changes"),
    [
        ("a is yes", {}, None, [], [], ["a is yes"], {("a is yes", True), ("a is no", False)}),
        ("a is yes", {"a": True}, True, ["a is yes"], [], [], {("a is no", False)}),
        ("not a is yes", {"a": True}, False, [], ["not a is yes"], [], {("a is no", True)}),
        (
            "a is yes and b is yes",
            {"a": True},
            None,
            ["a is yes"],
            [],
            ["b is yes"],
            {("a is no", False), ("b is yes", True), ("b is no", False)},
        ),
        ("a is yes and b is yes", {"a": False, "b": False}, False, [], ["a is yes", "b is yes"], [], set()),
        ("a is yes or b is yes", {"a": True}, True, ["a is yes"], [], ["b is yes"], {("a is no", None)}),
        ("a is yes or b is yes", {"a": True, "b": True}, True, ["a is yes", "b is yes"], [], [], set()),
        (
            "x >= 3 and x < 6",
            {"x": 2},
            False,
            ["x < 6"],
            ["x >= 3"],
            [],
            {("all of (x >= 3, x < 6)", True)},
        ),
        (
            "color in [red, blue]",
            {"color": "red"},
            True,
            ["color in [red, blue]"],
            [],
            [],
            {("not color in [blue, red]", False)},
        ),
        (
            "at least 2 of [a, b, c] is yes",
            {"a": True, "b": False},
            None,
            ["a is yes"],
            ["b is yes"],
            ["c is yes"],
            {("a is no", False), ("b is yes", True), ("c is yes", True), ("c is no", False)},
        ),
    ],
)
def test_explanation(condition, findings, truth, held, against, unknown, changes) -> None:
    found = explain(parse(condition), findings)
    assert found.truth is truth
    assert texts(found.held) == held
    assert texts(found.against) == against
    assert texts(found.unknown) == unknown
    assert claims(found) == {(parse(text).to_text(), becomes) for text, becomes in changes}


def test_bounds_and_choices_of_a_finding_leave_out_what_it_cannot_be() -> None:
    terms = {
        "x": Term("x", TermKind.NUMBER, LABEL, minimum=0, maximum=5, whole=True),
        "color": Term("color", TermKind.CHOICE, LABEL, {"red": LABEL, "blue": LABEL}),
        "tags": Term("tags", TermKind.CHOICES, LABEL, {"red": LABEL, "none": LABEL}, exclusive=frozenset(["none"])),
    }

    def claimed(text: str, findings: dict[str, Any]) -> set[tuple[str, Truth]]:
        return claims(Program({"": parse(text)}, terms).run(findings).explain(""))

    assert claimed("x > 2 and x < 4 and x >= 0", {}) == {
        ("x > 2 and x < 4", True),
        ("x <= 2", False),
        ("x >= 4", False),
    }
    assert claimed("x >= 5 and x <= 5", {}) == {("x >= 5", True), ("x < 5", False)}
    assert claimed("color is red or color is red and a is yes", {"a": True}) == {
        ("color is red", True),
        ("color is not red", False),
    }
    assert claimed("tags includes red and not tags includes none", {}) == {
        ("tags includes red", True),
        ("not tags includes red", False),
        ("tags includes none", False),
        ("not tags includes any of [none, red]", False),
    }
    assert claimed("tags includes red and not tags includes none", {"tags": frozenset(["none"])}) == {
        ("tags includes red and not tags includes none", True),
    }


def test_known_finding_that_is_fixed_is_not_named_as_a_change() -> None:
    program = Program({"old": parse("age >= 50 and a is yes")}, fixed=["age"])
    assert claims(program.run({"age": 40, "a": True}).explain("old")) == set()
    assert claims(program.run({"a": True}).explain("old")) == {
        ("age >= 50", True),
        ("age < 50", False),
        ("a is no", False),
    }


@given(conditions(), known_values())
def test_every_leaf_is_for_against_or_unknown(condition: Condition, values: dict[str, Any]) -> None:
    found = explain(condition, values)
    assert found.truth is condition.evaluate(values)
    for literal in found.held:
        assert literal.wanted().evaluate(values) is True
    for literal in found.against:
        assert literal.wanted().evaluate(values) is False
    for literal in found.unknown:
        assert literal.wanted().evaluate(values) is None
    named = {literal.leaf for literal in (*found.held, *found.against, *found.unknown)}
    assert named == set(condition.leaves())


@given(conditions(), known_values())
def test_every_change_named_is_true_and_none_is_missing(condition: Condition, values: dict[str, Any]) -> None:
    found = explain(condition, values)
    for code in condition.codes():
        outcomes = [(value, condition.evaluate({**values, code: value})) for value in POSSIBLE[code]]
        matters = len({becomes for _, becomes in outcomes}) > 1
        for value, becomes in outcomes:
            fitting = [one for one in found.changes if one.code == code and one.to.evaluate({code: value})]
            assert all(change.becomes is becomes for change in fitting)
            worth_naming = becomes is not found.truth and (becomes is not None or found.truth is True)
            assert bool(fitting) is (matters and worth_naming) or code in CHOICES


@given(st.data())
def test_opposite_holds_exactly_where_a_leaf_does_not(data: st.DataObject) -> None:
    leaf = data.draw(conditions(max_leaves=1).filter(lambda condition: isinstance(condition, Leaf)))
    value = data.draw(st.sampled_from(POSSIBLE[leaf.code]))
    assert opposite(leaf).evaluate({leaf.code: value}) is not leaf.evaluate({leaf.code: value})


BANDS = (Band("few", LABEL, below=2), Band("some", LABEL, up_to=6), Band("many", LABEL))
ASKED_WHEN = {"b": parse("a is yes"), "shade": parse("b is no or x > 3")}


def derivations(first: Condition, second: Condition) -> Derivations:
    derived = [
        When("d", LABEL, NO_BACKING, first),
        When("e", LABEL, NO_BACKING, second),
        Banded("amount", LABEL, NO_BACKING, "x", BANDS),
        Extreme("lowest", LABEL, NO_BACKING, ("x", "y"), greatest=False),
    ]
    return Derivations(derived, ASKED_WHEN)


def findings_from(answers: dict[str, Any], found: Derivations) -> dict[str, Any]:
    """What is known after an intake with these answers: unasked ones set aside, derived findings added."""
    known = dict(answers)
    found.add_to(known)
    unasked = {code for code, when in found.asked.items() if when.evaluate(known) is False}
    known = {code: value for code, value in answers.items() if code not in unasked}
    found.add_to(known)
    return known


@given(
    conditions(max_leaves=4),
    conditions_with(["d"], {"amount": ["few", "some", "many"]}),
    conditions_with(["d", "e"], {"amount": ["few", "some", "many"]}),
    known_values(),
)
def test_changes_through_derived_findings_and_unasked_questions_are_true(first, second, condition, answers) -> None:
    found = derivations(first, second)
    expanded = found.expand(condition)
    program = Program({"": expanded}, inputs=found.inputs)
    known = findings_from(answers, found)
    assume(answers.keys() <= known.keys())
    explanation = program.run(known).explain("")
    assert explanation.truth is expanded.evaluate(known)
    for change in explanation.changes:
        for value in POSSIBLE.get(change.code, ()):
            if change.to.evaluate({change.code: value}):
                after = findings_from({**answers, change.code: value}, found)
                if change.code in after:
                    assert program.run(after).explain("").truth is change.becomes


def test_derived_finding_is_explained_by_its_answers() -> None:
    found = derivations(parse("a is yes and c is yes"), parse("x >= 1"))
    program = Program({"": found.expand(parse("d is yes and amount is some"))}, inputs=found.inputs)
    explanation = program.run(findings_from({"a": True, "x": 7}, found)).explain("")
    assert [(one.leaf.to_text(), one.via) for one in explanation.held] == [("a is yes", "d"), ("x >= 2", "amount")]
    assert [(one.leaf.to_text(), one.via) for one in explanation.against] == [("x <= 6", "amount")]
    assert [(one.leaf.to_text(), one.via) for one in explanation.unknown] == [("c is yes", "d")]


def test_answers_decide_over_a_derived_finding_that_they_expand() -> None:
    found = derivations(parse("a is yes"), parse("x >= 1"))
    program = Program({"": found.expand(parse("d is yes"))})
    assert program.run({"d": True}).explain("").truth is None
    assert program.run({"d": True, "a": False}).explain("").truth is False


def test_question_that_is_not_asked_argues_through_what_makes_it_so() -> None:
    found = derivations(parse("a is yes"), parse("x >= 1"))
    program = Program({"": found.expand(parse("b is yes"))}, inputs=found.inputs)
    assert texts(program.run({"a": False}).explain("").against) == ["a is yes"]
    assert program.run({"a": True}).explain("").truth is None
    assert claims(program.run({"a": True, "b": True}).explain("")) == {("a is no", False), ("b is no", False)}


def test_findings_that_rest_on_the_same_answers_are_not_changed_alone() -> None:
    found = derivations(parse("a is yes"), parse("x >= 1"))
    program = Program({"": parse("lowest >= 3 and x >= 2 and c is yes")}, inputs=found.inputs)
    explanation = program.run({"c": True, "x": 5, "y": 5, "lowest": 5}).explain("")
    assert {change.code for change in explanation.changes} == {"c"}


def test_failure_stays_with_the_conditions_that_meet_it() -> None:
    program = Program({"good": parse("a is yes"), "bad": parse("a is yes and not x > 2")})
    run = program.run({"a": True, "x": "many"})
    assert run.truth("good") is True
    assert run.failures() == {"bad": "WrongKindError: '> 2' cannot judge 'many'"}
    with pytest.raises(FailedEvaluationError):
        run.explain("bad")
