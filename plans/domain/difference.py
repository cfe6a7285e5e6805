"""What differs between two versions of a protocol or a questionnaire, part by part, in both languages. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from itertools import chain
from typing import Any

from intake.domain.conditions import Terms, parse
from intake.domain.editing import asked_codes, placed_question, with_sections_whole
from intake.domain.questionnaire import Questionnaire
from intake.domain.text import Text
from plans.domain.parts import Entry, Kind, entries
from plans.domain.protocol import Parts, Protocol


class Change(Enum):
    """What happened to a part; also the order in which differences are told."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class AskedKind(Enum):
    """What kind of thing differs between two questionnaires; also the order in which differences are told."""

    QUESTION = "question"
    SECTION = "section"
    INSTRUMENT = "instrument"
    DERIVED = "derived"
    DIAGRAM = "diagram"
    SOURCE = "source"
    QUESTIONNAIRE = "questionnaire"


Named = Kind | AskedKind

CHANGE_LABELS: Mapping[Change, Text] = {
    Change.ADDED: Text("toegevoegd", "added"),
    Change.REMOVED: Text("vervallen", "removed"),
    Change.CHANGED: Text("gewijzigd", "changed"),
}

KIND_LABELS: Mapping[Kind, Text] = {
    Kind.RULE: Text("regel", "rule"),
    Kind.TEMPLATE: Text("sjabloon", "template"),
    Kind.TECHNIQUE: Text("techniek", "technique"),
    Kind.EXERCISE: Text("oefening", "exercise"),
    Kind.ADVICE: Text("advies", "advice"),
    Kind.DERIVED: Text("afgeleide bevinding", "derived finding"),
    Kind.SOURCE: Text("bron", "source"),
    Kind.LABEL: Text("naam", "name"),
    Kind.PROTOCOL: Text("protocol", "protocol"),
}

ASKED_KIND_LABELS: Mapping[AskedKind, Text] = {
    AskedKind.QUESTION: Text("vraag", "question"),
    AskedKind.SECTION: Text("onderdeel", "section"),
    AskedKind.INSTRUMENT: Text("meetinstrument", "instrument"),
    AskedKind.DERIVED: Text("afgeleide bevinding", "derived finding"),
    AskedKind.DIAGRAM: Text("figuur", "figure"),
    AskedKind.SOURCE: Text("bron", "source"),
    AskedKind.QUESTIONNAIRE: Text("vragenlijst", "questionnaire"),
}

# What the keys of the content are called; a key that is not here is a code, and is said as it is.
KEYS: Mapping[str, Text] = {
    "action": Text("wat te doen", "what to do"),
    "advice": Text("advies", "advice"),
    "after": Text("komt na", "comes after"),
    "aim": Text("doel", "aim"),
    "also_called": Text("ook te vinden als", "also found as"),
    "ask_when": Text("gesteld als", "asked when"),
    "carry_over": Text("over te nemen uit een eerdere intake", "may be taken over from an earlier intake"),
    "choices": Text("antwoorden", "answers"),
    "conclude": Text("conclusie", "conclusion"),
    "core": Text("kern", "core"),
    "core_when": Text("op de pagina als", "on the page when"),
    "decimals": Text("decimalen", "decimals"),
    "derived": Text("afgeleide bevindingen", "derived findings"),
    "description": Text("beschrijving", "description"),
    "dose": Text("dosering", "dose"),
    "evaluation_weeks": Text("evaluatie in week", "evaluation in week"),
    "evidence": Text("onderbouwing", "evidence"),
    "examples": Text("voorbeelden", "examples"),
    "exclusive": Text("staat alleen", "stands alone"),
    "exercises": Text("oefeningen", "exercises"),
    "explanation": Text("uitleg", "explanation"),
    "gate": Text("oordeel", "judgement"),
    "go_on_when": Text("verder wanneer", "go on when"),
    "goals": Text("doelen", "goals"),
    "help": Text("toelichting", "help"),
    "holds_treatment": Text("houdt behandeling tegen", "holds treatment"),
    "home_programme": Text("thuisprogramma", "home programme"),
    "instruments": Text("meetinstrumenten", "instruments"),
    "kind": Text("soort", "kind"),
    "label": Text("naam", "name"),
    "labels": Text("namen", "names"),
    "later_check_week": Text("latere controle in week", "later check in week"),
    "maximum": Text("hoogste", "highest"),
    "measurements": Text("metingen", "measurements"),
    "minimum": Text("laagste", "lowest"),
    "note": Text("opmerking", "note"),
    "outcome": Text("afloop", "outcome"),
    "patient": Text("voor de patiënt", "for the patient"),
    "phases": Text("fasen", "phases"),
    "phrases": Text("aangeboden zinnen", "phrases on offer"),
    "prevention": Text("preventie", "prevention"),
    "rank": Text("rang", "rank"),
    "red_flag": Text("rode vlag", "red flag"),
    "referral": Text("verwijzing", "referral"),
    "regions": Text("regio's", "regions"),
    "required": Text("verplicht", "required"),
    "reviewed": Text("nagekeken op", "reviewed on"),
    "safety_net": Text("vangnet", "safety net"),
    "scope": Text("reikwijdte", "scope"),
    "section": Text("onderdeel", "section"),
    "sections": Text("onderdelen", "sections"),
    "session_minutes": Text("minuten per zitting", "minutes per session"),
    "sessions_per_week": Text("zittingen per week", "sessions a week"),
    "shown": Text("plaats op de pagina", "place on the page"),
    "sources": Text("bronnen", "sources"),
    "summary": Text("samenvatting", "summary"),
    "target": Text("streefwaarde", "target"),
    "technique": Text("techniek", "technique"),
    "techniques": Text("technieken", "techniques"),
    "template": Text("sjabloon", "template"),
    "text": Text("tekst", "text"),
    "title": Text("titel", "title"),
    "unit": Text("eenheid", "unit"),
    "urgency": Text("urgentie", "urgency"),
    "version": Text("versie", "version"),
    "weeks": Text("weken", "weeks"),
    "wording": Text("tekst", "words"),
    "when": Text("voorwaarde", "condition"),
    "adjunct_only": Text("alleen als aanvulling", "only as an addition"),
    "category": Text("groep", "group"),
    "competence": Text("bekwaamheid", "competence"),
    "instruction": Text("instructie", "instruction"),
    "name": Text("naam", "name"),
    "plain": Text("voor de patiënt", "for the patient"),
    "room_kind": Text("soort ruimte", "kind of room"),
    "special_procedure": Text("bijzondere handeling", "special procedure"),
    "url": Text("adres", "address"),
    "when_given": Text("wanneer gegeven", "when given"),
    "year": Text("jaar", "year"),
    "nl": Text("Nederlands", "Dutch"),
    "en": Text("Engels", "English"),
    "absolute": Text("in punten", "in points"),
    "bands": Text("klassen", "bands"),
    "below": Text("onder", "below"),
    "direction": Text("richting", "direction"),
    "entered_totals": Text("totalen die te typen zijn", "totals that may be typed"),
    "groups": Text("indelingen", "classifications"),
    "items": Text("vragen", "questions"),
    "missing_allowed": Text("vragen die mogen ontbreken", "questions that may be missing"),
    "official_words": Text("officiële tekst", "official words"),
    "percent": Text("in procenten", "in percent"),
    "relevant_change": Text("relevante verandering", "relevant change"),
    "scores": Text("scores", "scores"),
    "up_to": Text("tot en met", "up to"),
    "value": Text("vanaf", "from"),
}
VALUES: Mapping[str, Text] = {
    "yes": Text("ja", "yes"),
    "no": Text("nee", "no"),
    "emergency": Text("spoed", "emergency"),
    "within_24h": Text("binnen 24 uur", "within 24 hours"),
    "within_week": Text("binnen een week", "within a week"),
    "routine": Text("routine", "routine"),
    "core": Text("meteen zichtbaar", "in sight"),
    "more": Text("één klik verder", "one click away"),
    "first_of_section": Text("niets: de eerste", "nothing: the first"),
    "always": Text("altijd", "always"),
    "direct_access": Text("bij directe toegang", "with direct access"),
    "referral": Text("bij verwijzing", "with a referral"),
    "lower_is_better": Text("lager is beter", "lower is better"),
    "higher_is_better": Text("hoger is beter", "higher is better"),
    "verified": Text("geverifieerd", "verified"),
    "verified_secondary": Text("geverifieerd via een uittreksel", "verified in an extract"),
    "unverified": Text("niet geverifieerd", "unverified"),
    "proposal": Text("voorstel", "proposal"),
}
CONDITIONS = {("when",), ("ask_when",), ("core_when",)}
NOTHING = Text("niets", "nothing")
Asked = Mapping[AskedKind, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Point:
    """One point on which a part differs: its place in the content, as keys and codes, and both values as text."""

    path: tuple[str, ...]
    before: str | None
    after: str | None

    def where(self, language: str) -> str:
        """The place in words: "phases, acute, weeks"."""
        return ", ".join(_word(key, language) for key in self.path)

    def said(self, value: str | None, language: str, terms: Terms) -> str:
        """One of the two values in words; a condition as a sentence."""
        if value is None:
            return NOTHING.in_language(language)
        if self.path in CONDITIONS:
            return parse(value).describe(language, terms)
        return VALUES[value].in_language(language) if value in VALUES else value


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that was added, removed or changed; `points` say on what, and of what is new or gone all that it is."""

    kind: Named
    code: str
    change: Change
    points: tuple[Point, ...]

    def title(self, language: str) -> str:
        """What happened to what, in words: "rule tumour_two_systemic: changed"."""
        kind = ASKED_KIND_LABELS[self.kind] if isinstance(self.kind, AskedKind) else KIND_LABELS[self.kind]
        return f"{kind.in_language(language)} {self.code}: {CHANGE_LABELS[self.change].in_language(language)}"

    def lines(self, language: str, terms: Terms) -> list[str]:
        """Every point as a line: "condition: age: at least 50 → age: at least 55"."""
        return [
            f"{point.where(language)}: {' → '.join(point.said(one, language, terms) for one in self._values(point))}"
            for point in self.points
        ]

    def _values(self, point: Point) -> list[str | None]:
        if self.change is Change.CHANGED:
            return [point.before, point.after]
        return [point.after if self.change is Change.ADDED else point.before]


def differences(before: Protocol, after: Protocol) -> tuple[Difference, ...]:
    """Everything that differs, rules first, then templates, then what they name."""
    return tuple(
        chain.from_iterable(
            _of_kind(kind, entries(before.content, kind), entries(after.content, kind)) for kind in Kind
        )
    )


def differences_in_questions(before: Questionnaire, after: Questionnaire) -> tuple[Difference, ...]:
    """Everything that differs between two versions of a questionnaire, the questions first."""
    contents = [with_sections_whole(one.content) for one in (before, after)]
    old, new = (_asked_parts(content) for content in contents)
    for code in new[AskedKind.QUESTION].keys() - old[AskedKind.QUESTION].keys() | _moved(*contents):
        for content, parts in zip(contents, (old, new), strict=True):
            if code in parts[AskedKind.QUESTION]:
                parts[AskedKind.QUESTION][code]["after"] = placed_question(content, code).after or "first_of_section"
    return tuple(chain.from_iterable(_of_kind(kind, old[kind], new[kind]) for kind in AskedKind))


def difference_in_instrument(before: Entry, after: Entry) -> Difference:
    """On what two wordings of one instrument differ."""
    points = tuple(_points(_instrument(before), _instrument(after)))
    return Difference(AskedKind.INSTRUMENT, after["code"], Change.CHANGED, points)


def changes(before: Parts, after: Parts, kind: Kind) -> dict[str, Change]:
    """What happened to the parts of one kind between two contents, by code; what stayed the same is not in it."""
    return {one.code: one.change for one in _of_kind(kind, entries(before, kind), entries(after, kind))}


def _of_kind(kind: Named, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Iterator[Difference]:
    for change, codes in (
        (Change.ADDED, new.keys() - old.keys()),
        (Change.REMOVED, old.keys() - new.keys()),
        (Change.CHANGED, old.keys() & new.keys()),
    ):
        for code in sorted(codes):
            points = tuple(_points(old.get(code), new.get(code)))
            if points:
                yield Difference(kind, code, change, points)


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The questions that stand elsewhere in their section, of those that were there and still are."""
    found: set[str] = set()
    for name in before["items"].keys() & after["items"].keys():
        old, new = asked_codes(before, name), asked_codes(after, name)
        stay, common = [one for one in old if one in new], [one for one in new if one in old]
        blocks = SequenceMatcher(None, stay, common, autojunk=False).get_matching_blocks()
        found |= set(stay).difference(*(stay[block.a : block.a + block.size] for block in blocks))
    return found


def _asked_parts(content: Mapping[str, Any]) -> Asked:
    """The content of a questionnaire by what it is about; what only other regions ask is left out."""
    questions = {}
    for section in content["items"]:
        for code in asked_codes(content, section):
            entry = placed_question(content, code).content
            rest = {key: one for key, one in _question(entry).items() if key != "code"}
            questions[code] = {"shown": "core", **rest, "section": section}
    sections = {
        name: {key: one for key, one in part.items() if key != "items"} for name, part in content["items"].items()
    }
    heads = content["questionnaires"].items()
    return {
        AskedKind.QUESTION: questions,
        AskedKind.SECTION: sections,
        AskedKind.INSTRUMENT: {code: _instrument(one) for code, one in content["instruments"].items()},
        AskedKind.DERIVED: _by_code(one for part in content["derived"].values() for one in part["derived"]),
        AskedKind.DIAGRAM: dict(content["diagrams"]),
        AskedKind.SOURCE: dict(content["sources"]),
        AskedKind.QUESTIONNAIRE: {
            code: {key: one for key, one in head.items() if key != "version"} for code, head in heads
        },
    }


def _question(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A question, of which the name is what it asks."""
    return {"wording" if key == "label" else key: one for key, one in entry.items()}


def _instrument(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An instrument with its questions, and the relevant change of each score by its kind."""
    scores = [
        {**one, "relevant_change": {threshold["kind"]: threshold for threshold in one.get("relevant_change", ())}}
        for one in entry.get("scores", ())
    ]
    return {**entry, "items": [_question(item) for item in entry["items"]], "scores": scores}


def _by_code(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {entry["code"]: {key: value for key, value in entry.items() if key != "code"} for entry in entries}


def _points(old: Any, new: Any) -> Iterator[Point]:
    before, after = dict(_flat(old, ())), dict(_flat(new, ()))
    for path in sorted(before.keys() | after.keys(), key=lambda one: (_place(one), one)):
        if before.get(path) != after.get(path):
            yield Point(path, before.get(path), after.get(path))


def _place(path: tuple[str, ...]) -> int:
    """What decides comes first: the condition, then the conclusion."""
    first = ("when", "conclude", "holds_treatment")
    return first.index(path[0]) if path[0] in first else len(first)


def _flat(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every single value with its place; entries of a list that have a code stand under it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, (*path, str(key)))
    elif isinstance(value, list) and all(isinstance(one, Mapping) and "code" in one for one in value):
        yield from _flat(_by_code(value), path)
    elif isinstance(value, list):
        yield path, "; ".join(_plain(one) for one in value)
    elif value is not None:
        yield path, _plain(value)


def _plain(value: Any) -> str:
    """A single value as text; a condition keeps its words, whatever lines it was written on."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return " ".join(_plain(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def _word(key: str, language: str) -> str:
    return KEYS[key].in_language(language) if key in KEYS else key
