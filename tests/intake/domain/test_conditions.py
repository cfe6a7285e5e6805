"""The condition language: three values, messages, round trip, sentences."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.conditions import ConditionError, Term, TermKind, Values, WrongKindError, parse
from intake.domain.conditions.fit import misfits
from intake.domain.text import Text
from tests.intake.domain.generated import conditions, known_values

TRUTHS = (True, False, None)


def known(**truths: bool | None) -> Values:
    return {code: truth for code, truth in truths.items() if truth is not None}


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, True, False, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, True, None, True),
        (None, False, False, None),
        (None, None, None, None),
    ],
)
def test_and_or_table(left: bool | None, right: bool | None, both: bool | None, either: bool | None) -> None:
    findings = known(a=left, b=right)
    assert parse("a is yes and b is yes").evaluate(findings) is both
    assert parse("a is yes or b is yes").evaluate(findings) is either


@pytest.mark.parametrize(("truth", "expected"), [(True, False), (False, True), (None, None)])
def test_not_table(truth: bool | None, expected: bool | None) -> None:
    assert parse("not a is yes").evaluate(known(a=truth)) is expected


@pytest.mark.parametrize("truths", list(itertools.product(TRUTHS, repeat=3)))
def test_at_least_two_holds_exactly_when_every_completion_does(truths: tuple[bool | None, ...]) -> None:
    completions = itertools.product(*[[truth] if truth is not None else [True, False] for truth in truths])
    outcomes = {sum(completion) >= 2 for completion in completions}
    expected = outcomes.pop() if len(outcomes) == 1 else None
    findings = known(**dict(zip("abc", truths, strict=True)))
    assert parse("at least 2 of [a, b, c] is yes").evaluate(findings) is expected


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        ("is yes", True, True),
        ("is no", True, False),
        ("is no", False, True),
        ("is acute", "acute", True),
        ("is acute", "chronic", False),
        ("is not acute", "acute", False),
        ("is not acute", "chronic", True),
        ("in [acute, chronic]", "chronic", True),
        ("in [acute, chronic]", "subacute", False),
        ("includes dull", frozenset(["dull", "sharp"]), True),
        ("includes dull", frozenset(), False),
        ("includes any of [dull, burning]", frozenset(["burning"]), True),
        ("includes any of [dull, burning]", frozenset(["sharp"]), False),
        ("< 6", 6, False),
        ("< 6", 5.9, True),
        ("<= 6", 6, True),
        ("> 6", 6, False),
        (">= 6", 6, True),
        ("= 6", 6.0, True),
        ("= -1.5", -1.5, True),
        ("between 6 and 12", 6, True),
        ("between 6 and 12", 12, True),
        ("between 6 and 12", 12.1, False),
    ],
)
def test_leaf(test: str, value: object, expected: bool) -> None:
    condition = parse(f"code {test}")
    assert condition.evaluate({"code": value}) is expected  # type: ignore[dict-item]
    assert condition.evaluate({}) is None


@pytest.mark.parametrize(
    ("test", "value"),
    [("is yes", "yes"), ("is yes", 1), ("is acute", True), ("in [a]", 1), ("includes a", "a"), (">= 1", True)],
)
def test_leaf_refuses_a_value_of_another_kind(test: str, value: object) -> None:
    with pytest.raises(WrongKindError):
        parse(f"code {test}").evaluate({"code": value})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at position 1: expected a code, 'not', 'any of', 'all of', 'at least' or '(', found the end"),
        ("a", "at position 2: expected a test (is, in, includes, between, <, <=, >, >=, =), found the end"),
        ("a is", "at position 5: expected yes, no, not or a choice (compare numbers with =), found the end"),
        ("a is 3", "at position 6: expected yes, no, not or a choice (compare numbers with =), found '3'"),
        ("a is not yes", "at position 10: expected a choice (for yes and no write 'is no' or 'is yes'), found 'yes'"),
        ("a is yes b is no", "at position 10: expected 'and', 'or' or the end, found 'b'"),
        ("(a is yes", "at position 10: expected 'and', 'or' or ')', found the end"),
        ("any of a is yes", "at position 8: expected '(' or '[', found 'a'"),
        ("any of [a, ] is yes", "at position 12: expected a code, found ']'"),
        ("at least x of [a] is yes", "at position 10: expected a whole number, found 'x'"),
        ("at least 3 of [a, b] is yes", "at position 1: at least 3 of 2 makes no sense"),
        ("at least 0 of [a, b] is yes", "at position 1: at least 0 of 2 makes no sense"),
        ("a between 5 and 3", "at position 11: between goes from the lower to the higher number"),
        ("a >= b", "at position 6: expected a number, found 'b'"),
        ("a is known", None),
        ("A is yes", "at position 1: 'A' means nothing here; codes are in small letters"),
        ("a ~ 3", "at position 3: '~' means nothing here; codes are in small letters"),
        ("yes is yes", "at position 1: expected a code, 'not', 'any of', 'all of', 'at least' or '(', found 'yes'"),
        ("a includes any [b]", "at position 16: expected 'of', found '['"),
        ("(" * 50 + "a is yes" + ")" * 50, "at position 41: nested more than 40 deep"),
        ("a is yes or " * 1000 + "a is yes", "at position 10000: a condition has at most 10000 characters"),
    ],
)
def test_message_names_position_and_what_was_expected(text: str, message: str | None) -> None:
    if message is None:
        assert parse(text).to_text() == text
        return
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert str(caught.value) == message


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_refused_with_a_position(text: str) -> None:
    assert 1 <= position_of_error(text) <= len(text) + 1


def position_of_error(text: str) -> int:
    try:
        parse(text)
    except ConditionError as error:
        return error.position
    return 1


def test_not_binds_strongest_then_and_then_or() -> None:
    assert parse("a is yes or b is yes and not c is yes") == parse("(a is yes or (b is yes and (not (c is yes))))")


def test_quantified_codes_are_the_same_as_quantified_tests() -> None:
    assert parse("any of [a, b] <= 3") == parse("a <= 3 or b <= 3")
    assert parse("all of (a is yes, b >= 2)") == parse("a is yes and b >= 2")
    assert parse("any of (a is yes)") == parse("a is yes")


@given(conditions())
def test_text_of_a_condition_parses_to_the_same_condition(condition) -> None:
    assert parse(condition.to_text()) == condition


@given(conditions(), known_values(), st.data())
def test_making_an_answer_unknown_turns_a_condition_only_into_unknown(condition, values, data) -> None:
    before = condition.evaluate(values)
    lost = data.draw(st.sampled_from(sorted(values)) if values else st.none())
    after = condition.evaluate({code: value for code, value in values.items() if code != lost})
    assert after is before or after is None


@given(conditions(), known_values(), st.randoms())
def test_order_of_findings_is_irrelevant(condition, values, random) -> None:
    shuffled = list(values.items())
    random.shuffle(shuffled)
    assert condition.evaluate(dict(shuffled)) is condition.evaluate(values)


TERMS = {
    "numb": Term("numb", TermKind.YES_NO, Text("Doof gevoel", "Numbness")),
    "tingling": Term("tingling", TermKind.YES_NO, Text("Tintelingen", "Tingling")),
    "weeks": Term("weeks", TermKind.NUMBER, Text("Weken sinds begin", "Weeks since onset")),
    "course": Term(
        "course",
        TermKind.CHOICE,
        Text("Beloop", "Course"),
        {"up": Text("erger", "worse"), "down": Text("beter", "better")},
    ),
    "nature": Term("nature", TermKind.CHOICES, Text("Aard", "Nature"), {"dull": Text("dof", "dull")}),
}


@pytest.mark.parametrize(
    ("text", "dutch", "english"),
    [
        ("numb is yes", "Doof gevoel: ja", "Numbness: yes"),
        ("numb is no", "Doof gevoel: nee", "Numbness: no"),
        ("weeks < 1.5", "Weken sinds begin: minder dan 1,5", "Weeks since onset: less than 1.5"),
        ("weeks between 6 and 12", "Weken sinds begin: 6 tot en met 12", "Weeks since onset: 6 to 12"),
        ("course is not up", "Beloop: anders dan erger", "Course: other than worse"),
        ("course in [up, down]", "Beloop: erger of beter", "Course: worse or better"),
        ("nature includes dull", "Aard: onder meer dof", "Nature: including dull"),
        ("any of [numb, tingling] is yes", "Doof gevoel of Tintelingen: ja", "Numbness or Tingling: yes"),
        ("not weeks > 6", "niet (Weken sinds begin: meer dan 6)", "not (Weeks since onset: more than 6)"),
        (
            "(numb is yes or weeks = 3) and course is up",
            "(Doof gevoel: ja of Weken sinds begin: precies 3) en Beloop: erger",
            "(Numbness: yes or Weeks since onset: exactly 3) and Course: worse",
        ),
        (
            "at least 1 of (numb is yes, weeks >= 3)",
            "ten minste 1 van: Doof gevoel: ja; Weken sinds begin: ten minste 3",
            "at least 1 of: Numbness: yes; Weeks since onset: at least 3",
        ),
        ("other <= 2", "other: hoogstens 2", "other: at most 2"),
    ],
)
def test_sentence_in_both_languages(text: str, dutch: str, english: str) -> None:
    condition = parse(text)
    assert condition.describe("nl", TERMS) == dutch
    assert condition.describe("en-gb", TERMS) == english


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("numb is yes and weeks > 3", []),
        ("nothing is yes", ["'nothing' is not the code of any question or finding"]),
        ("far_away is yes", []),
        ("weeks is yes", ["'weeks is yes' tests a yes_no, but 'weeks' is a number"]),
        ("course includes up", ["'course includes up' tests a choices, but 'course' is a choice"]),
        ("course is sideways", ["'sideways' is not a choice of 'course' (up, down)"]),
        ("nature includes any of [dull, loud]", ["'loud' is not a choice of 'nature' (dull)"]),
    ],
)
def test_misfit(text: str, expected: list[str]) -> None:
    assert misfits(parse(text), TERMS, elsewhere=["far_away"]) == expected
