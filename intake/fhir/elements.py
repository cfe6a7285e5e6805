"""What every FHIR R4 resource of ours is made of: addresses, texts in two languages, codes, and the bundle around them.

Resources are plain JSON values, written by hand; tests hold them against published models of the standard.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.text import Text

Resource = dict[str, Any]
FHIRPATH = "text/fhirpath"
UCUM = "http://unitsofmeasure.org"
HL7_EXTENSION = "http://hl7.org/fhir/StructureDefinition"
LONGEST_ID = 64
WEEK = {"unit": "week", "system": UCUM, "code": "wk"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the resources of this practice are named; `root` ends without a slash. A name need not be a page."""

    root: str

    def url(self, kind: str, code: str) -> str:
        """The canonical address of a resource, without its version."""
        return f"{self.root}/{kind}/{identifier(code)}"

    def canonical(self, kind: str, code: str, version: object) -> str:
        """The canonical address of one version of a resource."""
        return f"{self.url(kind, code)}|{version}"

    def system(self, code: str) -> str:
        """The address of a code system."""
        return self.url("CodeSystem", code)


def identifier(code: str) -> str:
    """A code as the id of a resource, which knows no underscore and has at most 64 characters."""
    written = code.replace("_", "-")
    if len(written) <= LONGEST_ID:
        return written
    return f"{written[: LONGEST_ID - 13]}-{hashlib.sha256(code.encode()).hexdigest()[:12]}"


def said(key: str, text: Text | None) -> Resource:
    """A text under `key`: Dutch, with its English translation; nothing where there is none."""
    if text is None:
        return {}
    translation = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": text.en}]
    extension = {"url": f"{HL7_EXTENSION}/translation", "extension": translation}
    return {key: text.nl, f"_{key}": {"extension": [extension]}}


def coding(system: str, code: str, label: Text | None = None) -> Resource:
    return {"system": system, "code": code, **said("display", label)}


def concept(system: str, code: str, label: Text | None = None) -> Resource:
    return {"coding": [coding(system, code, label)]}


def extension(name: str, **value: Any) -> Resource:
    """An extension that HL7 defines in FHIR itself."""
    return {"url": f"{HL7_EXTENSION}/{name}", **value}


def expression(text: str, **more: Any) -> Resource:
    return {"language": FHIRPATH, "expression": text, **more}


def variable(name: str, text: str) -> Resource:
    """A named FHIRPath expression that later expressions of the same resource may use."""
    return extension("variable", valueExpression=expression(text, name=name))


def weeks(number: float) -> Resource:
    """A quantity of weeks."""
    return {"value": number, **WEEK}


def filled(**elements: Any) -> Resource:
    """The elements that have a value: FHIR knows no empty text, list or object."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {}, ())}


def code_system(
    addresses: Addresses, code: str, title: Text, concepts: Mapping[str, Text], *, whole: bool = True
) -> Resource:
    """The codes of one list with their names; `whole` unless other resources may add to it."""
    version = fingerprint(concepts)
    return {
        "resourceType": "CodeSystem",
        "id": identifier(f"{code}.{version}"),
        "language": "nl",
        "url": addresses.system(code),
        "version": version,
        "name": name_of(code),
        **said("title", title),
        "status": "active",
        "caseSensitive": True,
        "content": "complete" if whole else "fragment",
        **filled(concept=[_concept(one, label) for one, label in concepts.items()]),
    }


def _concept(code: str, label: Text) -> Resource:
    return {"code": code, "display": label.nl, "designation": [{"language": "en", "value": label.en}]}


def value_set(addresses: Addresses, code: str, title: Text, concepts: Mapping[str, Text]) -> Resource:
    """All codes of the code system of the same name."""
    version = fingerprint(concepts)
    return {
        "resourceType": "ValueSet",
        "id": identifier(f"{code}.{version}"),
        "language": "nl",
        "url": addresses.url("ValueSet", code),
        "version": version,
        "name": name_of(code),
        **said("title", title),
        "status": "active",
        "compose": {"include": [{"system": addresses.system(code), "version": version}]},
    }


def fingerprint(concepts: Mapping[str, Text]) -> str:
    """The version of a list of codes: equal lists have equal versions."""
    written = "\n".join(f"{code}\t{label.nl}\t{label.en}" for code, label in concepts.items())
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def name_of(code: str) -> str:
    """A name for programs: capitals, no signs."""
    return "".join(part.capitalize() for part in code.replace("-", "_").replace(".", "_").split("_"))


def bundle(addresses: Addresses, resources: Iterable[Resource]) -> Resource:
    """A collection of resources in which every reference between them can be followed; each stands there once.

    Raises `ValueError` for two different resources of one kind and id.
    """
    entries: dict[str, Resource] = {}
    for one in resources:
        address = f"{addresses.root}/{one['resourceType']}/{one['id']}"
        if entries.setdefault(address, one) != one:
            raise ValueError(f"two resources are called {address}")
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": address, "resource": one} for address, one in entries.items()],
    }
