"""What a test case of a protocol expects of one intake, and where the outcome is otherwise. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from plans.domain.outcome import Outcome

NONE = "none"


class Aspect(Enum):
    """What can be expected of an intake; a case leaves out what it does not judge."""

    URGENCY = "urgency"
    DISPOSITION = "disposition"
    FLAGS = "flags"
    FIRST_TEMPLATE = "first_template"
    REFERRALS = "referrals"
    GATES = "gates"


@dataclass(frozen=True, slots=True)
class Expectation:
    """`urgency` is the highest of the flags, or "none"; `flags` and `referrals` must be there, others may be; `gates`
    are what must be said of techniques; `first_template` may be "none"."""

    urgency: str = ""
    disposition: str = ""
    flags: tuple[str, ...] = ()
    first_template: str = ""
    referrals: tuple[str, ...] = ()
    gates: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What is expected, without what is not judged."""
        values = {
            "urgency": self.urgency,
            "disposition": self.disposition,
            "flags": list(self.flags),
            "first_template": self.first_template,
            "referrals": list(self.referrals),
            "gates": dict(self.gates),
        }
        return {key: value for key, value in values.items() if value}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is expected, so that nothing could ever be wrong."""
        return not self.to_json()


def expectation_of(stored: Mapping[str, Any]) -> Expectation:
    """The expectation that `to_json` wrote."""
    return Expectation(
        urgency=stored.get("urgency", ""),
        disposition=stored.get("disposition", ""),
        flags=tuple(stored.get("flags", ())),
        first_template=stored.get("first_template", ""),
        referrals=tuple(stored.get("referrals", ())),
        gates=dict(stored.get("gates", {})),
    )


TEXT, TEXTS, TEXT_BY_TEXT = "text", "texts", "text by text"
SHAPES = {
    "urgency": TEXT,
    "disposition": TEXT,
    "flags": TEXTS,
    "first_template": TEXT,
    "referrals": TEXTS,
    "gates": TEXT_BY_TEXT,
}


def can_be_read(stored: object) -> bool:
    """Whether `to_json` could have written this, as far as its shape goes."""
    return isinstance(stored, dict) and all(_shape(value) == SHAPES.get(key) for key, value in stored.items())


def _shape(value: object) -> str:
    """What kind of value this is; empty for another one than can be expected."""
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return TEXTS
    if isinstance(value, dict) and all(isinstance(one, str) for one in (*value, *value.values())):
        return TEXT_BY_TEXT
    return ""


def expecting(outcome: Outcome) -> Expectation:
    """What a case of an intake with this outcome expects when nothing may change."""
    return Expectation(
        urgency=outcome.urgency.value if outcome.urgency else NONE,
        disposition=outcome.disposition.value,
        flags=tuple(sorted(outcome.flags)),
        first_template=outcome.first_template or NONE,
        referrals=tuple(sorted(outcome.referrals)),
    )


@dataclass(frozen=True, slots=True)
class Unmet:
    """One thing that came out otherwise: which, what was expected and what was found."""

    aspect: Aspect
    expected: str
    found: str


def unmet(expected: Expectation, outcome: Outcome) -> tuple[Unmet, ...]:
    """Everything that came out otherwise than expected."""
    return (*_unmet_values(expected, outcome), *_unmet_codes(expected, outcome))


def _unmet_values(expected: Expectation, outcome: Outcome) -> Iterator[Unmet]:
    found = {
        Aspect.URGENCY: (expected.urgency, outcome.urgency.value if outcome.urgency else NONE),
        Aspect.DISPOSITION: (expected.disposition, outcome.disposition.value),
        Aspect.FIRST_TEMPLATE: (expected.first_template, outcome.first_template or NONE),
    }
    for aspect, (wanted, is_now) in found.items():
        if wanted and wanted != is_now:
            yield Unmet(aspect, wanted, is_now)


def _unmet_codes(expected: Expectation, outcome: Outcome) -> Iterator[Unmet]:
    for aspect, wanted, found in (
        (Aspect.FLAGS, expected.flags, outcome.flags),
        (Aspect.REFERRALS, expected.referrals, outcome.referrals),
    ):
        if not set(wanted) <= set(found):
            yield Unmet(aspect, ", ".join(wanted), ", ".join(sorted(found)) or NONE)
    for technique, wanted_gate in expected.gates.items():
        gate = outcome.gates.get(technique)
        if gate is None or gate.value != wanted_gate:
            yield Unmet(Aspect.GATES, f"{technique} {wanted_gate}", f"{technique} {gate.value if gate else NONE}")
