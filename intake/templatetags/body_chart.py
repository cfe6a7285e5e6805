"""The figure of a body chart on any page, and its words."""

from typing import Any

from django import template
from django.utils.translation import get_language

from intake.domain.body_chart import SIDES, Chart, Diagram, Kind, Region, View, chart_in_words, region_name

register = template.Library()


@register.inclusion_tag("components/_body_figure.html")
def body_figure(diagram: Diagram, chart: Chart, prefix: str) -> dict[str, Any]:
    """The figure with what is drawn on it, front and back. `prefix` keeps the ids of two figures on one page apart.

    It says nothing to a screen reader: the words beside it do.
    """
    language = get_language() or "nl"
    views = [
        {"code": view.value, "shapes": [_shape(region, chart, diagram, language) for region in regions]}
        for view in View
        if (regions := [region for region in diagram.regions if region.view is view])
    ]
    kinds = [{"code": kind.code, "letter": kind.letter.in_language(language)} for kind in diagram.kinds]
    return {"diagram": diagram, "views": views, "kinds": kinds, "prefix": prefix}


def _shape(region: Region, chart: Chart, diagram: Diagram, language: str) -> dict[str, Any]:
    mark = chart.get(region.code)
    felt = [kind for kind in diagram.kinds if mark is not None and kind.code in mark["kinds"]]
    return {
        "region": region,
        "name": region_name(region, language),
        "marked": mark is not None,
        "kind": felt[0].code if felt else "",
        "letters": _letters(felt, mark, language),
        "x": region.at[0],
        "y": region.at[1] + 4,
    }


def _letters(felt: list[Kind], mark: Any, language: str) -> str:
    """The letters of what is felt, and how bad it is: "PS 6". A mark of which nothing was said is an x."""
    if mark is None:
        return ""
    letters = "".join(kind.letter.in_language(language) for kind in felt) or "×"
    intensity = mark.get("intensity")
    return letters if intensity is None else f"{letters} {intensity}"


@register.filter
def region_words(region: Region) -> str:
    """The name of a region with its side, in the reader's language."""
    return region_name(region, get_language() or "nl")


@register.filter
def side_words(region: Region) -> str:
    """The side of a region, in the reader's language; empty for one in the middle."""
    side = SIDES.get(region.side)
    return side.in_language(get_language() or "nl").capitalize() if side else ""


@register.simple_tag
def chart_lines(diagram: Diagram, chart: Chart) -> list[str]:
    """What is drawn, a line for each region, in the reader's language."""
    return chart_in_words(chart, diagram, get_language() or "nl")
