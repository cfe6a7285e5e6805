"""Protocols: rules that draw conclusions from findings, and the plan templates they propose. Composed from content.

`compose(parts)` takes plain content, as it stands in the files or in the database:

    {
      "protocol":   {...},          protocol.yaml
      "derived":    {...} or {},    derived.yaml: findings that only the rules need
      "rules":      {name: {...}},  one per rules/<name>.yaml
      "templates":  {code: {...}},  one per templates/<code>.yaml
      "techniques": {...},          techniques.yaml
      "exercises":  {...},          exercises.yaml
      "advice":     {...},          advice.yaml
      "sources":    {key: {...}},   sources.yaml
    }

Composing refuses what cannot be read. Whether a protocol is fit to be published is for `plans.domain.check`.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, total_ordering
from math import ceil
from typing import Any

from intake.domain.conditions import Condition, Value
from intake.domain.derivations import Derivations, cycle_in, with_terms
from intake.domain.derived import Derived
from intake.domain.derived_content import read_derived
from intake.domain.reading import Backing, Problems, Reader, canonical, canonical_hash
from intake.domain.text import Text

Parts = Mapping[str, Any]


@total_ordering
class Ranked(Enum):
    """An enum whose members rise in the order in which they are written."""

    def __init__(self, *_value: object) -> None:
        self.rank = len(self.__class__.__members__)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, self.__class__):
            return NotImplemented
        return self.rank < other.rank


class Urgency(Ranked):
    """How soon someone must be contacted; the greater, the sooner."""

    ROUTINE = "routine"
    WITHIN_WEEK = "within_week"
    WITHIN_24H = "within_24h"
    EMERGENCY = "emergency"


class Gate(Ranked):
    """What findings say about a technique; of several, the greater one counts."""

    POSSIBLE = "possible"
    CONSIDER = "consider"
    RECOMMEND = "recommend"
    CAUTION = "caution"
    ADVISE_AGAINST = "advise_against"
    BLOCK = "block"

    @property
    def favours(self) -> bool:
        """Whether it speaks for the technique."""
        return self <= Gate.RECOMMEND


class Discipline(Ranked):
    """To whom a patient can be referred, in the order in which referrals are listed."""

    GP = "gp"
    MANUAL_THERAPIST = "manual_therapist"
    OCCUPATIONAL_THERAPIST = "occupational_therapist"
    REHABILITATION_PHYSICIAN = "rehabilitation_physician"
    PSYCHOSOMATIC_PHYSIOTHERAPIST = "psychosomatic_physiotherapist"
    PELVIC_PHYSIOTHERAPIST = "pelvic_physiotherapist"
    OCCUPATIONAL_PHYSICIAN = "occupational_physician"


class OutcomeKind(Enum):
    """How an intake can end without a plan."""

    NO_COURSE_NEEDED = "no_course_needed"


class ScopeKind(Enum):
    OUTSIDE_GUIDELINE = "outside_guideline"


class TemplateKind(Enum):
    """A course lasts 4 to 8 weeks, self-management is shorter, a follow-up comes after other care."""

    COURSE = "course"
    SELF_MANAGEMENT = "self_management"
    FOLLOW_UP = "follow_up"


class AdviceMoment(Enum):
    INTAKE = "intake"
    DISCHARGE = "discharge"
    SAFETY_NET = "safety_net"


class ExampleKind(Enum):
    """What an example of a rule shows."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does_not_hold"
    UNKNOWN = "unknown"
    BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    flag: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Refer:
    discipline: Discipline
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Propose:
    """Propose a template; of several, the one with the higher rank comes first."""

    template: str
    rank: int


@dataclass(frozen=True, slots=True)
class JudgeTechnique:
    technique: str
    gate: Gate


@dataclass(frozen=True, slots=True)
class Advise:
    advice: str


@dataclass(frozen=True, slots=True)
class MarkScope:
    scope: ScopeKind


@dataclass(frozen=True, slots=True)
class TakeNote:
    note: str


@dataclass(frozen=True, slots=True)
class EndWithout:
    """Propose to end the intake without a plan; ranked among the templates."""

    outcome: OutcomeKind
    rank: int


Conclusion = RaiseFlag | Refer | Propose | JudgeTechnique | Advise | MarkScope | TakeNote | EndWithout


@dataclass(frozen=True, slots=True)
class Example:
    """One test of a rule: what it must say of some findings."""

    kind: ExampleKind
    given: Mapping[str, Value]
    expect: bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and what is concluded when it holds. `path` is where it stands in the content."""

    code: str
    when: Condition
    conclude: Conclusion
    holds_treatment: bool
    explanation: Text
    action: Text | None
    backing: Backing
    reviewed: datetime.date | None
    examples: tuple[Example, ...]
    path: str

    @property
    def urgency(self) -> Urgency | None:
        return self.conclude.urgency if isinstance(self.conclude, RaiseFlag | Refer) else None


@dataclass(frozen=True, slots=True)
class Technique:
    """What a therapist may do. `competence` is the code of what one must be able to do, if anything in particular."""

    code: str
    category: str
    title: Text
    plain: Text
    help: Text | None
    competence: str | None
    special_procedure: bool
    adjunct_only: bool
    room_kind: str | None
    backing: Backing


@dataclass(frozen=True, slots=True)
class Exercise:
    code: str
    category: str
    title: Text
    instruction: Text
    dose: Text
    backing: Backing


@dataclass(frozen=True, slots=True)
class AdviceText:
    code: str
    title: Text
    text: Text
    when_given: AdviceMoment
    backing: Backing


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in words; `target` is what the measure should reach, as content wrote it."""

    code: str
    text: Text
    measure: str
    target: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dose:
    """A technique within a phase; a core technique is left out only as a deviation with a reason."""

    technique: str
    dose: Text
    core: bool


@dataclass(frozen=True, slots=True)
class Phase:
    code: str
    title: Text
    aim: Text
    weeks: int
    sessions_per_week: float
    techniques: tuple[Dose, ...]
    exercises: tuple[str, ...]
    home_programme: Text | None
    go_on_when: Text | None

    @property
    def sessions(self) -> int:
        """How many sessions the phase has; a part of a session counts as one."""
        return ceil(self.weeks * self.sessions_per_week)


@dataclass(frozen=True, slots=True)
class Moment:
    """When to measure what; week 0 is the intake."""

    week: int
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanTemplate:
    """A plan as the protocol proposes it; `weeks` is its active length, without `later_check_week`."""

    code: str
    version: int
    kind: TemplateKind
    title: Text
    summary: Text
    regions: tuple[str, ...]
    weeks: int
    session_minutes: int
    goals: tuple[Goal, ...]
    phases: tuple[Phase, ...]
    measurements: tuple[Moment, ...]
    evaluation_weeks: tuple[int, ...]
    later_check_week: int | None
    advice: tuple[str, ...]
    prevention: tuple[str, ...]
    safety_net: tuple[str, ...]
    backing: Backing

    @property
    def sessions(self) -> int:
        """The exact number of sessions."""
        return sum(phase.sessions for phase in self.phases)


@dataclass(frozen=True, eq=False)
class Protocol:
    """One version of a protocol. Compared by identity; `hash` tells whether the content is the same."""

    code: str
    version: int
    regions: tuple[str, ...]
    title: Text
    description: Text | None
    valid_from: datetime.date | None
    note: Text | None
    labels: Mapping[str, Text]
    rules: tuple[Rule, ...]
    templates: Mapping[str, PlanTemplate]
    techniques: Mapping[str, Technique]
    exercises: Mapping[str, Exercise]
    advice: Mapping[str, AdviceText]
    derivations: Derivations
    sources: Mapping[str, Mapping[str, Any]]
    content: Parts = field(repr=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return canonical_hash(self.content)

    def label(self, code: str) -> Text:
        """What a red flag or note is called; its code where the content gives no name."""
        return self.labels.get(code) or Text(code, code)

    def rule(self, code: str) -> Rule:
        """Raises `KeyError`."""
        for rule in self.rules:
            if rule.code == code:
                return rule
        raise KeyError(code)


def compose(parts: Parts) -> Protocol:
    """The protocol that content describes. Raises `ContentError` with every problem."""
    problems = Problems()
    protocol = _compose(parts, problems)
    problems.refuse_if_any()
    return protocol


def _compose(parts: Parts, problems: Problems) -> Protocol:
    reader = Reader(parts.get("protocol"), "protocol", problems)
    derivations = _derivations(parts, problems)
    protocol = Protocol(
        code=reader.code(),
        version=reader.integer("version"),
        regions=reader.strings("regions", required=True),
        title=reader.needed_text("title"),
        description=reader.text("description", required=False),
        valid_from=reader.day("valid_from", required=False),
        note=reader.text("note", required=False),
        labels=_labels(reader),
        rules=_rules(parts, problems),
        templates=_templates(parts, problems),
        techniques=_listed(parts, "techniques", problems, _technique),
        exercises=_listed(parts, "exercises", problems, _exercise),
        advice=_listed(parts, "advice", problems, _advice),
        derivations=derivations,
        sources=_sources(parts, problems),
        content=canonical({key: parts.get(key) or {} for key in _KINDS}),
    )
    reader.close()
    return protocol


_KINDS = ("protocol", "derived", "rules", "templates", "techniques", "exercises", "advice", "sources")


def _labels(reader: Reader) -> dict[str, Text]:
    value = reader.typed("labels", Mapping, "codes with their names", required=False) or {}
    inner = Reader(value, reader.at("labels"), reader.problems)
    return {inner.checked_code(str(code), inner.at(str(code))): inner.needed_text(str(code)) for code in value}


def _sources(parts: Parts, problems: Problems) -> dict[str, Mapping[str, Any]]:
    reader = Reader(parts.get("sources") or {}, "sources", problems)
    wanted = "keys with values, such as a title"
    found = {
        reader.checked_code(str(key), reader.at(str(key))): reader.typed(str(key), Mapping, wanted, required=True) or {}
        for key in parts.get("sources") or {}
    }
    return {key: canonical(source) for key, source in found.items()}


def _derivations(parts: Parts, problems: Problems) -> Derivations:
    content = parts.get("derived")
    if not content:
        return Derivations()
    reader = Reader(content, "derived", problems)
    derived = [one for inner in reader.readers("derived", required=True) if (one := read_derived(inner))]
    reader.close()
    circle = cycle_in(derived, {})
    if circle:
        problems.add("derived", f"is drawn from itself: {' from '.join(circle)}")
        return Derivations()
    return Derivations(derived, terms=_terms(derived))


def _terms(derived: Iterable[Derived]) -> Any:
    return with_terms(Derivations(derived).derived, {})


def _rules(parts: Parts, problems: Problems) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for name, content in (parts.get("rules") or {}).items():
        reader = Reader(content, f"rules.{name}", problems)
        rules.extend(rule for inner in reader.readers("rules", required=True) if (rule := _rule(inner)))
        reader.close()
    _report_repeated(((rule.code, rule.path) for rule in rules), problems)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def _report_repeated(places: Iterable[tuple[str, str]], problems: Problems) -> None:
    first: dict[str, str] = {}
    for code, path in places:
        if code in first:
            problems.add(path, f"'{code}' is already defined at {first[code]}")
        first.setdefault(code, path)


def _rule(reader: Reader) -> Rule | None:
    when, conclude = reader.condition("when"), _conclusion(reader.reader("conclude"))
    code, explanation = reader.code(), reader.needed_text("explanation")
    action, backing = reader.text("action", required=False), reader.backing()
    holds, reviewed = reader.flag("holds_treatment"), reader.day("reviewed", required=False)
    examples = tuple(_example(inner) for inner in reader.readers("examples"))
    reader.close()
    if when is None or conclude is None:
        return None
    return Rule(code, when, conclude, holds, explanation, action, backing, reviewed, examples, reader.path)


def _conclusion(reader: Reader) -> Conclusion | None:
    kinds = [kind for kind in _CONCLUSIONS if kind in reader]
    if len(kinds) != 1:
        reader.problems.add(reader.path, f"expected exactly one of {', '.join(_CONCLUSIONS)}")
        return None
    conclusion = _CONCLUSIONS[kinds[0]](reader)
    reader.close()
    return conclusion


_CONCLUSIONS: Mapping[str, Any] = {
    "red_flag": lambda r: RaiseFlag(r.code("red_flag"), r.needed_one_of("urgency", Urgency)),
    "referral": lambda r: Refer(r.needed_one_of("referral", Discipline), r.needed_one_of("urgency", Urgency)),
    "template": lambda r: Propose(r.code("template"), r.integer("rank")),
    "technique": lambda r: JudgeTechnique(r.code("technique"), r.needed_one_of("gate", Gate)),
    "advice": lambda r: Advise(r.code("advice")),
    "scope": lambda r: MarkScope(r.needed_one_of("scope", ScopeKind)),
    "note": lambda r: TakeNote(r.code("note")),
    "outcome": lambda r: EndWithout(r.needed_one_of("outcome", OutcomeKind), r.integer("rank")),
}

_EXPECTED = {ExampleKind.HOLDS: True, ExampleKind.DOES_NOT_HOLD: False, ExampleKind.UNKNOWN: None}


def _example(reader: Reader) -> Example:
    kind = reader.needed_one_of("kind", ExampleKind)
    given = reader.typed("given", Mapping, "findings", required=True) or {}
    expect = reader.raw("expect")
    if kind in _EXPECTED:
        expect = _EXPECTED[kind]
    elif not isinstance(expect, bool):
        reader.problem("expect", "a boundary example says true or false")
    reader.close()
    return Example(kind, {str(code): _finding(value) for code, value in given.items() if value is not None}, expect)


def _finding(value: Any) -> Value:
    return frozenset(value) if isinstance(value, list) else value


def _listed(parts: Parts, name: str, problems: Problems, read: Any) -> dict[str, Any]:
    content = parts.get(name)
    if not content:
        return {}
    reader = Reader(content, name, problems)
    entries = [(read(inner), inner.path) for inner in reader.readers(name, required=True)]
    reader.close()
    _report_repeated(((entry.code, path) for entry, path in entries), problems)
    return {entry.code: entry for entry, _ in entries}


def _technique(reader: Reader) -> Technique:
    technique = Technique(
        code=reader.code(),
        category=reader.code("category"),
        title=reader.needed_text("title"),
        plain=reader.needed_text("plain"),
        help=reader.text("help", required=False),
        competence=reader.code("competence", required=False) or None,
        special_procedure=reader.flag("special_procedure"),
        adjunct_only=reader.flag("adjunct_only"),
        room_kind=reader.code("room_kind", required=False) or None,
        backing=reader.backing(),
    )
    reader.close()
    return technique


def _exercise(reader: Reader) -> Exercise:
    exercise = Exercise(
        code=reader.code(),
        category=reader.code("category"),
        title=reader.needed_text("title"),
        instruction=reader.needed_text("instruction"),
        dose=reader.needed_text("dose"),
        backing=reader.backing(),
    )
    reader.close()
    return exercise


def _advice(reader: Reader) -> AdviceText:
    advice = AdviceText(
        code=reader.code(),
        title=reader.needed_text("title"),
        text=reader.needed_text("text"),
        when_given=reader.needed_one_of("when_given", AdviceMoment),
        backing=reader.backing(),
    )
    reader.close()
    return advice


def _templates(parts: Parts, problems: Problems) -> dict[str, PlanTemplate]:
    found = {}
    for name, content in (parts.get("templates") or {}).items():
        reader = Reader(content, f"templates.{name}", problems)
        template = _template(reader)
        if template.code != name:
            reader.problem("code", f"'{template.code}' stands in the file '{name}'")
        found[template.code] = template
    return found


def _template(reader: Reader) -> PlanTemplate:
    template = PlanTemplate(
        code=reader.code(),
        version=reader.integer("version"),
        kind=reader.needed_one_of("kind", TemplateKind),
        title=reader.needed_text("title"),
        summary=reader.needed_text("summary"),
        regions=reader.strings("regions", required=True),
        weeks=reader.integer("weeks"),
        session_minutes=reader.integer("session_minutes"),
        goals=tuple(_goal(inner) for inner in reader.readers("goals", required=True)),
        phases=tuple(_phase(inner) for inner in reader.readers("phases", required=True)),
        measurements=tuple(_moment(inner) for inner in reader.readers("measurements")),
        evaluation_weeks=reader.integers("evaluation_weeks"),
        later_check_week=reader.integer("later_check_week", required=False) or None,
        advice=reader.strings("advice"),
        prevention=reader.strings("prevention"),
        safety_net=reader.strings("safety_net"),
        backing=reader.backing(),
    )
    reader.close()
    return template


def _goal(reader: Reader) -> Goal:
    target = reader.typed("target", Mapping, "what the measure should reach", required=False) or {}
    goal = Goal(reader.code(), reader.needed_text("text"), reader.string("measure", required=False), target)
    reader.close()
    return goal


def _phase(reader: Reader) -> Phase:
    phase = Phase(
        code=reader.code(),
        title=reader.needed_text("title"),
        aim=reader.needed_text("aim"),
        weeks=reader.integer("weeks"),
        sessions_per_week=reader.number("sessions_per_week") or 0,
        techniques=tuple(_dose(inner) for inner in reader.readers("techniques")),
        exercises=reader.strings("exercises"),
        home_programme=reader.text("home_programme", required=False),
        go_on_when=reader.text("go_on_when", required=False),
    )
    reader.close()
    return phase


def _dose(reader: Reader) -> Dose:
    dose = Dose(reader.code(), reader.needed_text("dose"), reader.flag("core"))
    reader.close()
    return dose


def _moment(reader: Reader) -> Moment:
    moment = Moment(reader.integer("week"), reader.strings("instruments", required=True))
    reader.close()
    return moment
