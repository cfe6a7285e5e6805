"""From findings to a suggestion: one pure function.

The order of rules and of findings never matters. Unknown is never no: a rule that is unknown stays open with the
questions that would settle it, and a rule that fails is reported as not evaluated, so that nothing is called clear.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from intake.domain.conditions import Value, Values
from intake.domain.conditions.explaining import Program
from intake.domain.conditions.explanation import Change, Explanation, Literal
from intake.domain.derivations import NO_DERIVATIONS, Derivations
from intake.domain.derived import Derived
from intake.domain.findings import Findings
from intake.domain.questionnaire import context_terms
from intake.domain.text import Text
from plans.domain.hold import Matter, MatterKind, hold
from plans.domain.outcome import Outcome
from plans.domain.protocol import (
    Advise,
    Conclusion,
    Discipline,
    EndWithout,
    Gate,
    JudgeTechnique,
    MarkScope,
    Propose,
    Protocol,
    RaiseFlag,
    Refer,
    Rule,
    TakeNote,
    Urgency,
)
from plans.domain.suggestion import (
    Alternative,
    Disposition,
    Ending,
    NotEvaluated,
    OpenQuestion,
    Proposal,
    Reason,
    RedFlag,
    Referral,
    Remark,
    Screening,
    Suggestion,
    TechniqueJudgement,
    Undecided,
)

SCREENING, CONCERN = "screening", "concern"
NOT_ANSWERS = frozenset(context_terms())
QUESTIONS_REMEMBERED = 4_000
UNEXPLAINED = Explanation(True, (), (), (), ())

Kind = TypeVar("Kind")
About = TypeVar("About", Reason, Undecided)
Reasons = list[Reason]


def suggest(findings: Values, protocol: Protocol) -> Suggestion:
    """Everything the protocol concludes from findings, with reasons.

    `Findings` of an intake bring along what derived findings rest on, so that reasons name answers; of a plain mapping
    every finding stands for itself.
    """
    return _prepared_for(findings, protocol).suggest(findings)


def conclude(findings: Values, protocol: Protocol) -> Outcome:
    """The outcome of `suggest` without its reasons, in a fraction of the time."""
    return _prepared_for(findings, protocol).conclude(findings)


def rules_holding(findings: Values, protocol: Protocol) -> frozenset[str]:
    """The codes of the rules that hold, and of those that could not be evaluated."""
    prepared = _prepared_for(findings, protocol)
    run = prepared.program.run(prepared.known(findings))
    return frozenset([code for code, truth in run.truths() if truth]) | run.failures().keys()


def explain_rule(findings: Values, protocol: Protocol, code: str) -> Reason:
    """One rule and why it is what it is. Raises `KeyError`, or `FailedEvaluationError` where it cannot be evaluated."""
    prepared = _prepared_for(findings, protocol)
    rule = protocol.rule(code)
    return Reason(rule, prepared.program.run(prepared.known(findings)).explain(code))


class Sorted(NamedTuple):
    """Rules by what they are: those that hold, the unknown, the false, and those that failed.

    `missed` are the templates among the unknown and the false, with why they do not hold.
    """

    holding: "ByKind[Reason]"
    unknown: "ByKind[Undecided]"
    missed: list[tuple[Propose, Reason]]
    false: list[str]
    failed: list[NotEvaluated]


class ByKind(Generic[About]):
    """What is to be said of rules, by the kind of their conclusion, each in order of precedence."""

    def __init__(self) -> None:
        self.all: list[About] = []
        self._kinds: dict[type, list[tuple[Any, About]]] = defaultdict(list)

    def add(self, conclusion: Conclusion, about: About) -> None:
        self.all.append(about)
        self._kinds[conclusion.__class__].append((conclusion, about))

    def of(self, kind: type[Kind]) -> list[tuple[Kind, About]]:
        """The conclusions of one kind, with what is to be said of their rules."""
        return self._kinds.get(kind, [])


def _prepared_for(findings: Values, protocol: Protocol) -> "_Prepared":
    if isinstance(findings, Findings):
        return _prepared(protocol, findings.derivations, findings.given_alone)
    return _prepared(protocol, NO_DERIVATIONS, frozenset())


@lru_cache(maxsize=32)
def _prepared(protocol: Protocol, derivations: Derivations, given_alone: frozenset[str]) -> "_Prepared":
    return _Prepared(protocol, derivations.without(given_alone))


class _Prepared:
    """A protocol made ready for the findings of one questionnaire."""

    def __init__(self, protocol: Protocol, derivations: Derivations) -> None:
        self.protocol = protocol
        self.rules = {rule.code: rule for rule in sorted(protocol.rules, key=_precedence)}
        self.proposing = {code: one for code, rule in self.rules.items() if isinstance(one := rule.conclude, Propose)}
        self.stakes = {code: _stake(rule) for code, rule in self.rules.items()}
        self.question = lru_cache(maxsize=QUESTIONS_REMEMBERED)(self._question)
        own = protocol.derivations.by_code.keys()
        self.derivations = derivations.extended(protocol.derivations) if own else derivations
        self.steps = [step for step in self.derivations.steps if step.code in own]
        self.program = Program(
            {rule.code: self.derivations.expand(rule.when) for rule in self.rules.values()},
            self.derivations.terms,
            self.derivations.inputs,
            fixed=NOT_ANSWERS,
        )
        self.flag_rules = sum(isinstance(rule.conclude, RaiseFlag) for rule in protocol.rules)

    def known(self, findings: Values) -> dict[str, Value]:
        known = findings.copy() if isinstance(findings, Findings) else dict(findings)
        for step in self.steps:
            if step.code not in known:
                value = _computed(step, known)
                if value is not None:
                    known[step.code] = value
        return known

    def usable(self, known: dict[str, Value]) -> Values:
        """What is known, without the derived findings that could not be computed."""
        broken = {step.code for step in self.steps if isinstance(known.get(step.code), Unusable)}
        return {code: value for code, value in known.items() if code not in broken} if broken else known

    def suggest(self, findings: Values) -> Suggestion:
        known = self.known(findings)
        rules = self.sort(known)
        protocol = self.protocol
        holding, unknown = rules.holding, rules.unknown
        undecided = sorted(unknown.all, key=_code)
        flags = _red_flags(holding.of(RaiseFlag), protocol)
        referrals = _referrals(holding.of(Refer))
        proposals = _proposals(holding.of(Propose), protocol)
        alternatives = _alternatives(rules.missed, proposals, protocol)
        endings = _endings(holding.of(EndWithout))
        matters = _matters(flags, holding.all, known)
        urgency = _urgency(flags, referrals)
        return Suggestion(
            protocol=protocol.code,
            version=protocol.version,
            protocol_hash=protocol.hash,
            findings=self.usable(known),
            screening=self.screening(rules),
            urgency=urgency,
            disposition=_disposition(_sends(flags, referrals), proposals, endings),
            matters=matters,
            hold=hold(matters),
            red_flags=flags,
            proposals=proposals,
            decided_by=_decided_by(proposals, alternatives),
            alternatives=alternatives,
            endings=endings,
            referrals=referrals,
            techniques=_techniques(holding.of(JudgeTechnique), unknown.of(JudgeTechnique)),
            advice=_remarks(holding.of(Advise), lambda one: one.advice, self.advice_title),
            notes=_remarks(holding.of(TakeNote), lambda one: one.note, protocol.label),
            scope=_remarks(holding.of(MarkScope), lambda one: one.scope.value, protocol.label),
            open_questions=self.open_questions(undecided, known),
            undecided=tuple(undecided),
            not_applied=tuple(sorted(rules.false)),
            not_evaluated=tuple(rules.failed),
        )

    def conclude(self, findings: Values) -> Outcome:
        known = self.known(findings)
        run = self.program.run(known)
        holding = ByKind[Reason]()
        for code, truth in run.truths():
            if truth:
                rule = self.rules[code]
                holding.add(rule.conclude, Reason(rule, UNEXPLAINED))
        flags = _red_flags(holding.of(RaiseFlag), self.protocol)
        referrals = _referrals(holding.of(Refer))
        proposals = _proposals(holding.of(Propose), self.protocol)
        disposition = _disposition(_sends(flags, referrals), proposals, _endings(holding.of(EndWithout)))
        judged = _techniques(holding.of(JudgeTechnique), [])
        return Outcome(
            disposition=disposition,
            held=hold(_matters(flags, holding.all, known)).held,
            flags={flag.code: flag.urgency for flag in flags},
            referrals={one.discipline.value: one.urgency for one in referrals},
            templates=tuple([one.template for one in proposals]),
            gates={one.technique: one.gate for one in judged if one.gate is not None},
            remarks=frozenset(_remark_codes(holding)),
            failed=frozenset(run.failures()),
        )

    def sort(self, known: Values) -> Sorted:
        """Every rule by what it is, with its explanation where it says something."""
        run = self.program.run(known)
        rules = Sorted(ByKind(), ByKind(), [], [], [])
        for code, truth in run.truths():
            rule = self.rules[code]
            if truth:
                rules.holding.add(rule.conclude, Reason(rule, run.explain(code)))
            elif truth is None:
                rules.unknown.add(rule.conclude, Undecided(rule, run.to_ask(code)))
            else:
                rules.false.append(code)
            if not truth and code in self.proposing:
                rules.missed.append((self.proposing[code], Reason(rule, run.explain(code))))
        rules.failed.extend(NotEvaluated(code, why) for code, why in sorted(run.failures().items()))
        return rules

    def screening(self, rules: Sorted) -> Screening:
        if rules.holding.of(RaiseFlag):
            return Screening.FLAGS
        if rules.failed or not self.flag_rules:
            return Screening.NOT_EVALUATED
        return Screening.INCOMPLETE if rules.unknown.of(RaiseFlag) else Screening.CLEAR

    def advice_title(self, code: str) -> Text:
        advice = self.protocol.advice.get(code)
        return advice.title if advice else self.protocol.label(code)

    def open_questions(self, unknown: list[Undecided], known: Values) -> tuple[OpenQuestion, ...]:
        """What to ask: first what decides red flags, the most urgent first; then referrals, templates, techniques."""
        at_stake: defaultdict[str, list[str]] = defaultdict(list)
        for rule, to_ask in unknown:
            for code in to_ask:
                at_stake[code].append(rule.code)
        found = [self.question(code, tuple(rules)) for code, rules in at_stake.items()]
        return tuple([self.asking_for(question, known) for *_, question in sorted(found)])

    def _question(self, code: str, rules: tuple[str, ...]) -> tuple[int, int, OpenQuestion]:
        """A question that could settle some rules, after what it is sorted by: what is at stake, for how many rules."""
        stakes = [self.stakes[rule] for rule in rules]
        place, sooner = map(min, *stakes) if len(stakes) > 1 else stakes[0]
        asks = self.derivations.questions(code)
        return place, -len(rules), OpenQuestion(code, asks, _URGENCIES[sooner], rules)

    def asking_for(self, question: OpenQuestion, known: Values) -> OpenQuestion:
        """The question without the answers that are known already."""
        if len(question.asks) == 1:
            return question
        return question._replace(asks=tuple([answer for answer in question.asks if answer not in known]))


def _remark_codes(holding: ByKind[Reason]) -> Iterator[str]:
    for advise, _ in holding.of(Advise):
        yield advise.advice
    for take, _ in holding.of(TakeNote):
        yield take.note
    for mark, _ in holding.of(MarkScope):
        yield mark.scope.value


class Unusable(str):
    """Stands for a derived finding that could not be computed, and says why; no test can judge it."""

    __slots__ = ()


def _computed(step: Derived, known: Values) -> Value | None:
    """A derived finding; what fails stays with the rules that rest on it."""
    try:
        return step.compute(known)
    except Exception as error:
        return Unusable(f"{step.code}: {error}")


class Stake(NamedTuple):
    """How early questions come, smaller is earlier: by kind of conclusion first, then by urgency; and that urgency.

    `sooner` is the urgency as a place in `_URGENCIES`, smaller is sooner.
    """

    place: int
    sooner: int


_URGENCIES = (*sorted(Urgency, reverse=True), None)


def _stake(rule: Rule) -> Stake:
    return Stake(_place(rule), _URGENCIES.index(rule.urgency))


def _place(rule: Rule) -> int:
    kind = _STAKES.get(type(rule.conclude), len(_STAKES))
    return kind * len(Urgency) - (0 if rule.urgency is None else rule.urgency.rank)


_STAKES: Mapping[type, int] = {RaiseFlag: 0, Refer: 1, Propose: 2, EndWithout: 2, JudgeTechnique: 3}


def _precedence(rule: Rule) -> tuple[int, str]:
    """Of rules with a conclusion of one kind the most urgent, the highest and the strictest come first."""
    match rule.conclude:
        case RaiseFlag(urgency=weight) | Refer(urgency=weight) | JudgeTechnique(gate=weight):
            return (-weight.rank, rule.code)
        case Propose(rank=rank) | EndWithout(rank=rank):
            return (-rank, rule.code)
    return (0, rule.code)


def _code(about: Reason | Undecided) -> str:
    return about.rule.code


def _abouts(group: Iterable[tuple[object, About]]) -> tuple[About, ...]:
    return tuple([about for _, about in group])


def _grouped(pairs: Iterable[tuple[Kind, About]], key: Callable[[Kind], str]) -> dict[str, list[tuple[Kind, About]]]:
    groups: dict[str, list[tuple[Kind, About]]] = defaultdict(list)
    for conclusion, about in pairs:
        groups[key(conclusion)].append((conclusion, about))
    return groups


def _red_flags(pairs: list[tuple[RaiseFlag, Reason]], protocol: Protocol) -> tuple[RedFlag, ...]:
    flags = [
        RedFlag(code, protocol.label(code), group[0][0].urgency, _abouts(group))
        for code, group in _grouped(pairs, lambda one: one.flag).items()
    ]
    return tuple(sorted(flags, key=lambda flag: (-flag.urgency.rank, flag.code)))


def _referrals(pairs: list[tuple[Refer, Reason]]) -> tuple[Referral, ...]:
    referrals = [
        Referral(group[0][0].discipline, group[0][0].urgency, _abouts(group))
        for group in _grouped(pairs, lambda one: one.discipline.value).values()
    ]
    return tuple(sorted(referrals, key=lambda referral: (-referral.urgency.rank, referral.discipline.rank)))


def _by_rank(pairs: list[tuple[Propose, Reason]]) -> list[tuple[str, int, tuple[Reason, ...]]]:
    """Templates by rank, then code; of several rules for one template, the highest rank counts and comes first."""
    groups = _grouped(pairs, lambda one: one.template).items()
    return sorted(
        [(code, group[0][0].rank, _abouts(group)) for code, group in groups], key=lambda one: (-one[1], one[0])
    )


def _proposals(pairs: list[tuple[Propose, Reason]], protocol: Protocol) -> tuple[Proposal, ...]:
    templates = protocol.templates
    return tuple(
        Proposal(code, templates[code].kind, templates[code].title, rank, reasons)
        for code, rank, reasons in _by_rank(pairs)
        if code in templates
    )


def _alternatives(
    pairs: list[tuple[Propose, Reason]], proposals: tuple[Proposal, ...], protocol: Protocol
) -> tuple[Alternative, ...]:
    """Templates that did not apply: first those that one answer would make apply, then the nearest."""
    proposed, templates = {proposal.template for proposal in proposals}, protocol.templates
    found = [
        Alternative(code, templates[code].kind, templates[code].title, rank, reasons, _ways_in(reasons))
        for code, rank, reasons in _by_rank(pairs)
        if code in templates and code not in proposed
    ]
    return tuple(sorted(found, key=lambda one: (not one.changes, _distance(one), -one.rank, one.template)))


def _ways_in(reasons: tuple[Reason, ...]) -> tuple[Change, ...]:
    changes: list[Change] = []
    for reason in reasons:
        changes += [change for change in reason.why.changes if change.becomes and change not in changes]
    return tuple(changes)


def _distance(alternative: Alternative) -> int:
    return min(len(reason.why.against) for reason in alternative.reasons)


def _endings(pairs: list[tuple[EndWithout, Reason]]) -> tuple[Ending, ...]:
    return tuple(
        Ending(group[0][0].outcome, group[0][0].rank, _abouts(group))
        for group in _grouped(pairs, lambda one: one.outcome.value).values()
    )


def _techniques(
    holding: list[tuple[JudgeTechnique, Reason]], unknown: list[tuple[JudgeTechnique, Undecided]]
) -> tuple[TechniqueJudgement, ...]:
    known = _grouped(holding, lambda one: one.technique)
    unsettled = _grouped([pair for pair in unknown if pair[0].gate not in _FAVOURING], lambda one: one.technique)
    codes = sorted(known.keys() | unsettled.keys())
    return tuple([_judgement(code, known.get(code, []), unsettled.get(code, [])) for code in codes])


_FAVOURING = tuple(gate for gate in Gate if gate.favours)


def _judgement(
    code: str, known: list[tuple[JudgeTechnique, Reason]], unsettled: list[tuple[JudgeTechnique, Undecided]]
) -> TechniqueJudgement:
    return TechniqueJudgement(code, known[0][0].gate if known else None, _abouts(known), _abouts(unsettled))


def _remarks(
    pairs: list[tuple[Kind, Reason]], key: Callable[[Kind], str], label: Callable[[str], Text]
) -> tuple[Remark, ...]:
    groups = _grouped(pairs, key)
    return tuple(Remark(code, label(code), _abouts(groups[code])) for code in sorted(groups))


def _matters(flags: tuple[RedFlag, ...], holding: Reasons, known: Values) -> tuple[Matter, ...]:
    """What can hold treatment: red flags, other rules that hold it, and the therapist's own concern."""
    matters = [Matter(MatterKind.RED_FLAG, flag.code, flag.urgency, flag.holds_treatment) for flag in flags]
    others = [one.rule for one in holding if one.rule.holds_treatment and not isinstance(one.rule.conclude, RaiseFlag)]
    for rule in sorted(others, key=lambda rule: rule.code):
        matters.append(Matter(MatterKind.RULE, rule.code, rule.urgency, holds_treatment=True))
    if known.get(SCREENING) == CONCERN:
        matters.append(Matter(MatterKind.CONCERN, SCREENING))
    return tuple(matters)


def _urgency(flags: tuple[RedFlag, ...], referrals: tuple[Referral, ...]) -> Urgency | None:
    """The highest urgency of a red flag or of a referral to the GP."""
    to_gp = [referral.urgency for referral in referrals if referral.discipline is Discipline.GP]
    return max([*(flag.urgency for flag in flags), *to_gp], default=None)


def _sends(flags: tuple[RedFlag, ...], referrals: tuple[Referral, ...]) -> Urgency | None:
    """How soon the patient is sent to a doctor. A routine flag stays open and is asked again, but sends nobody."""
    return _urgency(tuple(flag for flag in flags if flag.urgency > Urgency.ROUTINE), referrals)


def _disposition(sent: Urgency | None, proposals: tuple[Proposal, ...], endings: tuple[Ending, ...]) -> Disposition:
    if sent is not None:
        return _BY_URGENCY[sent]
    if endings and (not proposals or endings[0].rank > proposals[0].rank):
        return Disposition(endings[0].outcome.value)
    return Disposition(proposals[0].kind.value) if proposals else Disposition.UNDECIDED


_BY_URGENCY = {
    Urgency.EMERGENCY: Disposition.EMERGENCY,
    Urgency.WITHIN_24H: Disposition.GP_URGENT,
    Urgency.WITHIN_WEEK: Disposition.GP_URGENT,
    Urgency.ROUTINE: Disposition.GP_ROUTINE,
}


def _decided_by(proposals: tuple[Proposal, ...], alternatives: tuple[Alternative, ...]) -> tuple[Literal, ...]:
    """The two answers that decided most for the first template.

    First those whose change alone would undo it; then those that argue against the most other templates; then the order
    in which the rule names them. What is known without being asked, such as the region, is passed over.
    """
    if not proposals:
        return ()
    why = proposals[0].reasons[0].why
    alone = {change.code for change in why.changes}
    elsewhere = _codes_against(alternatives)
    held = {literal.code: literal for literal in reversed(why.held) if literal.code not in NOT_ANSWERS}
    place = {literal.code: position for position, literal in reversed(list(enumerate(why.held)))}
    order = sorted(held, key=lambda code: (code not in alone, -elsewhere.get(code, 0), place[code]))
    return tuple(held[code] for code in order[:2])


def _codes_against(alternatives: tuple[Alternative, ...]) -> dict[str, int]:
    """For each finding, against how many templates it argues."""
    counts: dict[str, int] = defaultdict(int)
    for alternative in alternatives:
        for code in {literal.leaf.code for reason in alternative.reasons for literal in reason.why.against}:
            counts[code] += 1
    return counts
