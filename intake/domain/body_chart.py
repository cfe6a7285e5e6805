"""The body chart: where a complaint is felt, of which kind and how bad, as values instead of a picture. Pure.

A `Diagram` is content: a figure with regions, seen from the front and from the back. What is drawn on it, a chart, is
a mapping of a region to the kinds felt there and, when it was given, how bad it is:

    {"low_back_left": {"kinds": ["pain", "stiffness"], "intensity": 6}, "calf_left": {"kinds": ["numbness"]}}

A region without kinds is marked, and what is felt there was not said. A region that is not in the chart was not drawn,
which says nothing about it: the absence of a mark never means "no".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

from intake.domain.reading import Reader
from intake.domain.text import Text

Chart = Mapping[str, Mapping[str, Any]]
SIDES = {
    "left": Text("links", "left"),
    "right": Text("rechts", "right"),
}
MIDDLE = "middle"
WORST = 10


class View(Enum):
    """From where the body is seen."""

    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be felt: shown as a letter and a pattern, never by colour alone."""

    code: str
    label: Text
    letter: Text


@dataclass(frozen=True, slots=True)
class Group:
    """A heading under which regions are listed."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Region:
    """One place on the figure. `side` is the patient's: left, right or middle.

    `path` is its outline in the drawing, to be mirrored when `mirrored`; its letters stand at `at` in the drawing as
    it is shown. `base` is its code without the side. `area` is the choice of the question for the place of the pain
    that says the same, if there is one.
    """

    code: str
    base: str
    label: Text
    side: str
    view: View
    group: str
    path: str
    mirrored: bool
    at: tuple[float, float]
    area: str = ""
    below_knee: bool = False


@dataclass(frozen=True, eq=False)
class Diagram:
    """A figure to draw on. Lengths are in units of the drawing; `outline` is the body, the same in both views."""

    code: str
    version: int
    title: Text
    width: int
    height: int
    outline: str
    kinds: tuple[Kind, ...]
    groups: tuple[Group, ...]
    regions: tuple[Region, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Region]:
        return {region.code: region for region in self.regions}

    @cached_property
    def kind_codes(self) -> tuple[str, ...]:
        return tuple(kind.code for kind in self.kinds)

    @cached_property
    def places(self) -> frozenset[str]:
        """What a finding that is read off a chart may name: regions with or without their side, and the sides."""
        regions = {code for region in self.regions for code in (region.code, region.base)}
        return frozenset(regions | {region.side for region in self.regions})

    def in_group(self, group: Group) -> tuple[Region, ...]:
        return tuple(region for region in self.regions if region.group == group.code)


def marks(chart: Chart, diagram: Diagram) -> frozenset[str]:
    """A chart as a set of words: every place that is drawn, alone and with each kind felt there (`calf_left:pain`)."""
    found = set()
    for code, mark in chart.items():
        region = diagram.by_code[code]
        for place in (region.code, region.base, region.side):
            found.add(place)
            found.update(f"{place}:{kind}" for kind in mark["kinds"])
    return frozenset(found)


def tidy(chart: Chart, diagram: Diagram) -> dict[str, dict[str, Any]]:
    """The same chart with regions and kinds in the order of the diagram."""
    return {code: _tidy_mark(chart[code], diagram) for code in diagram.by_code if code in chart}


def _tidy_mark(mark: Mapping[str, Any], diagram: Diagram) -> dict[str, Any]:
    result: dict[str, Any] = {"kinds": [kind for kind in diagram.kind_codes if kind in mark["kinds"]]}
    return result if mark.get("intensity") is None else result | {"intensity": mark["intensity"]}


def refusal(answer: object, diagram: Diagram) -> tuple[str, str] | None:
    """Why something is no chart on this diagram: the place in it, and what is wrong; None when it is one."""
    if not isinstance(answer, Mapping):
        return ("", "expected regions with what is felt there")
    if not answer:
        return ("", "a chart on which nothing is drawn is no answer")
    for code, mark in answer.items():
        if code not in diagram.by_code:
            return (f".{code}", "there is no region with this code")
        message = _mark_refusal(mark, diagram)
        if message:
            return (f".{code}", message)
    return None


def _mark_refusal(mark: object, diagram: Diagram) -> str:
    if not isinstance(mark, Mapping) or not mark.keys() <= {"kinds", "intensity"}:
        return "expected kinds, and perhaps an intensity"
    kinds = mark.get("kinds")
    if not isinstance(kinds, list | tuple) or any(kind not in diagram.kind_codes for kind in kinds):
        return f"kinds are a list out of {', '.join(diagram.kind_codes)}"
    if len(set(kinds)) != len(kinds):
        return "a kind is given twice"
    intensity = mark.get("intensity")
    if intensity is not None and (type(intensity) is not int or not 0 <= intensity <= WORST):
        return f"an intensity is a whole number from 0 to {WORST}"
    return ""


def merged(base: Chart | None, stored: Chart | None, sent: Chart | None) -> Chart | None:
    """What was stored with what was changed from `base` to `sent`, region by region.

    Raises `CollisionError` when both changed the same region in different ways. None is a chart that was not drawn.
    """
    old, held, new = base or {}, stored or {}, sent or {}
    result = {}
    for code in [*held, *(code for code in new if code not in held)]:
        mark = _merged_mark(code, old.get(code), held.get(code), new.get(code))
        if mark is not None:
            result[code] = mark
    return result or None


def _merged_mark(code: str, old: Any, held: Any, new: Any) -> Any:
    if new in (held, old):
        return held
    if held != old:
        raise CollisionError(code)
    return new


class CollisionError(ValueError):
    """Two people drew differently on the same region."""


def region_name(region: Region, language: str) -> str:
    """The name of a region with its side, which is the patient's: "Low back, left"."""
    name = region.label.in_language(language)
    side = SIDES.get(region.side)
    return f"{name}, {side.in_language(language)}" if side else name


def mark_in_words(region: Region, mark: Mapping[str, Any], diagram: Diagram, language: str) -> str:
    """What is drawn on one region: "Low back, left: pain, stiff (6 of 10)"."""
    felt = ", ".join(kind.label.in_language(language).lower() for kind in diagram.kinds if kind.code in mark["kinds"])
    words = f"{region_name(region, language)}: {felt}" if felt else region_name(region, language)
    intensity = mark.get("intensity")
    return words if intensity is None else f"{words} ({_OUT_OF.in_language(language).format(intensity=intensity)})"


_OUT_OF = Text(f"{{intensity}} van {WORST}", f"{{intensity}} out of {WORST}")


def chart_in_words(chart: Chart, diagram: Diagram, language: str) -> list[str]:
    """What is drawn, a line for each region in the order of the diagram."""
    return [
        mark_in_words(diagram.by_code[code], mark, diagram, language) for code, mark in tidy(chart, diagram).items()
    ]


def areas(chart: Chart, diagram: Diagram) -> tuple[str, ...]:
    """The places of the pain in fewer words, as the question for them names them."""
    found = (region.area for region in diagram.regions if region.code in chart and region.area)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a chart differs from an earlier one. The regions below the knee and the worst intensity are told apart."""

    before: int
    now: int
    gone: tuple[Region, ...]
    added: tuple[Region, ...]
    below_knee_before: bool
    below_knee_now: bool
    worst_before: int | None
    worst_now: int | None

    def sentence(self, language: str) -> str:
        """The difference as one sentence: "2 regions became 1, no longer below the knee"."""
        parts = [self._regions(), *self._below_knee(), *self._worst()]
        return ", ".join(part.in_language(language) for part in parts) + "."

    def _regions(self) -> Text:
        if self.before == self.now:
            same = not (self.gone or self.added)
            return _same_regions(self.now) if same else _other_regions(self.now)
        nl = f"{_regions_nl(self.before)} {'werd' if self.before == 1 else 'werden'} er {self.now}"
        return Text(nl, f"{_regions_en(self.before)} became {self.now}")

    def _below_knee(self) -> list[Text]:
        if self.below_knee_before == self.below_knee_now:
            return []
        if self.below_knee_now:
            return [Text("nu ook onder de knie", "now also below the knee")]
        return [Text("niet meer onder de knie", "no longer below the knee")]

    def _worst(self) -> list[Text]:
        before, now = self.worst_before, self.worst_now
        if before is None or now is None:
            return []
        if before == now:
            return [Text(f"op zijn ergst nog {now}", f"at its worst still {now}")]
        return [Text(f"op zijn ergst van {before} naar {now}", f"at its worst from {before} to {now}")]


def _regions_nl(number: int) -> str:
    return f"{number} {'gebied' if number == 1 else 'gebieden'}"


def _regions_en(number: int) -> str:
    return f"{number} {'region' if number == 1 else 'regions'}"


def _same_regions(number: int) -> Text:
    which = Text("hetzelfde gebied", "the same region") if number == 1 else None
    return which or Text(f"dezelfde {_regions_nl(number)}", f"the same {_regions_en(number)}")


def _other_regions(number: int) -> Text:
    return Text(f"nog {_regions_nl(number)}, op een andere plaats", f"still {_regions_en(number)}, in another place")


def compare(before: Chart, now: Chart, diagram: Diagram) -> Comparison:
    """How `now` differs from `before`, both drawn on this diagram; regions it does not have are left out."""
    old, new = tidy(before, diagram), tidy(now, diagram)
    return Comparison(
        before=len(old),
        now=len(new),
        gone=tuple(diagram.by_code[code] for code in old if code not in new),
        added=tuple(diagram.by_code[code] for code in new if code not in old),
        below_knee_before=_below_knee(old, diagram),
        below_knee_now=_below_knee(new, diagram),
        worst_before=worst(old),
        worst_now=worst(new),
    )


def worst(chart: Chart) -> int | None:
    """The greatest intensity on a chart; None when none was given."""
    return max((mark["intensity"] for mark in chart.values() if mark.get("intensity") is not None), default=None)


def _below_knee(chart: Iterable[str], diagram: Diagram) -> bool:
    return any(diagram.by_code[code].below_knee for code in chart)


def read_diagram(reader: Reader) -> Diagram:
    """A diagram from content; problems are collected by the reader."""
    width = reader.integer("width")
    diagram = Diagram(
        code=reader.code("diagram"),
        version=reader.integer("version"),
        title=reader.needed_text("title"),
        width=width,
        height=reader.integer("height"),
        outline=reader.string("outline"),
        kinds=tuple(_read_kind(inner) for inner in reader.readers("kinds", required=True)),
        groups=tuple(_read_group(inner) for inner in reader.readers("groups", required=True)),
        regions=tuple(region for inner in reader.readers("regions", required=True) for region in _read(inner, width)),
    )
    reader.close()
    _report_unknown_groups(diagram, reader)
    return diagram


def _read_kind(inner: Reader) -> Kind:
    kind = Kind(inner.code(), inner.needed_text("label"), inner.needed_text("letter"))
    inner.close()
    return kind


def _read_group(inner: Reader) -> Group:
    group = Group(inner.code(), inner.needed_text("label"))
    inner.close()
    return group


def _read(inner: Reader, width: int) -> Iterable[Region]:
    """The region that one entry describes, or both where it lies on both sides of the body."""
    x, y = (*inner.numbers("at"), 0.0, 0.0)[:2]
    region = Region(
        code=inner.code(),
        base=inner.code(),
        label=inner.needed_text("label"),
        side=MIDDLE,
        view=inner.one_of("view", View, View.FRONT),
        group=inner.code("group"),
        path=inner.string("path"),
        mirrored=False,
        at=(x, y),
        area=inner.code("area", required=False),
        below_knee=inner.flag("below_knee"),
    )
    both_sides = inner.flag("both_sides")
    inner.close()
    return [_on(side, region, width) for side in SIDES] if both_sides else [region]


def _on(side: str, region: Region, width: int) -> Region:
    """A region on one side; content describes the half that is on the reader's right."""
    mirrored = side == ("right" if region.view is View.FRONT else "left")
    at = (width - region.at[0], region.at[1]) if mirrored else region.at
    return replace(region, code=f"{region.base}_{side}", side=side, mirrored=mirrored, at=at)


def _report_unknown_groups(diagram: Diagram, reader: Reader) -> None:
    groups = {group.code for group in diagram.groups}
    for region in diagram.regions:
        if region.group not in groups:
            reader.problem("regions", f"'{region.base}' is in the group '{region.group}', which is not there")
    for code in sorted({region.code for region in diagram.regions if _times(region.code, diagram) > 1}):
        reader.problem("regions", f"'{code}' stands here twice")


def _times(code: str, diagram: Diagram) -> int:
    return sum(region.code == code for region in diagram.regions)
