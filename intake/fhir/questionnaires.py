"""A questionnaire as FHIR R4: its sections and questions, and the value sets and code systems of its answers."""

from collections.abc import Iterator, Mapping, Sequence

from intake.domain.body_chart import WORST, Diagram, region_name
from intake.domain.items import Item, ItemKind, Required
from intake.domain.questionnaire import Questionnaire, Section
from intake.domain.text import Text
from intake.fhir.elements import (
    UCUM,
    Addresses,
    Resource,
    code_system,
    coding,
    concept,
    expression,
    extension,
    filled,
    fingerprint,
    identifier,
    name_of,
    said,
    value_set,
)
from intake.fhir.paths import Paths, section_link

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition"
FINDING, LAUNCH = "finding", "launch-context"
KNOWN = Text("Bekend zonder vragen", "Known without asking")
REGION, KINDS, INTENSITY = "region", "kinds", "intensity"
SYSTEMS = {"icf": "http://hl7.org/fhir/sid/icf", "loinc": "http://loinc.org"}
UNITS = {
    "weeks": "wk",
    "years": "a",
    "minutes": "min",
    "celsius": "Cel",
    "percent": "%",
    "metres": "m",
    "degrees": "deg",
    "cm": "cm",
}
STATUSES = {"draft": "draft", "in_review": "draft", "published": "active", "retired": "retired"}
ITEM_CONTROL = "http://hl7.org/fhir/questionnaire-item-control"


def choices_of(code: str) -> str:
    """The name of the code system and value set of the answers to a question, or of the values of a finding."""
    return f"choices.{code}"


def questionnaire_resources(
    addresses: Addresses, questionnaires: Sequence[Questionnaire], *, status: str = "published"
) -> list[Resource]:
    """Questionnaires with everything they name."""
    return [
        *(_questionnaire(addresses, one, status) for one in questionnaires),
        *(resource for one in questionnaires for resource in _lists_of(addresses, one)),
        _findings(addresses, questionnaires),
        code_system(addresses, LAUNCH, KNOWN, {"findings": KNOWN}),
    ]


def _questionnaire(addresses: Addresses, one: Questionnaire, status: str) -> Resource:
    paths = Paths(addresses, [one], response="%resource", findings="%findings.entry.resource.ofType(Observation)")
    sections = [_section(addresses, section, one, paths) for section in one.sections]
    return {
        "resourceType": "Questionnaire",
        "id": identifier(f"{one.code}.v{one.version}"),
        "language": "nl",
        "extension": [_known_without_asking(addresses), *paths.variables()],
        "url": addresses.url("Questionnaire", one.code),
        "version": str(one.version),
        "name": name_of(one.code),
        **said("title", one.title),
        "status": STATUSES[status],
        "subjectType": ["Patient"],
        **said("description", one.description),
        "item": sections,
    }


def _known_without_asking(addresses: Addresses) -> Resource:
    """What a form filler must bring along: age at the visit, sex and route, as observations."""
    name = coding(addresses.system(LAUNCH), "findings", KNOWN)
    parts = [{"url": "name", "valueCoding": name}, {"url": "type", "valueCode": "Bundle"}]
    return {"url": f"{SDC}/sdc-questionnaire-launchContext", "extension": parts}


def _section(addresses: Addresses, section: Section, one: Questionnaire, paths: Paths) -> Resource:
    link = section_link(section.code)
    items = [_item(addresses, item, one, paths) for item in section.items]
    return {
        "linkId": link,
        **said("text", section.title),
        "type": "group",
        "item": [*_help(link, section.help), *items],
    }


def _item(addresses: Addresses, item: Item, one: Questionnaire, paths: Paths) -> Resource:
    children = [*_help(item.code, item.help), *_chart_items(addresses, item)]
    return {
        "linkId": item.code,
        **filled(extension=list(_extensions(addresses, item, one, paths))),
        "code": [coding(addresses.system(FINDING), item.code), *_other_codes(item)],
        **said("text", item.label),
        "type": _type(item),
        **filled(required=item.required is Required.ALWAYS or None),
        **filled(repeats=item.kind in (ItemKind.CHOICES, ItemKind.BODY_CHART) or None),
        **filled(maxLength=item.length if item.kind in (ItemKind.TEXT, ItemKind.LONG_TEXT) else None),
        **_answers(addresses, item),
        **filled(item=children),
    }


def _answers(addresses: Addresses, item: Item) -> Resource:
    """A value set; a list of options where one of them stands alone, since only an option can say so."""
    if not any(choice.exclusive for choice in item.choices):
        return {"answerValueSet": _list_of(addresses, item.code, _choices(item))} if item.choices else {}
    system = addresses.system(choices_of(item.code))
    alone = [extension("questionnaire-optionExclusive", valueBoolean=True)]
    options = [
        filled(extension=alone if choice.exclusive else [], valueCoding=coding(system, choice.code, choice.label))
        for choice in item.choices
    ]
    return {"answerOption": options}


def _choices(item: Item) -> dict[str, Text]:
    return {choice.code: choice.label for choice in item.choices}


def _list_of(addresses: Addresses, code: str, choices: Mapping[str, Text]) -> str:
    """The value set of a list of choices, in the version that it has."""
    return addresses.canonical("ValueSet", choices_of(code), fingerprint(choices))


def _other_codes(item: Item) -> list[Resource]:
    return [coding(SYSTEMS[system], code) for system, code in item.codes if system in SYSTEMS]


def _type(item: Item) -> str:
    if item.kind is ItemKind.NUMBER:
        return "decimal" if item.decimals else "integer"
    return _TYPES[item.kind]


_TYPES = {
    ItemKind.YES_NO: "boolean",
    ItemKind.CHOICE: "choice",
    ItemKind.CHOICES: "choice",
    ItemKind.SCALE: "integer",
    ItemKind.TEXT: "string",
    ItemKind.LONG_TEXT: "text",
    ItemKind.BODY_CHART: "group",
}


def _help(link: str, text: Text | None) -> list[Resource]:
    if text is None:
        return []
    control = extension("questionnaire-itemControl", valueCodeableConcept=concept(ITEM_CONTROL, "help"))
    return [{"linkId": f"{link}.help", "extension": [control], **said("text", text), "type": "display"}]


def _extensions(addresses: Addresses, item: Item, one: Questionnaire, paths: Paths) -> Iterator[Resource]:
    yield from _asked_when(item, paths)
    yield from _bounds(item)
    if item.unit in UNITS:
        unit = {"system": UCUM, "code": UNITS[item.unit], "display": item.unit}
        yield extension("questionnaire-unit", valueCoding=unit)
    if item.kind is ItemKind.SCALE:
        yield extension("questionnaire-itemControl", valueCodeableConcept=concept(ITEM_CONTROL, "slider"))
    if item.backing.sources:
        yield extension("designNote", valueMarkdown=_note(item, one))


def _asked_when(item: Item, paths: Paths) -> Iterator[Resource]:
    """Enabled unless it is known that the question is not asked: as long as that is unknown, it may be answered."""
    if item.ask_when is not None:
        enabled = f"iif(({paths.expression(item.ask_when)}) = false, false, true)"
        yield {"url": f"{SDC}/sdc-questionnaire-enableWhenExpression", "valueExpression": expression(enabled)}


def _bounds(item: Item) -> Iterator[Resource]:
    kind = "valueDecimal" if item.decimals else "valueInteger"
    for name, bound in (("minValue", item.minimum), ("maxValue", item.maximum)):
        if bound is not None:
            yield extension(name, **{kind: bound})
    if item.decimals:
        yield extension("maxDecimalPlaces", valueInteger=item.decimals)


def _note(item: Item, one: Questionnaire) -> str:
    """Where a question comes from, and how well that is supported."""
    titles = [str(one.sources.get(key, {}).get("title", key)) for key in item.backing.sources]
    evidence = f" ({item.backing.evidence.value})" if item.backing.evidence else ""
    return "; ".join(titles) + evidence


def _chart_items(addresses: Addresses, item: Item) -> list[Resource]:
    """A body chart is a group for each marked region: the region, what is felt there and how bad it is."""
    if item.diagram is None:
        return []
    regions, kinds = (_list_of(addresses, code, choices) for code, choices in diagram_choices(item.diagram).items())
    region = {
        "linkId": f"{item.code}.{REGION}",
        **said("text", Text("Plaats", "Place")),
        "type": "choice",
        "required": True,
        "answerValueSet": regions,
    }
    felt = {
        "linkId": f"{item.code}.{KINDS}",
        **said("text", Text("Wat er gevoeld wordt", "What is felt")),
        "type": "choice",
        "repeats": True,
        "answerValueSet": kinds,
    }
    limits = [extension("minValue", valueInteger=0), extension("maxValue", valueInteger=WORST)]
    intensity = {
        "linkId": f"{item.code}.{INTENSITY}",
        "extension": limits,
        **said("text", Text("Hoe erg", "How bad")),
        "type": "integer",
    }
    return [region, felt, intensity]


def diagram_choices(diagram: Diagram) -> dict[str, Mapping[str, Text]]:
    """The regions of a figure, and what can be felt there, as lists of codes."""
    regions = {one.code: Text(region_name(one, "nl"), region_name(one, "en")) for one in diagram.regions}
    kinds = {one.code: one.label for one in diagram.kinds}
    return {f"{diagram.code}_{REGION}": regions, f"{diagram.code}_{KINDS}": kinds}


def _lists(one: Questionnaire) -> dict[str, tuple[Text, Mapping[str, Text]]]:
    """Every list of choices of the questions, by what it is of."""
    lists: dict[str, tuple[Text, Mapping[str, Text]]] = {}
    for item in one.items.values():
        if item.choices:
            lists[item.code] = (item.label, _choices(item))
        if item.diagram:
            lists |= {code: (item.diagram.title, choices) for code, choices in diagram_choices(item.diagram).items()}
    return lists


def _lists_of(addresses: Addresses, one: Questionnaire) -> Iterator[Resource]:
    """The choices of questions, as value sets too, and those of derived findings."""
    lists = _lists(one)
    derived = {code: (term.label, term.choices) for code, term in one.terms.items() if term.choices}
    for code, (title, choices) in (derived | lists).items():
        yield code_system(addresses, choices_of(code), title, choices)
    for code, (title, choices) in lists.items():
        yield value_set(addresses, choices_of(code), title, choices)


def _findings(addresses: Addresses, questionnaires: Sequence[Questionnaire]) -> Resource:
    """What is asked and derived, as codes."""
    labels: dict[str, Text] = {}
    for one in questionnaires:
        labels |= {code: term.label for code, term in one.terms.items()}
        labels |= {code: item.label for code, item in one.items.items()}
    return code_system(addresses, FINDING, Text("Bevindingen", "Findings"), labels, whole=False)
