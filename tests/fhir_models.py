"""Holds exported bundles against published models of the standard, and follows every reference in them.

The models are those of fhir.resources, R4B: for the resources we export, R4B has what R4 has (docs/guide/fhir.md).
"""

from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

Json = dict[str, Any]
CANONICALS = {"questionnaire", "answerValueSet", "definitionCanonical", "instantiatesCanonical", "resource"}
IN_R4 = {
    *("ActivityDefinition", "CarePlan", "CodeSystem", "Goal", "Observation", "Patient", "PlanDefinition"),
    *("Questionnaire", "QuestionnaireResponse", "ValueSet"),
}


def resources(bundle: Json) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"]]


def of_type(bundle: Json, kind: str) -> list[Json]:
    return [one for one in resources(bundle) if one["resourceType"] == kind]


def only(bundle: Json, kind: str) -> Json:
    (found,) = of_type(bundle, kind)
    return found


def invalid(bundle: Json) -> list[str]:
    """What the models say is wrong, each with the resource that has it."""
    get_fhir_model_class("Bundle").model_validate({**bundle, "entry": []})
    found = []
    for one in resources(bundle):
        assert one["resourceType"] in IN_R4
        try:
            get_fhir_model_class(one["resourceType"]).model_validate(one)
        except ValueError as error:
            found.append(f"{one['resourceType']}/{one['id']}: {error}")
    return found


def unresolved(bundle: Json) -> list[str]:
    """References, canonicals and systems of choices that lead to nothing within the bundle."""
    addresses = {entry["fullUrl"] for entry in bundle["entry"]}
    here = {f"{one['resourceType']}/{one['id']}" for one in resources(bundle)}
    here |= {f"{one['url']}|{one['version']}" for one in resources(bundle) if "url" in one}
    assert all(entry["fullUrl"].endswith(_name(entry["resource"])) for entry in bundle["entry"])
    assert len(addresses) == len(bundle["entry"])
    return sorted({target for one in resources(bundle) for target in targets(one)} - here)


def _name(resource: Json) -> str:
    return f"/{resource['resourceType']}/{resource['id']}"


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key in a resource with what stands under it, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from pairs(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key, one
            yield from pairs(one)


def targets(resource: Json) -> Iterator[str]:
    """Everything that a resource refers to."""
    for key, value in pairs(resource):
        if key == "reference":
            yield value
        elif key in CANONICALS and not isinstance(value, dict):
            yield from [value] if isinstance(value, str) else value


def codings(value: Any) -> Iterator[tuple[str, str]]:
    """Every coding in a resource: its system and its code."""
    if isinstance(value, list):
        for one in value:
            yield from codings(one)
    elif isinstance(value, dict):
        if "system" in value and "code" in value:
            yield value["system"], value["code"]
        for one in value.values():
            yield from codings(one)


def unknown_codes(bundle: Json, root: str) -> list[tuple[str, str]]:
    """Codes of our own systems that no code system of the bundle has."""
    systems = of_type(bundle, "CodeSystem")
    known = {(one["url"], concept["code"]) for one in systems for concept in one.get("concept", [])}
    used = {(system, code) for one in resources(bundle) for system, code in codings(one)}
    return sorted(pair for pair in used - known if pair[0].startswith(root))
