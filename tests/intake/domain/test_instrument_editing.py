"""Which change of an instrument is another version of it, and which would make another score of it."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.instrument_editing import (
    head_of,
    number_of,
    question_in,
    scored_alike,
    with_free_numbers,
    with_instrument,
    with_question_in,
    worded_alike,
)

PAIN: dict[str, Any] = {
    "code": "pain",
    "version": 1,
    "title": {"nl": "Pijn", "en": "Pain"},
    "direction": "lower_is_better",
    "items": [
        {"code": "pain_now", "kind": "scale", "minimum": 0, "maximum": 10, "label": {"nl": "Nu", "en": "Now"}},
        {
            "code": "pain_how",
            "kind": "choice",
            "label": {"nl": "Hoe", "en": "How"},
            "choices": [{"code": "dull", "label": {"nl": "Dof", "en": "Dull"}}],
        },
    ],
    "scores": [
        {
            "code": "pain",
            "label": {"nl": "Pijn", "en": "Pain"},
            "method": "sum",
            "items": ["pain_now"],
            "minimum": 0,
            "maximum": 10,
            "relevant_change": [{"kind": "absolute", "value": 2, "sources": ["ostelo_2008"], "evidence": "verified"}],
            "bands": [{"code": "mild", "up_to": 3}, {"code": "more"}],
        }
    ],
    "groups": {"code": "pain_group", "rules": [{"when": "pain <= 3", "code": "low", "label": {"nl": "L", "en": "L"}}]},
}


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The instrument with another value at one place."""
    other = copy.deepcopy(PAIN)
    inner: Any = other
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return other


READ_OTHERWISE = [
    (("title", "en"), "Ache"),
    (("direction",), "higher_is_better"),
    (("scores", 0, "label", "en"), "Ache"),
    (("scores", 0, "maximum"), 20),
    (("scores", 0, "relevant_change", 0, "value"), 3),
    (("scores", 0, "sources"), ["keele_start_back"]),
    (("scores", 0, "bands", 0, "up_to"), 4),
    (("items", 0, "label", "en"), "At present"),
    (("groups", "rules", 0, "label", "en"), "Little"),
]
SCORED_OTHERWISE = [
    (("items", 0, "maximum"), 100),
    (("items", 0, "code"), "pain_then"),
    (("items", 1, "choices", 0, "code"), "sharp"),
    (("scores", 0, "method"), "mean"),
    (("scores", 0, "missing_allowed"), 1),
    (("scores", 0, "points"), {"pain_now": {"0": 1}}),
    (("scores", 0, "code"), "ache"),
    (("scores", 0, "bands", 0, "code"), "little"),
    (("scores", 0, "bands", 0), {"code": "mild", "below": 3}),
    (("groups", "rules", 0, "when"), "pain <= 4"),
    (("entered_totals",), ["pain"]),
    (("items",), PAIN["items"][:1]),
]


@pytest.mark.parametrize(("path", "value"), READ_OTHERWISE)
def test_how_a_score_is_called_and_judged_may_change(path: tuple[Any, ...], value: Any) -> None:
    assert scored_alike(PAIN, changed(path, value))


@pytest.mark.parametrize(("path", "value"), SCORED_OTHERWISE)
def test_what_a_score_is_made_of_stays(path: tuple[Any, ...], value: Any) -> None:
    assert not scored_alike(PAIN, changed(path, value))


def test_classifications_may_stand_alone_or_in_a_list() -> None:
    assert scored_alike(PAIN, {**PAIN, "groups": [PAIN["groups"]]})


@pytest.mark.parametrize(
    "path", [("items", 0, "label", "nl"), ("items", 1, "choices", 0, "label", "en"), ("items", 0, "help")]
)
def test_other_words_for_a_question_are_told(path: tuple[Any, ...]) -> None:
    assert worded_alike(PAIN, changed(("title", "en"), "Ache"))
    assert not worded_alike(PAIN, changed(path, "Anders"))


def test_the_head_and_the_questions_make_the_instrument() -> None:
    question = {**question_in(PAIN, "pain_now"), "label": {"nl": "Straks", "en": "Later"}}
    assert {**head_of(PAIN), "items": PAIN["items"], "version": 1} == PAIN
    assert question_in(with_question_in(PAIN, question), "pain_now") == question
    assert question_in(with_question_in(PAIN, question), "pain_how") == question_in(PAIN, "pain_how")


@given(st.lists(st.sampled_from(["Pain", "Ache", "Hurt"]), max_size=12))
def test_a_number_of_an_instrument_says_one_thing_only(names: list[str]) -> None:
    """However often and in whatever order it is changed, in however many questionnaires."""
    known: list[Any] = [PAIN]
    for name in names:
        changing = changed(("title", "en"), name)
        known.append({**changing, "version": number_of(changing, known)})
    said = {one["version"]: one["title"]["en"] for one in known}
    assert all(said[one["version"]] == one["title"]["en"] for one in known)
    assert len(said) == len({one["title"]["en"] for one in known}), "the same words are the same version"


def test_content_from_elsewhere_keeps_its_numbers_unless_they_say_something_else_here() -> None:
    content = {"instruments": {"pain": PAIN}}
    assert with_free_numbers(content, [PAIN, {**PAIN, "code": "other", "title": {}}]) == content
    other = changed(("title", "en"), "Ache")
    moved = with_free_numbers(content, [other, {**other, "version": 4, "direction": "higher_is_better"}])
    assert moved["instruments"]["pain"] == {**PAIN, "version": 5}
    assert with_instrument(content, other, [PAIN])["instruments"]["pain"]["version"] == 2
