"""Figures about quality of care, safe to show: what counts too few people is not shown. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SMALLEST = 5  # fewer plans or patients than this and a figure could be about somebody


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; hidden when the whole is too small."""

    part: int
    whole: int

    @property
    def is_shown(self) -> bool:
        """Whether the whole is large enough to say anything."""
        return self.whole >= SMALLEST

    @property
    def percent(self) -> int | None:
        """The share in whole percents; None when it is not shown."""
        return round(100 * self.part / self.whole) if self.is_shown else None


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of the plans of one therapist, template or quarter."""

    key: str
    name: str
    plans: int
    as_template: int = 0
    stopped: int = 0
    ended: int = 0
    referred: int = 0
    sessions: int = 0
    improved: int = 0
    compared: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_shown(self) -> bool:
        """Whether there are plans enough to show figures."""
        return self.plans >= SMALLEST

    @property
    def kept(self) -> Share:
        """Plans as their template, of all plans."""
        return Share(self.as_template, self.plans)

    @property
    def dropped_out(self) -> Share:
        """Stopped plans, of those that ended."""
        return Share(self.stopped, self.ended)

    @property
    def referrals(self) -> Share:
        """Plans whose patient was referred, of all plans."""
        return Share(self.referred, self.plans)

    @property
    def better(self) -> Share:
        """Patients with a relevant improvement, of those who were measured again."""
        return Share(self.improved, self.compared)

    @property
    def sessions_per_plan(self) -> float | None:
        """The mean number of sessions planned; None when it is not shown."""
        return round(self.sessions / self.plans, 1) if self.is_shown else None

    @property
    def main_reasons(self) -> list[tuple[str, int]]:
        """The reasons for deviating that occur often enough to name, the most frequent first."""
        return [(reason, n) for reason, n in _most_frequent(self.reasons.items()) if n >= SMALLEST]


def _most_frequent(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))
