"""A suggestion: everything a protocol concludes from findings, each conclusion with its reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from intake.domain.conditions import Value
from intake.domain.conditions.explanation import Change, Explanation, Literal
from intake.domain.findings import plain
from intake.domain.text import Text
from plans.domain.hold import Hold, HoldReason, Matter
from plans.domain.protocol import Discipline, Gate, OutcomeKind, Rule, TemplateKind, Urgency

Json = dict[str, Any]


class Screening(Enum):
    """What the red-flag rules say together. Only when every one of them is false is it clear."""

    FLAGS = "flags"
    CLEAR = "clear"
    INCOMPLETE = "incomplete"
    NOT_EVALUATED = "not_evaluated"


class Disposition(Enum):
    """Where the patient goes first: the most urgent contact with a doctor, else what is proposed."""

    EMERGENCY = "emergency"
    GP_URGENT = "gp_urgent"
    GP_ROUTINE = "gp_routine"
    COURSE = "course"
    SELF_MANAGEMENT = "self_management"
    FOLLOW_UP = "follow_up"
    NO_COURSE_NEEDED = "no_course_needed"
    UNDECIDED = "undecided"


class Reason(NamedTuple):
    """A rule and why its condition is what it is."""

    rule: Rule
    why: Explanation

    @property
    def code(self) -> str:
        return self.rule.code


class Undecided(NamedTuple):
    """A rule that is unknown, and the unknown findings that could settle it: alone, or else together."""

    rule: Rule
    to_ask: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.rule.code


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One red flag; of several rules that raise it, the highest urgency counts."""

    code: str
    label: Text
    urgency: Urgency
    reasons: tuple[Reason, ...]

    @property
    def holds_treatment(self) -> bool:
        return any(reason.rule.holds_treatment for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A template that applies."""

    template: str
    kind: TemplateKind
    title: Text
    rank: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A template that does not apply; `changes` are single answers that would make it apply."""

    template: str
    kind: TemplateKind
    title: Text
    rank: int
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """A way to end the intake without a plan."""

    outcome: OutcomeKind
    rank: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Referral:
    """To whom, how soon, and every reason for it."""

    discipline: Discipline
    urgency: Urgency
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TechniqueJudgement:
    """What counts for a technique: the strictest of what holds; None when nothing is known to hold.

    `reasons` holds every rule that applies, the strictest first, so that a recommendation under a block shows both.
    `unsettled` are the rules against the technique that are still unknown.
    """

    technique: str
    gate: Gate | None
    reasons: tuple[Reason, ...]
    unsettled: tuple[Undecided, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """An advice, a note or a remark on the scope, by code."""

    code: str
    label: Text
    reasons: tuple[Reason, ...]


class OpenQuestion(NamedTuple):
    """An unknown finding that could settle rules. `asks` are the answers to ask for, `urgency` the highest at stake."""

    code: str
    asks: tuple[str, ...]
    urgency: Urgency | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A rule that could not be evaluated, and why."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Everything that one protocol version concludes from one set of findings. Never changes.

    `matters` are what can hold treatment; `hold` is what they hold as long as no contact is recorded. `undecided` are
    the rules that are unknown, `not_applied` the codes of those that are false; `explain_rule` says more of either.
    """

    protocol: str
    version: int
    protocol_hash: str
    findings: Mapping[str, Value] = field(repr=False)
    screening: Screening
    urgency: Urgency | None
    disposition: Disposition
    matters: tuple[Matter, ...]
    hold: Hold
    red_flags: tuple[RedFlag, ...]
    proposals: tuple[Proposal, ...]
    decided_by: tuple[Literal, ...]
    alternatives: tuple[Alternative, ...]
    endings: tuple[Ending, ...]
    referrals: tuple[Referral, ...]
    techniques: tuple[TechniqueJudgement, ...]
    advice: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    scope: tuple[Remark, ...]
    open_questions: tuple[OpenQuestion, ...]
    undecided: tuple[Undecided, ...]
    not_applied: tuple[str, ...]
    not_evaluated: tuple[NotEvaluated, ...]

    def in_short(self) -> Json:
        """Of the plain values of `to_json` those that come first: what is urgent, what it holds, what is proposed."""
        write = _Writer(self.findings)
        return {
            "protocol": {"code": self.protocol, "version": self.version, "hash": self.protocol_hash},
            "screening": self.screening.value,
            "urgency": _value(self.urgency),
            "disposition": self.disposition.value,
            "hold": {"held": self.hold.held, "reasons": [_hold_reason(reason) for reason in self.hold.reasons]},
            "red_flags": [write.red_flag(flag) for flag in self.red_flags],
            "templates": [write.proposal(proposal) for proposal in self.proposals],
        }

    def to_json(self) -> Json:
        """The suggestion as plain values, for storage and for the command line.

        Codes are text, texts are {nl, en}. A reason is {rule, truth, urgency, evidence, sources, explanation, action,
        held, against, unknown, changes}; a leaf in it {code, test, negated, value, via}; a change {code, to, becomes},
        in which `to` is a condition on that finding alone. An undecided rule is {rule, urgency, explanation, to_ask}.
        """
        write = _Writer(self.findings)
        return {
            **self.in_short(),
            "decided_by": [write.leaf(literal) for literal in self.decided_by],
            "alternatives": [write.alternative(alternative) for alternative in self.alternatives],
            "endings": [write.ending(ending) for ending in self.endings],
            "referrals": [write.referral(referral) for referral in self.referrals],
            "techniques": [write.technique(judgement) for judgement in self.techniques],
            "advice": [write.remark(remark) for remark in self.advice],
            "notes": [write.remark(remark) for remark in self.notes],
            "scope": [write.remark(remark) for remark in self.scope],
            "open_questions": [_open_question(question) for question in self.open_questions],
            "undecided": [_undecided(one) for one in self.undecided],
            "not_applied": list(self.not_applied),
            "not_evaluated": [{"rule": one.rule, "why": one.why} for one in self.not_evaluated],
        }


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes conclusions with the values of the findings they rest on."""

    findings: Mapping[str, Value]

    def red_flag(self, flag: RedFlag) -> Json:
        return {
            "code": flag.code,
            "label": flag.label.to_json(),
            "urgency": flag.urgency.value,
            "holds_treatment": flag.holds_treatment,
            "reasons": self.reasons(flag.reasons),
        }

    def proposal(self, proposal: Proposal | Alternative) -> Json:
        return {
            "code": proposal.template,
            "kind": proposal.kind.value,
            "title": proposal.title.to_json(),
            "rank": proposal.rank,
            "reasons": self.reasons(proposal.reasons),
        }

    def alternative(self, alternative: Alternative) -> Json:
        return {**self.proposal(alternative), "changes": [_change(change) for change in alternative.changes]}

    def ending(self, ending: Ending) -> Json:
        return {"code": ending.outcome.value, "rank": ending.rank, "reasons": self.reasons(ending.reasons)}

    def referral(self, referral: Referral) -> Json:
        return {
            "discipline": referral.discipline.value,
            "urgency": referral.urgency.value,
            "reasons": self.reasons(referral.reasons),
        }

    def technique(self, judgement: TechniqueJudgement) -> Json:
        return {
            "code": judgement.technique,
            "gate": _value(judgement.gate),
            "reasons": self.reasons(judgement.reasons),
            "unsettled": [_undecided(one) for one in judgement.unsettled],
        }

    def remark(self, remark: Remark) -> Json:
        return {"code": remark.code, "label": remark.label.to_json(), "reasons": self.reasons(remark.reasons)}

    def reasons(self, reasons: Iterable[Reason]) -> list[Json]:
        return [self.reason(reason) for reason in reasons]

    def reason(self, reason: Reason) -> Json:
        rule, why = reason.rule, reason.why
        return {
            "rule": rule.code,
            "truth": why.truth,
            "urgency": _value(rule.urgency),
            "evidence": _value(rule.backing.evidence),
            "sources": list(rule.backing.sources),
            "explanation": rule.explanation.to_json(),
            "action": rule.action.to_json() if rule.action else None,
            "held": [self.leaf(literal) for literal in why.held],
            "against": [self.leaf(literal) for literal in why.against],
            "unknown": [self.leaf(literal) for literal in why.unknown],
            "changes": [_change(change) for change in why.changes],
        }

    def leaf(self, literal: Literal) -> Json:
        value = self.findings.get(literal.code)
        return {
            "code": literal.code,
            "test": literal.leaf.test.to_text(),
            "negated": literal.negated,
            "value": None if value is None else plain(value),
            "via": literal.via or None,
        }


def _undecided(one: Undecided) -> Json:
    return {
        "rule": one.rule.code,
        "urgency": _value(one.rule.urgency),
        "explanation": one.rule.explanation.to_json(),
        "to_ask": list(one.to_ask),
    }


def _change(change: Change) -> Json:
    return {"code": change.code, "to": change.to.to_text(), "becomes": change.becomes}


def _hold_reason(reason: HoldReason) -> Json:
    return {"cause": reason.cause.value, "codes": list(reason.codes)}


def _open_question(question: OpenQuestion) -> Json:
    return {
        "code": question.code,
        "asks": list(question.asks),
        "urgency": _value(question.urgency),
        "rules": list(question.rules),
    }


def _value(member: Enum | None) -> Any:
    return None if member is None else member.value
