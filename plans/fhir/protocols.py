"""A protocol as FHIR R4: each rule an action with its condition in FHIRPath, its conclusion, source and evidence."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from intake.domain.conditions import Terms
from intake.domain.questionnaire import Questionnaire
from intake.domain.text import Text
from intake.fhir.elements import (
    Addresses,
    Resource,
    code_system,
    concept,
    expression,
    filled,
    identifier,
    name_of,
    said,
)
from intake.fhir.paths import Paths
from intake.fhir.questionnaires import STATUSES, questionnaire_resources
from plans.domain.protocol import (
    Advise,
    EndWithout,
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
from plans.fhir.catalogue import CONCLUSION, DISCIPLINE, ENDINGS, GATE, LISTS, URGENCY, Catalogue, in_words
from plans.fhir.templates import MEASURE, PLAN_TYPE, measures_of, template_resource

PRIORITIES = {
    Urgency.ROUTINE: "routine",
    Urgency.WITHIN_WEEK: "urgent",
    Urgency.WITHIN_24H: "asap",
    Urgency.EMERGENCY: "stat",
}


def protocol_resources(
    addresses: Addresses,
    protocol: Protocol,
    questionnaires: Iterable[Questionnaire],
    *,
    status: str = "published",
    signed: bool = False,
) -> list[Resource]:
    """The protocol with everything it names, the questionnaires whose answers it judges included.

    The conditions are about responses to exactly these versions of the questionnaires of its regions.
    """
    asked = [one for one in questionnaires if one.region in protocol.regions]
    catalogue = Catalogue(addresses, protocol)
    return [
        _rules(catalogue, asked, status, signed=signed),
        *definitions(catalogue),
        *questionnaire_resources(addresses, asked),
    ]


def definitions(catalogue: Catalogue) -> list[Resource]:
    """The templates, activities and lists of codes of a protocol."""
    templates = catalogue.protocol.templates.values()
    instruments = Text("Meetinstrumenten", "Instruments")
    return [
        *(template_resource(catalogue, one) for one in templates),
        *catalogue.activities(),
        *catalogue.code_systems(),
        code_system(catalogue.addresses, MEASURE, instruments, measures_of(templates), whole=False),
    ]


def _rules(catalogue: Catalogue, asked: list[Questionnaire], status: str, *, signed: bool) -> Resource:
    addresses, protocol = catalogue.addresses, catalogue.protocol
    paths = Paths(addresses, asked, protocol.derivations)
    terms = {**{code: term for one in asked for code, term in one.terms.items()}, **protocol.derivations.terms}
    actions = [_rule(catalogue, rule, paths, terms) for rule in protocol.rules]
    start = {"start": protocol.valid_from.isoformat()} if protocol.valid_from else {}
    return {
        "resourceType": "PlanDefinition",
        "id": identifier(f"{protocol.code}.v{protocol.version}"),
        "language": "nl",
        **filled(extension=paths.variables()),
        "url": addresses.url("PlanDefinition", protocol.code),
        "version": str(protocol.version),
        "name": name_of(protocol.code),
        **said("title", protocol.title),
        "type": concept(PLAN_TYPE, "eca-rule"),
        "status": STATUSES[status],
        "experimental": not signed,
        **said("description", protocol.description),
        **said("purpose", protocol.note),
        **filled(effectivePeriod=start),
        **filled(relatedArtifact=[*_depends_on(addresses, asked), *catalogue.citations(_cited(protocol))]),
        **filled(action=actions),
    }


def _depends_on(addresses: Addresses, asked: list[Questionnaire]) -> list[Resource]:
    canonicals = [addresses.canonical("Questionnaire", one.code, one.version) for one in asked]
    return [{"type": "depends-on", "resource": canonical} for canonical in canonicals]


def _cited(protocol: Protocol) -> list[str]:
    """The sources that rules name, each once."""
    return sorted({key for rule in protocol.rules for key in rule.backing.sources})


def _rule(catalogue: Catalogue, rule: Rule, paths: Paths, terms: Terms) -> Resource:
    sentence = Text(rule.when.describe("nl", terms), rule.when.describe("en", terms))
    condition = {"kind": "applicability", "expression": expression(paths.expression(rule.when))}
    held = [catalogue.listed(CONCLUSION, "holds_treatment")] if rule.holds_treatment else []
    concluded = _CONCLUDED[type(rule.conclude)](catalogue, rule.conclude)
    return {
        "id": rule.code,
        **said("title", concluded["title"]),
        **said("description", rule.explanation),
        **said("textEquivalent", sentence),
        **filled(priority=PRIORITIES[rule.urgency] if rule.urgency else None),
        "code": [*concluded["code"], *held, *catalogue.backing(rule.backing)],
        **filled(documentation=catalogue.citations(rule.backing.sources)),
        "condition": [condition],
        **filled(definitionCanonical=concluded.get("definition")),
    }


def _flag(catalogue: Catalogue, one: RaiseFlag) -> dict[str, Any]:
    label = catalogue.protocol.label(one.flag)
    kind, urgency = catalogue.listed(CONCLUSION, "red_flag"), catalogue.listed(URGENCY, one.urgency.value)
    return {"title": label, "code": [kind, catalogue.labelled(one.flag, label), urgency]}


def _refer(catalogue: Catalogue, one: Refer) -> dict[str, Any]:
    kind, urgency = catalogue.listed(CONCLUSION, "referral"), catalogue.listed(URGENCY, one.urgency.value)
    return {
        "title": in_words(one.discipline.value),
        "code": [kind, catalogue.listed(DISCIPLINE, one.discipline.value), urgency],
        "definition": catalogue.activity("referral", one.discipline.value),
    }


def _propose(catalogue: Catalogue, one: Propose) -> dict[str, Any]:
    known = catalogue.protocol.templates.get(one.template)
    title = known.title if known else Text(one.template, one.template)
    kind = catalogue.listed(CONCLUSION, "template") | {"text": f"rank {one.rank}"}
    definition = {"definition": catalogue.template(one.template)} if known else {}
    return {"title": title, "code": [kind, catalogue.labelled(one.template, title)], **definition}


def _judge(catalogue: Catalogue, one: JudgeTechnique) -> dict[str, Any]:
    known = catalogue.protocol.techniques.get(one.technique)
    title = known.title if known else Text(one.technique, one.technique)
    gate = LISTS[GATE][1][one.gate.value]
    kind = catalogue.listed(CONCLUSION, "technique")
    definition = {"definition": catalogue.activity("technique", one.technique)} if known else {}
    return {
        "title": Text(f"{title.nl}: {gate.nl}", f"{title.en}: {gate.en}"),
        "code": [kind, catalogue.labelled(one.technique, title), catalogue.listed(GATE, one.gate.value)],
        **definition,
    }


def _advise(catalogue: Catalogue, one: Advise) -> dict[str, Any]:
    known = catalogue.protocol.advice.get(one.advice)
    title = known.title if known else Text(one.advice, one.advice)
    kind = catalogue.listed(CONCLUSION, "advice")
    definition = {"definition": catalogue.activity("advice", one.advice)} if known else {}
    return {"title": title, "code": [kind, catalogue.labelled(one.advice, title)], **definition}


def _note(catalogue: Catalogue, one: TakeNote) -> dict[str, Any]:
    label = catalogue.protocol.label(one.note)
    return {"title": label, "code": [catalogue.listed(CONCLUSION, "note"), catalogue.labelled(one.note, label)]}


def _scope(catalogue: Catalogue, one: MarkScope) -> dict[str, Any]:
    label = ENDINGS[one.scope.value]
    return {"title": label, "code": [catalogue.listed(CONCLUSION, "scope"), catalogue.labelled(one.scope.value, label)]}


def _end(catalogue: Catalogue, one: EndWithout) -> dict[str, Any]:
    label = ENDINGS[one.outcome.value]
    kind = catalogue.listed(CONCLUSION, "outcome") | {"text": f"rank {one.rank}"}
    return {"title": label, "code": [kind, catalogue.labelled(one.outcome.value, label)]}


_CONCLUDED: Mapping[type, Callable[[Catalogue, Any], dict[str, Any]]] = {
    RaiseFlag: _flag,
    Refer: _refer,
    Propose: _propose,
    JudgeTechnique: _judge,
    Advise: _advise,
    MarkScope: _scope,
    TakeNote: _note,
    EndWithout: _end,
}
