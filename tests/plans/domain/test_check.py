"""What stands in the way of publishing a protocol, and what only deserves a warning."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from plans.domain.check import Level, blocking, check
from plans.domain.protocol import compose
from tests.cases.running import back_pain, questionnaires

Parts = dict[str, Any]


def rule(parts: Parts, code: str) -> dict[str, Any]:
    return next(one for group in parts["rules"].values() for one in group["rules"] if one["code"] == code)


def flaws_after(change: Callable[[Parts], object]) -> list[str]:
    parts = copy.deepcopy(dict(back_pain().content))
    change(parts)
    return [str(flaw) for flaw in blocking(check(compose(parts), questionnaires().values()))]


def test_the_shipped_protocol_is_fit_to_be_published() -> None:
    assert blocking(check(back_pain(), questionnaires().values())) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda parts: rule(parts, "ces_saddle_numbness").update(sources=[]), "has no source"),
        (lambda parts: rule(parts, "ces_saddle_numbness").update(sources=["nobody"]), "source 'nobody' is not in"),
        (lambda parts: rule(parts, "ces_saddle_numbness").update(when="no_such_thing is yes"), "no_such_thing"),
        (
            lambda parts: rule(parts, "ces_saddle_numbness").update(when="saddle_numbness is no"),
            "absence of a red flag",
        ),
        (
            lambda parts: rule(parts, "ces_saddle_numbness").update(when="not saddle_numbness is yes"),
            "absence of a red",
        ),
        (lambda parts: rule(parts, "ces_saddle_numbness").update(when="age > 60 and age < 40"), "can never hold"),
        (lambda parts: rule(parts, "ces_saddle_numbness").update(when="age > 70"), "does not come out"),
        (lambda parts: parts["templates"].pop("after_recurrence"), "there is no template 'after_recurrence'"),
        (lambda parts: parts["templates"]["after_recurrence"].update(weeks=9), "a course lasts 4 to 8 weeks, not 9"),
        (lambda parts: parts["templates"]["after_recurrence"].update(advice=["sing"]), "there is no advice 'sing'"),
    ],
)
def test_what_blocks_publishing_is_named(change: Callable[[Parts], object], said: str) -> None:
    assert any(said in flaw for flaw in flaws_after(change))


def test_a_rule_without_examples_is_a_warning_only() -> None:
    parts = copy.deepcopy(dict(back_pain().content))
    rule(parts, "ces_saddle_numbness").update(examples=[])
    flaws = check(compose(parts), questionnaires().values())
    assert [flaw.level for flaw in flaws if "ces_saddle_numbness: has no example" in str(flaw)] == [Level.WARN] * 4
    assert blocking(flaws) == ()


def test_a_rule_that_repeats_another_is_a_warning_only() -> None:
    parts = copy.deepcopy(dict(back_pain().content))
    twin = {**rule(parts, "ces_saddle_numbness"), "code": "ces_saddle_numbness_again"}
    next(iter(parts["rules"].values()))["rules"].append(twin)
    flaws = check(compose(parts), questionnaires().values())
    repeated = [flaw for flaw in flaws if "ces_saddle_numbness_again: says the same as" in str(flaw)]
    assert [flaw.level for flaw in repeated] == [Level.WARN]
    assert blocking(flaws) == ()
