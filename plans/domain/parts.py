"""The parts of a protocol's content by kind: where they stand, how one goes in or out, and what refers to it. Pure.

Content is what `plans.domain.protocol.compose` takes. An entry is one part without its code, in the same shape for
every kind; what a red flag or note is called is an entry with only a name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from intake.domain.derived import Derived
from plans.domain.protocol import (
    Advise,
    JudgeTechnique,
    MarkScope,
    Parts,
    PlanTemplate,
    Propose,
    Protocol,
    RaiseFlag,
    Rule,
    TakeNote,
)

Entry = Mapping[str, Any]


class Kind(Enum):
    """What kind of part it is; also the order in which differences are told."""

    RULE = "rule"
    TEMPLATE = "template"
    TECHNIQUE = "technique"
    EXERCISE = "exercise"
    ADVICE = "advice"
    DERIVED = "derived"
    SOURCE = "source"
    LABEL = "label"
    PROTOCOL = "protocol"


# Kinds whose parts stand in a list, with the name of that list and of what holds it.
LISTS: Mapping[Kind, str] = {
    Kind.TECHNIQUE: "techniques",
    Kind.EXERCISE: "exercises",
    Kind.ADVICE: "advice",
    Kind.DERIVED: "derived",
}
NUMBERED = ("code", "version", "valid_from", "labels")  # of the protocol itself, and no part of what it says of itself


def entries(content: Parts, kind: Kind) -> dict[str, Entry]:
    """Every part of one kind by its code, in the order of the content."""
    if kind in LISTS:
        return _by_code(_listed(content, kind))
    if kind is Kind.RULE:
        return _by_code(rule for group in content["rules"].values() for rule in group["rules"])
    if kind is Kind.TEMPLATE:
        return {code: _without(one, "code") for code, one in content["templates"].items()}
    if kind is Kind.SOURCE:
        return dict(content["sources"])
    head = content["protocol"]
    if kind is Kind.LABEL:
        return {code: {"name": name} for code, name in head.get("labels", {}).items()}
    return {head["code"]: _without(head, *NUMBERED)}


def with_entry(content: Parts, kind: Kind, code: str, entry: Entry) -> dict[str, Any]:
    """The content with this entry in the place of the one with its code; at the end when it is new. Not for rules."""
    if kind in LISTS:
        whole, known = {"code": code, **entry}, _listed(content, kind)
        if any(one["code"] == code for one in known):
            return _with_list(content, kind, [whole if one["code"] == code else one for one in known])
        return _with_list(content, kind, [*known, whole])
    if kind is Kind.TEMPLATE:
        return {**content, "templates": {**content["templates"], code: {"code": code, **entry}}}
    if kind is Kind.SOURCE:
        return {**content, "sources": {**content["sources"], code: entry}}
    head = content["protocol"]
    if kind is Kind.LABEL:
        return {**content, "protocol": {**head, "labels": {**head.get("labels", {}), code: entry["name"]}}}
    kept = {key: value for key, value in head.items() if key in NUMBERED}
    return {**content, "protocol": {**kept, **entry}}


def without_entry(content: Parts, kind: Kind, code: str) -> dict[str, Any]:
    """The content without an entry. Not for rules, nor for what the protocol says of itself."""
    if kind in LISTS:
        return _with_list(content, kind, [one for one in _listed(content, kind) if one["code"] != code])
    if kind is Kind.LABEL:
        head = content["protocol"]
        return {**content, "protocol": {**head, "labels": _without(head["labels"], code)}}
    name = "templates" if kind is Kind.TEMPLATE else "sources"
    return {**content, name: _without(content[name], code)}


def place(content: Parts, kind: Kind, code: str) -> str:
    """Where an entry stands in the content, as problems and flaws name it. Not for rules."""
    if kind in LISTS:
        position = [one["code"] for one in _listed(content, kind)].index(code)
        return f"{LISTS[kind]}.{LISTS[kind]}[{position}]"
    before = {Kind.TEMPLATE: "templates.", Kind.SOURCE: "sources.", Kind.LABEL: "protocol.labels."}
    return f"{before[kind]}{code}" if kind in before else "protocol"


def versioned(template: Entry, base: Entry | None) -> dict[str, Any]:
    """A template with its version. `base` is the same one in the version the draft was made of; None when it is new.

    One that differs is one version further, however often it is changed, and one that is changed back has its version
    again.
    """
    was = base or {"version": 0}
    differs = {**was, "version": 0} != {**template, "version": 0}
    return {**template, "version": was["version"] + differs}


def _listed(content: Parts, kind: Kind) -> list[Entry]:
    name = LISTS[kind]
    listed: list[Entry] = content[name].get(name, [])
    return listed


def _with_list(content: Parts, kind: Kind, listed: list[Entry]) -> dict[str, Any]:
    return {**content, LISTS[kind]: {LISTS[kind]: listed}}


def _by_code(listed: Iterable[Entry]) -> dict[str, Entry]:
    return {one["code"]: _without(one, "code") for one in listed}


def _without(entry: Entry, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


@dataclass(frozen=True, slots=True)
class Reference:
    """A part that names another one."""

    kind: Kind
    code: str


# A part that something refers to: its kind and code.
Target = tuple[Kind, str]


def references(protocol: Protocol) -> dict[Target, tuple[Reference, ...]]:
    """What refers to each part, in the order of `Kind`; a part that nothing refers to is not in it."""
    found: dict[Target, dict[Reference, None]] = {}
    for reference, target in _references(protocol):
        found.setdefault(target, {})[reference] = None
    return {target: tuple(referring) for target, referring in found.items()}


def _references(protocol: Protocol) -> Iterator[tuple[Reference, Target]]:
    own = protocol.derivations.by_code
    things: dict[Kind, Iterable[Any]] = {
        Kind.RULE: protocol.rules,
        Kind.TEMPLATE: protocol.templates.values(),
        Kind.TECHNIQUE: protocol.techniques.values(),
        Kind.EXERCISE: protocol.exercises.values(),
        Kind.ADVICE: protocol.advice.values(),
        Kind.DERIVED: own.values(),
    }
    for kind, of_kind in things.items():
        for thing in of_kind:
            named = (*_named_by(thing), *((Kind.DERIVED, code) for code in _needs(thing) if code in own))
            for target in (*named, *((Kind.SOURCE, key) for key in thing.backing.sources)):
                yield Reference(kind, thing.code), target


def _named_by(thing: Any) -> Iterator[Target]:
    if isinstance(thing, Rule):
        return _named_by_rule(thing)
    return _named_by_template(thing) if isinstance(thing, PlanTemplate) else iter(())


def _needs(thing: Any) -> list[str]:
    """The findings on which a rule or a derived finding rests."""
    if isinstance(thing, Rule):
        return sorted(thing.when.codes())
    return sorted(thing.needs) if isinstance(thing, Derived) else []


def _named_by_rule(rule: Rule) -> Iterator[Target]:
    match rule.conclude:
        case Propose(template=code):
            yield Kind.TEMPLATE, code
        case JudgeTechnique(technique=code):
            yield Kind.TECHNIQUE, code
        case Advise(advice=code):
            yield Kind.ADVICE, code
        case RaiseFlag(flag=code) | TakeNote(note=code):
            yield Kind.LABEL, code
        case MarkScope(scope=scope):
            yield Kind.LABEL, scope.value


def _named_by_template(template: PlanTemplate) -> Iterator[Target]:
    for phase in template.phases:
        yield from ((Kind.TECHNIQUE, dose.technique) for dose in phase.techniques)
        yield from ((Kind.EXERCISE, code) for code in phase.exercises)
    yield from ((Kind.ADVICE, code) for code in (*template.advice, *template.prevention, *template.safety_net))
