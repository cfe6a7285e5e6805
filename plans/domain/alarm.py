"""Which answers of a patient cannot wait for the visit. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from plans.domain.protocol import Urgency
from plans.domain.suggestion import Suggestion

CANNOT_WAIT = Urgency.WITHIN_24H


def alarming(suggestion: Suggestion) -> list[dict[str, Any]]:
    """The red flags that ask for contact today or at once, as plain values: code, label, urgency."""
    return [
        {"code": flag.code, "label": {"nl": flag.label.nl, "en": flag.label.en}, "urgency": flag.urgency.value}
        for flag in suggestion.red_flags
        if flag.urgency >= CANNOT_WAIT
    ]


def without(flags: Iterable[Mapping[str, Any]], answered: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of `flags` about which no contact was recorded at the same urgency or a higher one."""
    known = {flag["code"]: Urgency(flag["urgency"]) for flag in sorted(answered, key=_rank)}
    return [flag for flag in flags if flag["code"] not in known or Urgency(flag["urgency"]) > known[flag["code"]]]


def joined(held: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Both lists of flags as one; of a flag in both, the higher urgency counts. A flag never disappears."""
    highest = {flag["code"]: flag for flag in sorted([*held, *new], key=_rank)}
    return sorted(highest.values(), key=lambda flag: (-_rank(flag), flag["code"]))


def urgency_of(flags: Iterable[Mapping[str, Any]]) -> Urgency:
    """The highest urgency among these flags; there is at least one."""
    return max(Urgency(flag["urgency"]) for flag in flags)


def _rank(flag: Mapping[str, Any]) -> int:
    return Urgency(flag["urgency"]).rank
