"""Protocols and plans as bundles of FHIR R4. Reading rows is all that happens here; who may is the caller's to ask."""

from collections.abc import Iterator
from typing import Any

from intake.fhir.elements import Resource, bundle
from intake.fhir.rows import addresses
from intake.models import QuestionnaireVersion
from plans.fhir.care_plans import plan_resources
from plans.fhir.catalogue import Catalogue
from plans.fhir.protocols import definitions, protocol_resources
from plans.models import Plan, ProtocolVersion


def protocol_bundle(version: ProtocolVersion) -> Resource:
    """One version of a protocol, with the published questionnaires of its regions."""
    asked = QuestionnaireVersion.objects.filter(status="published", region__in=version.regions).order_by("code")
    resources = protocol_resources(
        addresses(),
        version.protocol,
        [one.questionnaire for one in asked],
        status=version.status,
        signed=version.is_signed,
    )
    return bundle(addresses(), resources)


def plan_bundle(plan: Plan, *, with_text: bool = False) -> Resource:
    """A plan with its goals, its template, the activities that both name, and the lists of codes."""
    catalogue = Catalogue(addresses(), plan.protocol_version.protocol)
    mine, defined = plan_resources(catalogue, plan, with_text=with_text), definitions(catalogue)
    by_canonical = {f"{one['url']}|{one['version']}": one for one in defined}
    template = by_canonical[catalogue.template(plan.template)]
    named = {text for one in (*mine, template) for text in _texts(one)} & by_canonical.keys()
    lists = [one for one in defined if one["resourceType"] == "CodeSystem"]
    return bundle(addresses(), [*mine, *(by_canonical[one] for one in sorted(named)), *lists])


def _texts(value: Any) -> Iterator[str]:
    """Every text in a resource."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
