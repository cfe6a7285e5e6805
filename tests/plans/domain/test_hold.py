"""What holds treatment, and what lifts it."""

import itertools
from dataclasses import replace

import pytest

from plans.domain.hold import HoldCause, Matter, MatterKind, hold
from plans.domain.protocol import Urgency

EMERGENCY = Matter(MatterKind.RED_FLAG, "cauda", Urgency.EMERGENCY)
DAY = Matter(MatterKind.RED_FLAG, "infection", Urgency.WITHIN_24H)
WEEK = Matter(MatterKind.RED_FLAG, "fracture", Urgency.WITHIN_WEEK)
OTHER_WEEK = Matter(MatterKind.RED_FLAG, "tumour", Urgency.WITHIN_WEEK)
ROUTINE = Matter(MatterKind.RED_FLAG, "night_pain", Urgency.ROUTINE)
CONCERN = Matter(MatterKind.CONCERN, "screening")
RULE = Matter(MatterKind.RULE, "gp_weak", Urgency.WITHIN_WEEK, holds_treatment=True)


@pytest.mark.parametrize(
    ("matters", "causes"),
    [
        ([], []),
        ([EMERGENCY], [HoldCause.EMERGENCY]),
        ([DAY], [HoldCause.WITHIN_24H]),
        ([WEEK], []),
        ([WEEK, OTHER_WEEK], [HoldCause.SEVERAL_WITHIN_WEEK]),
        ([WEEK, RULE], [HoldCause.RULE]),
        ([ROUTINE], []),
        ([ROUTINE, WEEK], []),
        ([CONCERN], [HoldCause.CONCERN]),
        ([replace(ROUTINE, holds_treatment=True)], [HoldCause.RULE]),
        ([EMERGENCY, CONCERN], [HoldCause.EMERGENCY, HoldCause.CONCERN]),
    ],
)
def test_open_matters_hold(matters: list[Matter], causes: list[HoldCause]) -> None:
    held = hold(matters)
    assert [reason.cause for reason in held.reasons] == causes
    assert held.held is bool(causes)


@pytest.mark.parametrize("matter", [EMERGENCY, DAY, CONCERN, RULE])
def test_recorded_contact_lifts_the_hold(matter: Matter) -> None:
    assert hold([matter]).held
    assert not hold([replace(matter, contacted=True)]).held


def test_contact_about_one_of_two_within_a_week_lifts_the_hold() -> None:
    assert not hold([WEEK, replace(OTHER_WEEK, contacted=True)]).held


def test_order_of_matters_is_irrelevant() -> None:
    matters = [EMERGENCY, DAY, WEEK, OTHER_WEEK, CONCERN]
    assert len({hold(some) for some in itertools.permutations(matters)}) == 1
