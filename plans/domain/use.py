"""What became of a rule in practice: how often it fired, was followed and was overridden, and why. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plans.domain.protocol import (
    EndWithout,
    JudgeTechnique,
    Propose,
    RaiseFlag,
    Refer,
    Rule,
)
from plans.domain.trace import Trace


@dataclass(frozen=True, slots=True)
class Sequel:
    """What was done after one suggestion. `template` is empty when no plan was adopted.

    `deviations` are (what, reason, explanation); `contacted` are codes of flags about which a contact was recorded.
    """

    template: str = ""
    techniques: frozenset[str] = frozenset()
    deviations: tuple[tuple[str, str, str], ...] = ()
    contacted: frozenset[str] = frozenset()
    referred: frozenset[str] = frozenset()
    ended_without: bool = False
    went_on_because: str = ""


@dataclass(slots=True)
class Use:
    """Counts over the suggestions that were looked at. Where nothing was decided yet, a rule only fired.

    `chosen` counts what was taken in its place; `reasons` the reasons by code; `explanations` are the latest ones.
    """

    looked_at: int = 0
    fired: int = 0
    followed: int = 0
    overridden: int = 0
    chosen: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    explanations: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> int:
        """How often it fired and nothing that bears on it was done yet."""
        return self.fired - self.followed - self.overridden


# In which part of a trace the reasons of rules stand.
CONCLUSIONS = ("red_flags", "templates", "endings", "referrals", "techniques", "advice", "notes", "scope")


def fired(trace: Trace) -> frozenset[str]:
    """The codes of the rules that held."""
    return frozenset(
        reason["rule"] for part in CONCLUSIONS for one in trace[part] for reason in one["reasons"] if reason["truth"]
    )


def use_of(rule: Rule, past: Iterable[tuple[Trace, Sequel]]) -> Use:
    """What became of a rule; `past` are suggestions with their sequel, the latest first."""
    use = Use()
    for trace, sequel in past:
        use.looked_at += 1
        if rule.code in fired(trace):
            use.fired += 1
            _count(use, rule, sequel)
    return use


def _count(use: Use, rule: Rule, sequel: Sequel) -> None:
    followed = _followed(rule, sequel)
    if followed is None:
        return
    if followed:
        use.followed += 1
        return
    use.overridden += 1
    for chosen in _chosen_instead(rule, sequel):
        use.chosen[chosen] += 1
    for reason, explanation in _why(rule, sequel):
        use.reasons[reason] += bool(reason)
        if explanation:
            use.explanations.append(explanation)


def _followed(rule: Rule, sequel: Sequel) -> bool | None:
    """Whether what was done is what the rule says; None when nothing was decided, or the rule asks for nothing."""
    match rule.conclude:
        case RaiseFlag(flag=flag):
            return _flag_followed(flag, sequel)
        case Refer(discipline=discipline):
            return True if discipline.value in sequel.referred else _decided_otherwise(sequel)
        case Propose(template=template):
            return _decided(sequel, sequel.template == template)
        case EndWithout():
            return _decided(sequel, sequel.ended_without)
        case JudgeTechnique(technique=technique, gate=gate):
            return (technique in sequel.techniques) is gate.favours if sequel.template else None
    return None


def _flag_followed(flag: str, sequel: Sequel) -> bool | None:
    if flag in sequel.contacted or sequel.referred:
        return True
    return False if sequel.went_on_because or sequel.template else None


def _decided_otherwise(sequel: Sequel) -> bool | None:
    return False if sequel.template or sequel.ended_without else None


def _decided(sequel: Sequel, as_said: bool) -> bool | None:
    return as_said if sequel.template or sequel.ended_without else None


def _chosen_instead(rule: Rule, sequel: Sequel) -> Iterator[str]:
    if isinstance(rule.conclude, Propose | EndWithout) and sequel.template:
        yield sequel.template


def _why(rule: Rule, sequel: Sequel) -> Iterator[tuple[str, str]]:
    """Reasons that were written down where the rule was overridden: (code, explanation)."""
    if isinstance(rule.conclude, RaiseFlag) and sequel.went_on_because:
        yield "", sequel.went_on_because
    if isinstance(rule.conclude, JudgeTechnique):
        yield from ((why, words) for what, why, words in sequel.deviations if what.endswith(".techniques"))


def sequel_techniques(content: Mapping[str, Any]) -> frozenset[str]:
    """The techniques in the content of a plan."""
    return frozenset(one["code"] for phase in content["phases"] for one in phase["techniques"])
