"""What a protocol names: its sources, how well each statement is supported, its lists of codes and its activities."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.reading import Backing, Evidence
from intake.domain.text import Text
from intake.fhir.elements import Addresses, Resource, code_system, concept, filled, identifier, name_of, said
from plans.domain.letters import SAYS
from plans.domain.protocol import Discipline, Gate, OutcomeKind, Protocol, ScopeKind, Urgency

EVIDENCE = {
    Evidence.VERIFIED: Text("gelezen in de bron", "read in the source"),
    Evidence.VERIFIED_SECONDARY: Text("gelezen in een uittreksel", "read in an extract"),
    Evidence.UNVERIFIED: Text("niet nagelezen", "not verified"),
    Evidence.PROPOSAL: Text("eigen voorstel", "a proposal of our own"),
}
GATES = {
    Gate.POSSIBLE: Text("mogelijk", "possible"),
    Gate.CONSIDER: Text("overwegen", "consider"),
    Gate.RECOMMEND: Text("aanbevolen", "recommended"),
    Gate.CAUTION: Text("voorzichtig", "with caution"),
    Gate.ADVISE_AGAINST: Text("afgeraden", "advised against"),
    Gate.BLOCK: Text("niet doen", "not to be done"),
}
CONCLUSIONS = {
    "red_flag": Text("rode vlag", "red flag"),
    "referral": Text("verwijzing", "referral"),
    "template": Text("plan voorstellen", "propose a plan"),
    "technique": Text("oordeel over een techniek", "judgement of a technique"),
    "advice": Text("advies", "advice"),
    "scope": Text("reikwijdte", "scope"),
    "note": Text("opmerking", "note"),
    "outcome": Text("zonder traject", "without a course"),
    "holds_treatment": Text("behandeling wacht op contact", "treatment waits for a contact"),
}
ENDINGS = {
    OutcomeKind.NO_COURSE_NEEDED.value: Text("geen traject nodig", "no course needed"),
    ScopeKind.OUTSIDE_GUIDELINE.value: Text("buiten de richtlijn", "outside the guideline"),
}
URGENCY, GATE, DISCIPLINE, EVIDENCE_TAG, CONCLUSION = "urgency", "gate", "discipline", "evidence", "conclusion"


def in_words(code: str) -> Text:
    """An urgency or a discipline as letters say it."""
    return Text(SAYS["nl"][code], SAYS["en"][code])


LISTS: Mapping[str, tuple[Text, Mapping[str, Text]]] = {
    URGENCY: (Text("Urgentie", "Urgency"), {one.value: in_words(one.value) for one in Urgency}),
    GATE: (Text("Oordeel over een techniek", "Judgement of a technique"), {o.value: t for o, t in GATES.items()}),
    DISCIPLINE: (Text("Discipline", "Discipline"), {one.value: in_words(one.value) for one in Discipline}),
    EVIDENCE_TAG: (Text("Onderbouwing", "Evidence"), {one.value: text for one, text in EVIDENCE.items()}),
    CONCLUSION: (Text("Conclusie", "Conclusion"), CONCLUSIONS),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One version of a protocol, and where everything in it is named."""

    addresses: Addresses
    protocol: Protocol

    def named(self, code: str) -> str:
        """A code of this protocol, told apart from the same code of another."""
        return f"{self.protocol.code}.{code}"

    def activity(self, kind: str, code: str) -> str:
        """The canonical address of the activity for a technique, exercise, advice or referral."""
        return self.addresses.canonical("ActivityDefinition", self.named(f"{kind}.{code}"), self.protocol.version)

    def template(self, code: str) -> str:
        """The canonical address of a plan template; raises `KeyError`."""
        version = self.protocol.templates[code].version
        return self.addresses.canonical("PlanDefinition", self.named(code), version)

    def listed(self, name: str, code: str) -> Resource:
        """A concept out of one of the lists that every protocol shares."""
        return concept(self.addresses.system(name), code, LISTS[name][1][code])

    def labelled(self, code: str, label: Text) -> Resource:
        """A concept that this protocol names itself: a flag, a note, a template, a technique or an advice."""
        return concept(self.addresses.system(self.named("label")), code, label)

    def backing(self, backing: Backing) -> list[Resource]:
        """How well a statement is supported, as one of the concepts it is filed under."""
        return [] if backing.evidence is None else [self.listed(EVIDENCE_TAG, backing.evidence.value)]

    def citations(self, keys: Iterable[str]) -> list[Resource]:
        """The sources by their keys."""
        return [self._citation(key, self.protocol.sources.get(key, {})) for key in keys]

    def _citation(self, key: str, source: Mapping[str, Any]) -> Resource:
        title, year = str(source.get("title", key)), source.get("year")
        return {
            "type": "citation",
            "label": key,
            "display": title,
            **filled(citation=f"{title} ({year}). {source.get('note') or ''}".strip() if year else title),
            **filled(url=source.get("url")),
        }

    def code_systems(self) -> Iterator[Resource]:
        """The lists that every protocol shares, and the names of this one."""
        for name, (title, concepts) in LISTS.items():
            yield code_system(self.addresses, name, title, concepts)
        protocol = self.protocol
        labels = dict(protocol.labels) | ENDINGS
        for things in (protocol.templates, protocol.techniques, protocol.exercises, protocol.advice):
            labels |= {code: thing.title for code, thing in things.items()}
        yield code_system(self.addresses, self.named("label"), protocol.title, labels)

    def activities(self) -> Iterator[Resource]:
        """A definition of everything that a plan or a rule may ask for."""
        for technique in self.protocol.techniques.values():
            help_text = said("usage", technique.help)
            yield self._activity("technique", technique, "ServiceRequest", technique.plain) | help_text
        for exercise in self.protocol.exercises.values():
            dose = said("usage", exercise.dose)
            yield self._activity("exercise", exercise, "Task", exercise.instruction) | dose
        for advice in self.protocol.advice.values():
            yield self._activity("advice", advice, "CommunicationRequest", advice.text)
        for discipline in Discipline:
            yield self._referral(discipline)

    def _activity(self, kind: str, thing: Any, request: str, description: Text) -> Resource:
        return {
            **self._head(f"{kind}.{thing.code}", thing.title),
            **said("description", description),
            **filled(topic=self.backing(thing.backing)),
            **filled(relatedArtifact=self.citations(thing.backing.sources)),
            "kind": request,
            "code": self.labelled(thing.code, thing.title),
        }

    def _referral(self, discipline: Discipline) -> Resource:
        referral = {"kind": "ServiceRequest", "intent": "proposal", "code": self.listed(DISCIPLINE, discipline.value)}
        return self._head(f"referral.{discipline.value}", in_words(discipline.value)) | referral

    def _head(self, code: str, title: Text) -> Resource:
        return {
            "resourceType": "ActivityDefinition",
            "id": identifier(self.named(code)),
            "language": "nl",
            "url": self.addresses.url("ActivityDefinition", self.named(code)),
            "version": str(self.protocol.version),
            "name": name_of(self.named(code)),
            **said("title", title),
            "status": "active",
        }
