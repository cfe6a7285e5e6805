"""Questions as content: what is asked, of which kind, within which bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from intake.domain.body_chart import Diagram
from intake.domain.conditions import Condition, Term, TermKind, Values
from intake.domain.reading import NO_BACKING, Backing, Problems, Reader
from intake.domain.text import Text

TEXT_LENGTH = 500
LONG_TEXT_LENGTH = 10_000
SCALE_MINIMUM, SCALE_MAXIMUM = 0, 10
MOST_STEPS = 1000  # of a scale: each is a button


class ItemKind(Enum):
    """The kinds of questions. Texts are never findings, and neither is a body chart: findings are read off it."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    SCALE = "scale"
    TEXT = "text"
    LONG_TEXT = "long_text"
    BODY_CHART = "body_chart"


class Required(Enum):
    """By which route a question must be answered before an intake can be completed."""

    NEVER = "never"
    ALWAYS = "always"
    DIRECT_ACCESS = "direct_access"
    REFERRAL = "referral"

    def applies(self, route: str | None) -> bool:
        """Whether an answer is due; with the route unknown, every question that some route asks for is."""
        if self is Required.NEVER:
            return False
        return self is Required.ALWAYS or route is None or route == self.value


class Shown(Enum):
    """Whether a question stands on the page or is one click away."""

    CORE = "core"
    MORE = "more"


NO_DIAGRAMS: Mapping[str, Diagram] = {}

TERM_KINDS: Mapping[ItemKind, TermKind] = {
    ItemKind.YES_NO: TermKind.YES_NO,
    ItemKind.CHOICE: TermKind.CHOICE,
    ItemKind.CHOICES: TermKind.CHOICES,
    ItemKind.NUMBER: TermKind.NUMBER,
    ItemKind.SCALE: TermKind.NUMBER,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer; an exclusive one stands alone in a set of choices. `patient` says it in plain words."""

    code: str
    label: Text
    exclusive: bool = False
    patient: Text | None = None

    @property
    def plain(self) -> Text:
        """How a patient reads this answer."""
        return self.patient or self.label


@dataclass(frozen=True, slots=True)
class PatientWording:
    """How a question, asked of patients themselves before their visit, is put in plain words."""

    label: Text
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are offered where somebody types; only for these regions, or for every region where none is named."""

    text: Text
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One question. Bounds are inclusive; `decimals` is how many may be given; `unit` is a code such as `weeks`.

    An item that is shown as `more` counts as core while `core_when` holds.

    `diagram` is the figure that a body chart is drawn on. `codes` are pairs of a code system and a code, such as
    ("icf", "b280"). `instrument` names the instrument that the question belongs to, if any. `patient` says it to
    patients, who may answer it themselves.

    `phrases` are offered to go on from: whole answers to a text, beginnings of a sentence in a long text. Under the
    names of `also_called` a yes/no question is found as well, such as the medicines of a group.
    """

    code: str
    kind: ItemKind
    label: Text
    help: Text | None = None
    red_flag: bool = False
    required: Required = Required.NEVER
    shown: Shown = Shown.CORE
    core_when: Condition | None = None
    ask_when: Condition | None = None
    regions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = 0
    carry_over: bool = False
    diagram: Diagram | None = None
    codes: tuple[tuple[str, str], ...] = ()
    backing: Backing = NO_BACKING
    instrument: str = ""
    patient: PatientWording | None = None
    phrases: tuple[Phrase, ...] = ()
    also_called: tuple[Text, ...] = ()

    @property
    def length(self) -> int:
        """The greatest number of characters of a text."""
        return LONG_TEXT_LENGTH if self.kind is ItemKind.LONG_TEXT else TEXT_LENGTH

    @property
    def is_finding(self) -> bool:
        return self.kind in TERM_KINDS

    @property
    def term(self) -> Term:
        """How conditions may speak of the answer; only for items that are findings."""
        return Term(
            code=self.code,
            kind=TERM_KINDS[self.kind],
            label=self.label,
            choices={choice.code: choice.label for choice in self.choices} if self.choices else None,
            minimum=self.minimum,
            maximum=self.maximum,
            whole=self.decimals == 0,
            exclusive=frozenset(choice.code for choice in self.choices if choice.exclusive),
            red_flag=self.red_flag,
        )

    def is_core(self, findings: Values) -> bool:
        """Whether the question stands on the page, given findings, rather than one click away."""
        return self.shown is Shown.CORE or (self.core_when is not None and self.core_when.evaluate(findings) is True)

    def phrases_in(self, region: str) -> tuple[Text, ...]:
        """What is offered for a complaint of this region."""
        return tuple(phrase.text for phrase in self.phrases if not phrase.regions or region in phrase.regions)

    def asked_in(self, region: str) -> bool:
        return not self.regions or region in self.regions


def read_item(reader: Reader, instrument: str = "", diagrams: Mapping[str, Diagram] = NO_DIAGRAMS) -> Item:
    """One question from content, a body chart on one of `diagrams`; problems are collected by the reader."""
    kind = reader.needed_one_of("kind", ItemKind)
    minimum, maximum = _read_bounds(reader, kind)
    item = Item(
        code=reader.code(),
        kind=kind,
        label=reader.needed_text("label"),
        help=reader.text("help", required=False),
        red_flag=reader.flag("red_flag"),
        required=reader.one_of("required", Required, Required.NEVER),
        shown=reader.one_of("shown", Shown, Shown.CORE),
        core_when=reader.condition("core_when", required=False),
        ask_when=reader.condition("ask_when", required=False),
        regions=reader.strings("regions"),
        choices=_read_choices(reader, kind),
        unit=reader.string("unit", required=False),
        minimum=minimum,
        maximum=maximum,
        decimals=reader.integer("decimals", required=False),
        carry_over=reader.flag("carry_over"),
        diagram=_read_diagram(reader, kind, diagrams),
        codes=_read_codes(reader),
        backing=reader.backing(),
        instrument=instrument,
        patient=_read_patient_wording(reader),
        phrases=_read_phrases(reader, kind),
        also_called=_read_names(reader, kind),
    )
    reader.close()
    return item


def _read_phrases(reader: Reader, kind: ItemKind) -> tuple[Phrase, ...]:
    if kind not in (ItemKind.TEXT, ItemKind.LONG_TEXT):
        _refuse(reader, kind, "phrases")
    phrases = []
    for inner in reader.readers("phrases"):
        phrases.append(Phrase(Text(nl=inner.string("nl"), en=inner.string("en")), inner.strings("regions")))
        inner.close()
    return tuple(phrases)


def _read_names(reader: Reader, kind: ItemKind) -> tuple[Text, ...]:
    if kind is not ItemKind.YES_NO:
        _refuse(reader, kind, "also_called")
    names = []
    for inner in reader.readers("also_called"):
        names.append(Text(nl=inner.string("nl"), en=inner.string("en")))
        inner.close()
    return tuple(names)


def _read_patient_wording(reader: Reader) -> PatientWording | None:
    if "patient" not in reader:
        reader.raw("patient")
        return None
    inner = reader.reader("patient")
    wording = PatientWording(inner.needed_text("label"), inner.text("help", required=False))
    inner.close()
    return wording


def _read_bounds(reader: Reader, kind: ItemKind) -> tuple[float | None, float | None]:
    if kind is ItemKind.SCALE:
        return _read_scale(reader)
    if kind is not ItemKind.NUMBER:
        _refuse(reader, kind, "minimum", "maximum", "decimals", "unit")
        return (None, None)
    minimum, maximum = reader.number("minimum"), reader.number("maximum")
    if minimum is not None and maximum is not None and minimum >= maximum:
        reader.problem("minimum", "must be less than the maximum")
    return (minimum, maximum)


def _read_scale(reader: Reader) -> tuple[float, float]:
    low, high = reader.number("minimum", required=False), reader.number("maximum", required=False)
    lowest, highest = SCALE_MINIMUM if low is None else low, SCALE_MAXIMUM if high is None else high
    if lowest >= highest:
        reader.problem("minimum", "must be less than the maximum")
    elif highest - lowest > MOST_STEPS:
        reader.problem("maximum", f"a scale has {MOST_STEPS} steps at most")
    return lowest, highest


def _refuse(reader: Reader, kind: ItemKind, *keys: str) -> None:
    for key in keys:
        if key in reader:
            reader.problem(key, f"has no meaning for an item of kind {kind.value}")


def _read_choices(reader: Reader, kind: ItemKind) -> tuple[Choice, ...]:
    if kind not in (ItemKind.CHOICE, ItemKind.CHOICES):
        _refuse(reader, kind, "choices")
        reader.raw("choices")
        return ()
    choices = []
    for inner in reader.readers("choices", required=True):
        label, plain = inner.needed_text("label"), inner.text("patient", required=False)
        choices.append(Choice(inner.code(), label, inner.flag("exclusive"), plain))
        inner.close()
    _report_repeated(choices, reader.at("choices"), reader.problems)
    return tuple(choices)


def _report_repeated(choices: list[Choice], path: str, problems: Problems) -> None:
    seen: set[str] = set()
    for position, choice in enumerate(choices):
        if choice.code in seen:
            problems.add(f"{path}[{position}].code", f"'{choice.code}' stands here twice")
        seen.add(choice.code)


def _read_diagram(reader: Reader, kind: ItemKind, diagrams: Mapping[str, Diagram]) -> Diagram | None:
    if kind is not ItemKind.BODY_CHART:
        _refuse(reader, kind, "diagram")
        return None
    name = reader.code("diagram")
    if name and name not in diagrams:
        reader.problem("diagram", f"there is no diagram '{name}'")
    return diagrams.get(name)


def _read_codes(reader: Reader) -> tuple[tuple[str, str], ...]:
    value = reader.typed("codes", Mapping, "code systems with their codes", required=False) or {}
    return tuple(sorted((str(system), str(code)) for system, code in value.items()))
