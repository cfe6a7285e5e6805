"""A questionnaire: what is asked for one region, complete and frozen; `intake.domain.composing` makes it of content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from intake.domain.body_chart import Diagram
from intake.domain.conditions import Condition, Term, TermKind, Terms, Values
from intake.domain.derivations import Derivations
from intake.domain.instruments import Instrument
from intake.domain.items import Item, Required, Shown
from intake.domain.reading import (
    canonical_hash,
)
from intake.domain.text import Text

Parts = Mapping[str, Any]


class Visibility(Enum):
    """Whether a question is asked, given the answers so far; undecided means that its condition is unknown."""

    SHOWN = "shown"
    UNDECIDED = "undecided"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class PatientHeading:
    """How a section, or the region of a questionnaire, is called on the pages of patients."""

    title: Text
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page; `items` in order, those of its instruments included.

    A section without a heading for patients asks nothing of them.
    """

    code: str
    title: Text
    help: Text | None
    items: tuple[Item, ...]
    instruments: tuple[str, ...] = ()
    patient: PatientHeading | None = None


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """What is asked for one region, and what is drawn from it.

    Compared by identity; `hash` tells whether the content is the same.
    """

    code: str
    version: int
    region: str
    title: Text
    description: Text | None
    sections: tuple[Section, ...]
    instruments: tuple[Instrument, ...]
    derivations: Derivations
    sources: Mapping[str, Mapping[str, Any]]
    content: Parts = field(repr=False)
    patient: PatientHeading | None = None

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every question by code, in the order of the page."""
        return {item.code: item for section in self.sections for item in section.items}

    @cached_property
    def _ever_due(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items.values() if item.required is not Required.NEVER)

    def due(self, route: str) -> list[Item]:
        """The questions that a record by this route must have an answer to where they are asked, in their order."""
        return [item for item in self._ever_due if item.required.applies(route)]

    @property
    def terms(self) -> Terms:
        """Every code that conditions may use here."""
        return self.derivations.terms

    @cached_property
    def body_charts(self) -> Mapping[str, Diagram]:
        """The figure of every body chart, by the code of its question."""
        return {code: item.diagram for code, item in self.items.items() if item.diagram}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return canonical_hash(self.content)

    def instrument(self, code: str) -> Instrument:
        """Raises `KeyError`."""
        for instrument in self.instruments:
            if instrument.code == code:
                return instrument
        raise KeyError(code)

    def visibility(self, findings: Values) -> dict[str, Visibility]:
        """For every question whether it is asked, given findings (answers, context and derived).

        What hangs on the answer to a hidden question is hidden too.
        """
        return dict.fromkeys(self.items, Visibility.SHOWN) | self.conditional(findings)

    def conditional(self, findings: Values) -> dict[str, Visibility]:
        """The same for the questions that are asked on a condition only; all others are shown."""
        return {code: _visibility(when, findings) for code, when in self.derivations.asked.items()}

    def core(self, findings: Values) -> set[str]:
        """The questions that stand on the page where they are asked, given findings, rather than one click away."""
        return {item.code for item in self._sometimes_core if item.is_core(findings)} | self._always_core

    @cached_property
    def _always_core(self) -> frozenset[str]:
        return frozenset(code for code, item in self.items.items() if item.shown is Shown.CORE)

    @cached_property
    def _sometimes_core(self) -> tuple[Item, ...]:
        return tuple(one for one in self.items.values() if one.core_when and one.code not in self._always_core)

    def hidden(self, findings: Values) -> frozenset[str]:
        """The questions that are not asked, given findings."""
        return self.derivations.unasked(findings)

    def hides(self, item: Item, findings: Values) -> bool:
        """Whether one question is not asked, given findings."""
        asked = self.derivations.asked.get(item.code)
        return asked is not None and asked.evaluate(findings) is False


def _visibility(asked: Condition, findings: Values) -> Visibility:
    truth = asked.evaluate(findings)
    if truth is False:
        return Visibility.HIDDEN
    return Visibility.SHOWN if truth else Visibility.UNDECIDED


def context_terms(region: str | None = None) -> dict[str, Term]:
    """What is known of the patient and the visit without being asked on the form."""
    return {
        "age": Term("age", TermKind.NUMBER, Text("Leeftijd", "Age"), minimum=0, maximum=130, whole=True),
        "sex": Term("sex", TermKind.CHOICE, Text("Geslacht", "Sex"), _SEXES),
        "route": Term("route", TermKind.CHOICE, Text("Toegang", "Route"), _ROUTES),
        "region": Term("region", TermKind.CHOICE, Text("Regio", "Region"), _regions(region)),
    }


_SEXES = {
    "female": Text("vrouw", "female"),
    "male": Text("man", "male"),
    "intersex": Text("intersekse", "intersex"),
}
_ROUTES = {
    "direct_access": Text("directe toegang", "direct access"),
    "referral": Text("verwijzing", "referral"),
}
_REGIONS = {
    "low": Text("lage rug", "low back"),
    "mid": Text("middenrug", "mid back"),
    "upper": Text("bovenrug", "upper back"),
}


def _regions(region: str | None) -> dict[str, Text]:
    return {**_REGIONS, region: region_in_words(region)} if region else _REGIONS


def region_in_words(region: str) -> Text:
    """What a region of complaint is called; one that content brings along is called as its code."""
    return _REGIONS.get(region) or Text(region, region)
