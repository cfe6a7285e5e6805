"""What a protocol makes of an intake, without the reasons: to compare two versions, and to hold against a test case.

`outcome_of` reads it off a suggestion; `plans.domain.suggest.conclude` works it out alone, which takes far less time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from plans.domain.protocol import Gate, Ranked, Urgency
from plans.domain.suggestion import Disposition, Suggestion


@dataclass(frozen=True, slots=True)
class Outcome:
    """The conclusions by code. `templates` are in order, the first one is proposed; `failed` are rules that failed."""

    disposition: Disposition
    held: bool
    flags: Mapping[str, Urgency]
    referrals: Mapping[str, Urgency]
    templates: tuple[str, ...]
    gates: Mapping[str, Gate]
    remarks: frozenset[str]
    failed: frozenset[str]

    @property
    def urgency(self) -> Urgency | None:
        """The highest urgency of the flags."""
        return max(self.flags.values(), default=None)

    @property
    def first_template(self) -> str:
        """The template that is proposed first; empty when there is none."""
        return self.templates[0] if self.templates else ""


def outcome_of(suggestion: Suggestion) -> Outcome:
    """The outcome that a suggestion explains."""
    remarks = (*suggestion.advice, *suggestion.notes, *suggestion.scope)
    return Outcome(
        disposition=suggestion.disposition,
        held=suggestion.hold.held,
        flags={flag.code: flag.urgency for flag in suggestion.red_flags},
        referrals={one.discipline.value: one.urgency for one in suggestion.referrals},
        templates=tuple(proposal.template for proposal in suggestion.proposals),
        gates={one.technique: one.gate for one in suggestion.techniques if one.gate is not None},
        remarks=frozenset(remark.code for remark in remarks),
        failed=frozenset(one.rule for one in suggestion.not_evaluated),
    )


class Shift(Ranked):
    """How an outcome moved, from what must be looked at first to what matters least."""

    EMERGENCY_LOST = "emergency_lost"
    EMERGENCY_WON = "emergency_won"
    NOT_EVALUATED = "not_evaluated"
    HOLD_LOST = "hold_lost"
    FLAG_LOWERED = "flag_lowered"
    HOLD_WON = "hold_won"
    FLAG_RAISED = "flag_raised"
    REFERRAL_LOWERED = "referral_lowered"
    REFERRAL_RAISED = "referral_raised"
    GATE_LOOSENED = "gate_loosened"
    GATE_TIGHTENED = "gate_tightened"
    DISPOSITION = "disposition"
    FIRST_TEMPLATE = "first_template"
    TEMPLATES = "templates"
    GATE_FAVOUR = "gate_favour"
    REMARKS = "remarks"


class Direction(Enum):
    """Which way a shift goes: towards more caution, towards less, or neither."""

    LESS_CAUTIOUS = "less_cautious"
    MORE_CAUTIOUS = "more_cautious"
    OTHERWISE = "otherwise"


SHIFT_DIRECTION_LABELS: Mapping[Shift, Direction] = {
    Shift.EMERGENCY_LOST: Direction.LESS_CAUTIOUS,
    Shift.EMERGENCY_WON: Direction.MORE_CAUTIOUS,
    Shift.NOT_EVALUATED: Direction.OTHERWISE,
    Shift.HOLD_LOST: Direction.LESS_CAUTIOUS,
    Shift.FLAG_LOWERED: Direction.LESS_CAUTIOUS,
    Shift.HOLD_WON: Direction.MORE_CAUTIOUS,
    Shift.FLAG_RAISED: Direction.MORE_CAUTIOUS,
    Shift.REFERRAL_LOWERED: Direction.LESS_CAUTIOUS,
    Shift.REFERRAL_RAISED: Direction.MORE_CAUTIOUS,
    Shift.GATE_LOOSENED: Direction.LESS_CAUTIOUS,
    Shift.GATE_TIGHTENED: Direction.MORE_CAUTIOUS,
    Shift.DISPOSITION: Direction.OTHERWISE,
    Shift.FIRST_TEMPLATE: Direction.OTHERWISE,
    Shift.TEMPLATES: Direction.OTHERWISE,
    Shift.GATE_FAVOUR: Direction.OTHERWISE,
    Shift.REMARKS: Direction.OTHERWISE,
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that a new protocol says otherwise of one intake: what, about which code, from what to what."""

    shift: Shift
    code: str
    before: str
    after: str

    def to_json(self) -> dict[str, str]:
        return {"shift": self.shift.value, "code": self.code, "before": self.before, "after": self.after}


def moved(before: Outcome, after: Outcome) -> tuple[Moved, ...]:
    """Everything that is said otherwise, the gravest first; nothing when both say the same."""
    if before == after:
        return ()
    found = [
        *_urgencies(before.flags, after.flags, _flag_shift),
        *_urgencies(before.referrals, after.referrals, _referral_shift),
        *_gates(before.gates, after.gates),
        *_whole(before, after),
    ]
    return tuple(sorted(found, key=lambda one: (one.shift.rank, one.code)))


Level = Urgency | None


def _urgencies(
    before: Mapping[str, Urgency], after: Mapping[str, Urgency], shift: Callable[[Level, Level], Shift]
) -> Iterator[Moved]:
    for code in before.keys() | after.keys():
        old, new = before.get(code), after.get(code)
        if old is not new:
            yield Moved(shift(old, new), code, _value(old), _value(new))


def _flag_shift(old: Level, new: Level) -> Shift:
    if old is Urgency.EMERGENCY:
        return Shift.EMERGENCY_LOST
    if new is Urgency.EMERGENCY:
        return Shift.EMERGENCY_WON
    return Shift.FLAG_RAISED if _height(new) > _height(old) else Shift.FLAG_LOWERED


def _referral_shift(old: Level, new: Level) -> Shift:
    return Shift.REFERRAL_RAISED if _height(new) > _height(old) else Shift.REFERRAL_LOWERED


def _height(level: Urgency | Gate | None) -> int:
    return 0 if level is None else level.rank + 1


def _gates(before: Mapping[str, Gate], after: Mapping[str, Gate]) -> Iterator[Moved]:
    for code in before.keys() | after.keys():
        old, new = before.get(code), after.get(code)
        if old is not new:
            yield Moved(_gate_shift(_against(old), _against(new)), code, _value(old), _value(new))


def _against(gate: Gate | None) -> int:
    """How much speaks against a technique; 0 when nothing does."""
    return 0 if gate is None or gate.favours else gate.rank


def _gate_shift(old: int, new: int) -> Shift:
    if old == new:
        return Shift.GATE_FAVOUR
    return Shift.GATE_TIGHTENED if new > old else Shift.GATE_LOOSENED


def _whole(before: Outcome, after: Outcome) -> Iterator[Moved]:
    """What is said of the intake as a whole."""
    points: Iterable[tuple[bool, Shift, Any, Any]] = (
        (before.held != after.held, Shift.HOLD_WON if after.held else Shift.HOLD_LOST, "", ""),
        (before.failed != after.failed, Shift.NOT_EVALUATED, before.failed, after.failed),
        (
            before.disposition is not after.disposition,
            Shift.DISPOSITION,
            [before.disposition.value],
            [after.disposition.value],
        ),
        (
            before.first_template != after.first_template,
            Shift.FIRST_TEMPLATE,
            [before.first_template],
            [after.first_template],
        ),
        (before.templates[1:] != after.templates[1:], Shift.TEMPLATES, before.templates[1:], after.templates[1:]),
        (
            before.remarks != after.remarks,
            Shift.REMARKS,
            before.remarks - after.remarks,
            after.remarks - before.remarks,
        ),
    )
    for differs, shift, old, new in points:
        if differs:
            yield Moved(shift, "", _listed(old), _listed(new))


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(codes if isinstance(codes, list | tuple) else sorted(codes))


def _value(member: Enum | None) -> str:
    return "" if member is None else str(member.value)
