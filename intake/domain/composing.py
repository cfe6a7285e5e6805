"""A questionnaire from its content: its parts are read, then checked against each other.

`compose(parts, code)` takes plain content, as it stands in the files or in the database:

    {
      "questionnaires": {code: {...}},     one mapping per questionnaires/<code>.yaml
      "items":          {section: {...}},  one per items/<section>.yaml
      "instruments":    {code: {...}},     one per instruments/<code>.yaml
      "derived":        {name: {...}},     one per derived/<name>.yaml
      "diagrams":       {name: {...}},     one per diagrams/<name>.yaml, figures of body charts
      "sources":        {key: {...}},      sources.yaml
      "elsewhere":      [code, ...],       optional: codes that only other questionnaires ask for
    }

A condition may name a code that another questionnaire asks for; it stays unknown here. `Questionnaire.content` holds
the parts that one questionnaire needs, in the same shape: composing them again gives the same questionnaire.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from intake.domain.body_chart import Diagram, read_diagram
from intake.domain.conditions import Term, Terms
from intake.domain.conditions.fit import misfits
from intake.domain.derivations import Derivations, cycle_in, with_terms
from intake.domain.derived import Derived, Drawn
from intake.domain.derived_content import misfits_of, read_derived
from intake.domain.instruments import BAND, Instrument, Score, read_instrument
from intake.domain.items import Item, read_item
from intake.domain.questionnaire import Parts, PatientHeading, Questionnaire, Section, context_terms
from intake.domain.reading import (
    Backing,
    ContentError,
    Problems,
    Reader,
    canonical,
    known_sources,
)


def compose(parts: Parts, code: str | None = None) -> Questionnaire:
    """The questionnaire `code` (or the only one there is) from content. Raises `ContentError` with every problem."""
    problems = Problems()
    chosen = _chosen(parts, code, problems)
    problems.refuse_if_any()
    return _Composer(parts, chosen, problems).compose()


def compose_all(parts: Parts) -> dict[str, Questionnaire]:
    """Every questionnaire of the content, by code. Raises `ContentError` with the problems of all of them."""
    composed: dict[str, Questionnaire] = {}
    problems: list[Any] = []
    for code in _mapping(parts, "questionnaires"):
        try:
            composed[code] = compose(parts, code)
        except ContentError as error:
            problems.extend(problem for problem in error.problems if problem not in problems)
    if problems:
        raise ContentError(problems)
    return composed


def _read_patient_heading(reader: Reader) -> PatientHeading | None:
    if "patient" not in reader:
        reader.raw("patient")
        return None
    inner = reader.reader("patient")
    heading = PatientHeading(inner.needed_text("title"), inner.text("help", required=False))
    inner.close()
    return heading


def _chosen(parts: Parts, code: str | None, problems: Problems) -> str:
    codes = list(_mapping(parts, "questionnaires"))
    if code is None and len(codes) != 1:
        problems.add("questionnaires", f"name one of {', '.join(codes) or 'none'}")
    elif code is not None and code not in codes:
        problems.add("questionnaires", f"there is no '{code}'")
    return code or (codes[0] if codes else "")


def _mapping(parts: Parts, key: str) -> Mapping[str, Any]:
    value = parts.get(key)
    return value if isinstance(value, Mapping) else {}


class _Composer:
    """One composition: reads the parts that a questionnaire names, then checks them against each other."""

    def __init__(self, parts: Parts, code: str, problems: Problems) -> None:
        self.parts = parts
        self.problems = problems
        self.reader = Reader(parts["questionnaires"][code], f"questionnaires.{code}", problems)
        self.sources = _mapping(parts, "sources")
        self.paths: dict[str, str] = {}
        self.instruments: dict[str, Instrument] = {}
        self.used_items: list[str] = []
        self.cited: set[str] = set()

    def compose(self) -> Questionnaire:
        reader = self.reader
        code, version, region = reader.code(), reader.integer("version"), reader.code("region")
        title, description = reader.needed_text("title"), reader.text("description", required=False)
        patient = _read_patient_heading(reader)
        sections = self.sections(region)
        derived = self.derived(reader.strings("derived"))
        reader.close()
        derivations = self.derivations(sections, derived, region)
        self.problems.refuse_if_any()
        return Questionnaire(
            code=code,
            version=version,
            region=region,
            title=title,
            description=description,
            sections=sections,
            instruments=tuple(self.instruments.values()),
            derivations=derivations,
            sources=self.cited_sources(),
            content=self.content(code, derivations, sections),
            patient=patient,
        )

    def sections(self, region: str) -> tuple[Section, ...]:
        value = self.reader.typed("sections", list, "a list", required=True) or []
        sections = [self.section(entry, f"{self.reader.path}.sections[{i}]", region) for i, entry in enumerate(value)]
        found = {section.code: section for section in sections if section}
        for inner in self.reader.readers("extra_items"):
            self.add_extra(inner, found, region)
        return tuple(found.values())

    def section(self, entry: object, path: str, region: str) -> Section | None:
        if isinstance(entry, Mapping):
            return self.instrument_section(Reader(entry, path, self.problems), region)
        content = _mapping(self.parts, "items").get(str(entry))
        if content is None:
            self.problems.add(path, f"there is no section '{entry}' in items")
            return None
        self.used_items.append(str(entry))
        inner = Reader(content, f"items.{entry}", self.problems)
        if (name := inner.string("section")) != entry:
            inner.problem("section", f"'{name}' stands in the file '{entry}'")
        return self.item_section(inner, name, region)

    def item_section(self, inner: Reader, code: str, region: str) -> Section:
        title, help_text = inner.needed_text("title"), inner.text("help", required=False)
        patient = _read_patient_heading(inner)
        items = self.items(inner, region)
        inner.close()
        self.check_for_patients(items, patient)
        return Section(code, title, help_text, items, patient=patient)

    def items(self, inner: Reader, region: str) -> tuple[Item, ...]:
        found = []
        for reader in inner.readers("items", required=True):
            item = read_item(reader, diagrams=self.diagrams)
            self.cite(item.backing, reader.path)
            if item.asked_in(region):
                self.register(item.code, reader.path)
                found.append(item)
        return tuple(found)

    @cached_property
    def diagrams(self) -> Mapping[str, Diagram]:
        """The figures that body charts may be drawn on."""
        return {name: self.diagram(name) for name in _mapping(self.parts, "diagrams")}

    def diagram(self, name: str) -> Diagram:
        reader = Reader(self.parts["diagrams"][name], f"diagrams.{name}", self.problems)
        diagram = read_diagram(reader)
        if diagram.code != name:
            reader.problem("diagram", f"'{diagram.code}' stands in the file '{name}'")
        return diagram

    def instrument_section(self, inner: Reader, region: str) -> Section:
        code, title, help_text = inner.code("section"), inner.needed_text("title"), inner.text("help", required=False)
        codes, patient = inner.strings("instruments", required=True), _read_patient_heading(inner)
        inner.close()
        chosen = [self.instrument(name, f"{inner.at('instruments')}[{i}]", region) for i, name in enumerate(codes)]
        items = tuple(item for one in chosen if one for item in one.all_items)
        return Section(code, title, help_text, items, codes, patient)

    def check_for_patients(self, items: Iterable[Item], heading: PatientHeading | None) -> None:
        """Report what a section would ask of patients without a heading for them: a therapist's section stays one."""
        for item in items:
            if item.patient and heading is None:
                self.problems.add(f"{self.paths[item.code]}.patient", "its section has no heading for patients")

    def instrument(self, code: str, path: str, region: str) -> Instrument | None:
        content = _mapping(self.parts, "instruments").get(code)
        if content is None:
            self.problems.add(path, f"there is no instrument '{code}'")
            return None
        reader = Reader(content, f"instruments.{code}", self.problems)
        instrument = read_instrument(reader)
        if instrument.regions and region not in instrument.regions:
            self.problems.add(path, f"'{code}' is not for region '{region}'")
        self.instruments[code] = instrument
        self.register_instrument(instrument, reader.path)
        return instrument

    def register_instrument(self, instrument: Instrument, path: str) -> None:
        self.cite(instrument.backing, path)
        for item in instrument.all_items:
            self.register(item.code, path)
            self.cite(item.backing, f"{path}.{item.code}")
        own = {item.code for item in instrument.items}
        for score in instrument.scores:
            self.cite_score(score, f"{path}.{score.code}")
            if score.code not in own or score.items != (score.code,):
                self.register(score.code, path)
            if score.bands:
                self.register(score.code + BAND, path)
        for group in instrument.groups:
            self.register(group.code, path)

    def cite_score(self, score: Score, path: str) -> None:
        self.cite(score.backing, path)
        for threshold in score.relevant_change:
            self.cite(threshold.backing, f"{path}.relevant_change")

    def add_extra(self, inner: Reader, found: dict[str, Section], region: str) -> None:
        code = inner.code("section")
        if code in found:
            inner.raw("title")
            section = found[code]
            items = self.items(inner, region)
            inner.close()
            self.check_for_patients(items, section.patient)
            found[code] = replace(section, items=section.items + items)
        else:
            found[code] = self.item_section(inner, code, region)

    def derived(self, names: Iterable[str]) -> list[Derived]:
        found: list[Derived] = []
        for position, name in enumerate(names):
            content = _mapping(self.parts, "derived").get(name)
            if content is None:
                self.problems.add(f"{self.reader.path}.derived[{position}]", f"there is no '{name}' in derived")
                continue
            inner = Reader(content, f"derived.{name}", self.problems)
            found.extend(self.derived_of(inner))
            inner.close()
        return found

    def derived_of(self, inner: Reader) -> Iterable[Derived]:
        for reader in inner.readers("derived", required=True):
            one = read_derived(reader)
            if one is not None:
                self.cite(one.backing, reader.path)
                self.register(one.code, reader.path)
                yield one

    def register(self, code: str, path: str) -> None:
        """Note where a code is defined; a code is defined once."""
        if code in self.paths:
            self.problems.add(path, f"'{code}' is already defined at {self.paths[code]}")
        elif code:
            self.paths[code] = path

    def cite(self, backing: Backing, path: str) -> None:
        known_sources(self.sources, backing, path, self.problems)
        self.cited.update(backing.sources)

    def cited_sources(self) -> Mapping[str, Any]:
        """The sources that this questionnaire names: another one's sources do not make it another version."""
        return {key: source for key, source in self.sources.items() if key in self.cited}

    def derivations(self, sections: tuple[Section, ...], derived: list[Derived], region: str) -> Derivations:
        asked_when = {item.code: item.ask_when for section in sections for item in section.items if item.ask_when}
        circle = cycle_in(derived, asked_when)
        if circle:
            path = self.paths.get(circle[0], "derived")
            self.problems.add(path, f"is drawn from itself: {' from '.join(circle)}")
            self.problems.refuse_if_any()
        drawn_from = {code: needs for one in self.instruments.values() for code, needs in one.drawn_from.items()}
        ordered = Derivations(derived, asked_when).derived
        terms = with_terms(ordered, self.terms(sections, region))
        self.check_drawn(sections, ordered)
        self.check_codes(sections, ordered, terms)
        return Derivations(derived, asked_when, drawn_from, terms)

    def terms(self, sections: tuple[Section, ...], region: str) -> dict[str, Term]:
        terms = context_terms(region)
        for code in sorted(terms.keys() & self.paths.keys()):
            self.problems.add(self.paths[code], f"'{code}' is known without being asked and cannot be defined")
        terms |= {item.code: item.term for section in sections for item in section.items if item.is_finding}
        for instrument in self.instruments.values():
            terms |= instrument.terms
        return terms

    def check_codes(self, sections: tuple[Section, ...], derived: Iterable[Derived], terms: Terms) -> None:
        elsewhere = self.elsewhere - terms.keys()
        for item in (item for section in sections for item in section.items):
            self.check_item(item, terms, elsewhere)
        for one in derived:
            self.report(one.code, "", misfits_of(one, terms, elsewhere))
        for instrument in self.instruments.values():
            for group in instrument.groups:
                self.report(group.code, "groups", misfits_of(group, terms, ()))

    def check_drawn(self, sections: tuple[Section, ...], derived: Iterable[Derived]) -> None:
        """Report what is read off a question that is no body chart, or off a place that its figure does not have."""
        diagrams = {item.code: item.diagram for section in sections for item in section.items if item.diagram}
        for one in derived:
            if isinstance(one, Drawn):
                self.report(one.code, "", one.misfits(diagrams.get(one.of)))

    def check_item(self, item: Item, terms: Terms, elsewhere: frozenset[str]) -> None:
        for key, condition in (("ask_when", item.ask_when), ("core_when", item.core_when)):
            if condition is not None:
                self.report(item.code, key, misfits(condition, terms, elsewhere))

    def report(self, code: str, key: str, messages: Iterable[str]) -> None:
        if code not in self.paths:  # that it has no code is reported where it stands
            return
        path = f"{self.paths[code]}.{key}" if key else self.paths[code]
        for message in messages:
            self.problems.add(path, message)

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """Every code that some questionnaire of the content asks for or derives."""
        return frozenset(_codes_in(self.parts)) | frozenset(self.parts.get("elsewhere", ()))

    def content(self, code: str, derivations: Derivations, sections: tuple[Section, ...]) -> Parts:
        """The parts that this questionnaire needs, as plain values."""
        raw = self.parts["questionnaires"][code]
        named = frozenset(need for one in derivations.derived for need in one.needs)
        asked = frozenset(need for when in derivations.asked_when.values() for need in when.codes())
        own = frozenset(derivations.terms) | frozenset(item.code for section in sections for item in section.items)
        content: dict[str, Any] = canonical(
            {
                "questionnaires": {code: raw},
                "items": {name: self.parts["items"][name] for name in self.used_items},
                "instruments": {name: self.parts["instruments"][name] for name in self.instruments},
                "derived": {name: self.parts["derived"][name] for name in raw.get("derived") or ()},
                "diagrams": {name: self.parts["diagrams"][name] for name in self.used_diagrams(sections)},
                "sources": self.cited_sources(),
                "elsewhere": sorted((named | asked) - own),
            }
        )
        return content

    def used_diagrams(self, sections: tuple[Section, ...]) -> list[str]:
        return sorted({item.diagram.code for section in sections for item in section.items if item.diagram})


def _codes_in(parts: Parts) -> Iterable[str]:
    """The codes that content defines, read loosely: only to tell a code of another region from a mistake."""
    for kind, keys in _DEFINING_KEYS.items():
        for content in _mapping(parts, kind).values():
            for key in keys:
                yield from _listed_codes(content, key)


_DEFINING_KEYS = {"items": ["items"], "derived": ["derived"], "instruments": ["items", "scores", "groups"]}


def _listed_codes(content: object, key: str) -> Iterable[str]:
    if not isinstance(content, Mapping):
        return
    value = content.get(key)
    entries = [value] if isinstance(value, Mapping) else value
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("code"), str):
            yield entry["code"]
