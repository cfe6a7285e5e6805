"""Reads a stored suggestion: the plain values that `Suggestion.to_json` wrote. Pure.

What was concluded at the time counts, so screens, letters and policies read the stored trace and never work it out
again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from plans.domain.hold import Hold, Matter, MatterKind, hold
from plans.domain.protocol import Urgency

Trace = Mapping[str, Any]
CONCERN = "screening"


def stored(trace: Trace) -> dict[str, Any]:
    """The trace as it is kept: of a rule that stayed unknown only its code and the findings that would settle it.

    What such a rule says is in the protocol version that the suggestion is pinned to; the whole would be large.
    """
    undecided = [{"rule": one["rule"], "unknown": sorted(one["to_ask"])} for one in trace["undecided"]]
    return {**trace, "undecided": undecided}


LEAF = ("code", "test", "negated", "value", "via")
LISTS_OF_LEAVES = frozenset(["decided_by", "held", "against", "unknown"])


def packed(trace: Trace) -> dict[str, Any]:
    """A trace with every leaf written once, under `leaves`; where it counts stands its place there."""
    leaves: dict[str, int] = {}
    small = _mapped(dict(trace), lambda one: leaves.setdefault(json.dumps([one[key] for key in LEAF]), len(leaves)))
    return {**small, "leaves": [json.loads(leaf) for leaf in leaves]}


class Unpacked(Mapping[str, Any]):
    """The trace that `packed` wrote, each part unpacked when it is looked at: most readers want two or three."""

    def __init__(self, kept: Trace) -> None:
        self._parts = {key: value for key, value in kept.items() if key != "leaves"}
        self._leaves = kept["leaves"]
        self._read: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._read:
            change = _leaves if key in LISTS_OF_LEAVES else _mapped
            self._read[key] = change(self._parts[key], self._leaf)
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def _leaf(self, place: int) -> dict[str, Any]:
        return dict(zip(LEAF, self._leaves[place], strict=True))


def unpacked(kept: Trace) -> Trace:
    """The trace that `packed` wrote; one that was stored whole, before there was such a thing, is returned as it is."""
    return Unpacked(kept) if "leaves" in kept else kept


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same values with a change of each leaf."""
    if isinstance(value, list):
        return [_mapped(one, change) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: (_leaves if key in LISTS_OF_LEAVES else _mapped)(one, change) for key, one in value.items()}


def _leaves(listed: Any, change: Callable[[Any], Any]) -> Any:
    """Of an undecided rule the list holds codes, which stay, as does whether treatment is held."""
    return [one if isinstance(one, str) else change(one) for one in listed] if isinstance(listed, list) else listed


def matters(trace: Trace, contacted: Iterable[str] = ()) -> tuple[Matter, ...]:
    """What can hold treatment. `contacted` are the codes about which a contact was recorded that lifts the hold."""
    lifted = frozenset(contacted)
    flags = [
        Matter(
            MatterKind.RED_FLAG,
            flag["code"],
            Urgency(flag["urgency"]),
            holds_treatment=flag["holds_treatment"],
            contacted=flag["code"] in lifted,
        )
        for flag in trace["red_flags"]
    ]
    flagged = {flag.code for flag in flags}
    rules = [
        Matter(MatterKind.RULE, code, holds_treatment=True, contacted=code in lifted)
        for code in _codes_of("rule", trace)
        if code not in flagged
    ]
    concern = [Matter(MatterKind.CONCERN, code, contacted=code in lifted) for code in _codes_of("concern", trace)]
    return (*flags, *rules, *concern)


def _codes_of(cause: str, trace: Trace) -> tuple[str, ...]:
    return tuple(code for reason in trace["hold"]["reasons"] if reason["cause"] == cause for code in reason["codes"])


def hold_of(trace: Trace, contacted: Iterable[str] = ()) -> Hold:
    """What the matters hold that no recorded contact has lifted yet."""
    return hold(matters(trace, contacted))


def gates(trace: Trace) -> dict[str, str]:
    """What the findings say of each technique, by code; a technique of which nothing is known is absent."""
    return {technique["code"]: technique["gate"] for technique in trace["techniques"] if technique["gate"]}


def blocked(trace: Trace) -> frozenset[str]:
    """The techniques that the findings block."""
    return frozenset(code for code, gate in gates(trace).items() if gate == "block")


def referral(trace: Trace, discipline: str) -> Mapping[str, Any] | None:
    """The referral to this discipline that was suggested; None when there is none."""
    return next((one for one in trace["referrals"] if one["discipline"] == discipline), None)


def flag_reasons(trace: Trace) -> list[Mapping[str, Any]]:
    """The reasons of all red flags, the most urgent flag first."""
    return [reason for flag in trace["red_flags"] for reason in flag["reasons"]]


def may_be_followed_up(trace: Trace) -> dict[str, Mapping[str, Any] | None]:
    """The codes of the matters that a contact can be about, with the label of a flag; None for other matters."""
    labels = {flag["code"]: flag["label"] for flag in trace["red_flags"]}
    return {matter.code: labels.get(matter.code) for matter in matters(trace)}
