"""What holds the adoption and activation of a plan, and what lifts the hold.

A matter is open until a contact about it is recorded. An open emergency, an open matter of within 24 hours, two or more
open red flags of within a week, a therapist's concern, or a rule that says so hold treatment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from plans.domain.protocol import Urgency


class MatterKind(Enum):
    """What can hold a plan: a red flag, the therapist's own concern, or another rule that holds treatment."""

    RED_FLAG = "red_flag"
    CONCERN = "concern"
    RULE = "rule"


class HoldCause(Enum):
    EMERGENCY = "emergency"
    WITHIN_24H = "within_24h"
    SEVERAL_WITHIN_WEEK = "several_within_week"
    CONCERN = "concern"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to contact someone about. `contacted` says that a contact about it is recorded."""

    kind: MatterKind
    code: str
    urgency: Urgency | None = None
    holds_treatment: bool = False
    contacted: bool = False


@dataclass(frozen=True, slots=True)
class HoldReason:
    """Why treatment is held, and the codes of the open matters that cause it."""

    cause: HoldCause
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether treatment is held, and why; the most urgent reason first."""

    reasons: tuple[HoldReason, ...]

    @property
    def held(self) -> bool:
        return bool(self.reasons)


def hold(matters: Iterable[Matter]) -> Hold:
    """What the open ones among these matters hold. Their order is irrelevant."""
    codes: dict[HoldCause, list[str]] = {}
    for matter in matters:
        for cause in () if matter.contacted else _causes(matter):
            codes.setdefault(cause, []).append(matter.code)
    if len(codes.get(HoldCause.SEVERAL_WITHIN_WEEK, ())) < 2:
        codes.pop(HoldCause.SEVERAL_WITHIN_WEEK, None)
    return Hold(tuple(HoldReason(cause, tuple(sorted(codes[cause]))) for cause in HoldCause if cause in codes))


def _causes(matter: Matter) -> list[HoldCause]:
    """The causes that a matter counts for."""
    causes = []
    if matter.kind is MatterKind.RED_FLAG and matter.urgency in _CAUSE_OF:
        causes.append(_CAUSE_OF[matter.urgency])
    if matter.kind is MatterKind.CONCERN:
        causes.append(HoldCause.CONCERN)
    if matter.holds_treatment:
        causes.append(HoldCause.RULE)
    return causes


_CAUSE_OF = {
    Urgency.EMERGENCY: HoldCause.EMERGENCY,
    Urgency.WITHIN_24H: HoldCause.WITHIN_24H,
    Urgency.WITHIN_WEEK: HoldCause.SEVERAL_WITHIN_WEEK,
}
