"""Which change of a question lets go of something that made sure it is answered and taken seriously."""

import pytest

from plans.domain.guards import Guard, flags_resting_on, lowered
from tests.factories.intake import shipped_questionnaires
from tests.factories.plans import shipped_protocol

WEAKER = [
    ("always", "direct_access"),
    ("always", "referral"),
    ("always", "never"),
    ("direct_access", "referral"),
    ("direct_access", "never"),
    ("referral", "direct_access"),
    ("referral", "never"),
]


@pytest.mark.parametrize("before", ["always", "direct_access", "referral", "never"])
@pytest.mark.parametrize("after", ["always", "direct_access", "referral", "never"])
def test_fewer_routes_on_which_an_answer_is_due_are_a_guard_less(before: str, after: str) -> None:
    expected = (Guard.REQUIRED,) if (before, after) in WEAKER else ()
    assert lowered({"required": before}, {"required": after}) == expected


def test_a_lost_mark_is_a_guard_less_and_a_new_one_is_not() -> None:
    assert lowered({"red_flag": True}, {}) == (Guard.RED_FLAG,)
    assert lowered({"red_flag": True, "required": "always"}, {}) == (Guard.RED_FLAG, Guard.REQUIRED)
    assert lowered({}, {"red_flag": True, "required": "always"}) == ()
    assert lowered({"red_flag": True}, {"red_flag": True}) == ()


def test_a_flag_rests_on_answers_through_derived_findings_too() -> None:
    low_back, protocol = shipped_questionnaires()["low_back"], shipped_protocol()
    derivations = low_back.derivations.extended(protocol.derivations)
    direct = {code for rule in protocol.rules for code in rule.when.codes()}
    through = next(
        code
        for rule in protocol.rules
        if rule.code in flags_of(protocol)
        for code in derivations.expand(rule.when).codes() - direct
        if code in low_back.items
    )
    assert flags_resting_on(through, low_back, [protocol])
    assert not flags_resting_on("recovery_pace", low_back, [protocol])


def flags_of(protocol: object) -> set[str]:
    """The rules that raise a red flag."""
    return {rule.code for rule in protocol.rules if type(rule.conclude).__name__ == "RaiseFlag"}
