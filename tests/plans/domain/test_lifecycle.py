"""The tables of transitions are total, and nothing leaves an end."""

from collections.abc import Mapping
from enum import Enum

import pytest

from plans.domain.lifecycle import (
    PLAN_TRANSITIONS,
    PROTOCOL_TRANSITIONS,
    REFERRAL_TRANSITIONS,
    REVIEW_TRANSITIONS,
    PlanLife,
    ProtocolLife,
    ReferralStatus,
    Review,
)

TABLES = [
    (PlanLife, PLAN_TRANSITIONS, PlanLife.DRAFT, {PlanLife.COMPLETED, PlanLife.STOPPED}),
    (Review, REVIEW_TRANSITIONS, Review.NONE, {Review.APPROVED, Review.RETURNED}),
    (ProtocolLife, PROTOCOL_TRANSITIONS, ProtocolLife.DRAFT, {ProtocolLife.RETIRED}),
    (ReferralStatus, REFERRAL_TRANSITIONS, ReferralStatus.DRAFTED, {ReferralStatus.CLOSED}),
]
Table = Mapping[Enum, frozenset[Enum]]

every_table = pytest.mark.parametrize(("states", "table", "start", "ends"), TABLES)


@every_table
def test_every_state_has_its_row(states: type[Enum], table: Table, start: Enum, ends: set[Enum]) -> None:
    assert set(table) == set(states)
    assert {state for state, following in table.items() if not following} == ends


@every_table
def test_every_state_can_be_reached_and_none_follows_itself(states, table: Table, start: Enum, ends) -> None:
    reached, waiting = {start}, [start]
    while waiting:
        following = table[waiting.pop()] - reached
        reached |= following
        waiting += following
    assert reached == set(states)
    assert all(state not in following for state, following in table.items())
