"""The graph of one score over time: drawn on the server, with its words and its table."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from intake.domain.instruments import Direction
from intake.domain.measuring import Course, Point, ScoreChange, relevant_from
from intake.domain.phrases import value_in_words

register = template.Library()

WIDTH, HEIGHT = 440, 210  # units of the drawing
LEFT, RIGHT, TOP, BOTTOM = 34, 320, 14, 178  # the edges of what is drawn in; beside it stand the words
LINE = 14  # the height of a line of words
DATE = 46  # the width that a day needs under the graph
WEEK = 7  # days that a graph spans at least
STEPS = (1, 2, 5, 10, 20, 25, 50)  # distances between the numbers beside a graph
MOST_NUMBERS = 6
DIRECTIONS = {
    Direction.LOWER_IS_BETTER: gettext_lazy("lower is better"),
    Direction.HIGHER_IS_BETTER: gettext_lazy("higher is better"),
}
MOMENTS = {
    "intake": gettext_lazy("intake"),
    "interim": gettext_lazy("interim"),
    "final": gettext_lazy("final"),
}


@register.inclusion_tag("components/_outcome_graph.html")
def outcome_graph(
    course: Course, title: str = "", sources: Iterable[Mapping[str, Any]] = (), plain: bool = False
) -> dict[str, Any]:
    """The graph of a score. `title` takes the place of the score's own name; `plain` words are for a patient."""
    score = course.score
    title = title or score.label.in_language(get_language() or "nl")
    relevant = relevant_from(score, course.instrument.direction, course.baseline)
    drawing = Drawing(course)
    return {
        "title": title,
        "code": score.code,
        "direction": DIRECTIONS[course.instrument.direction],
        "summary": _summary(course, title, relevant),
        "numbers": drawing.numbers(),
        "days": drawing.days(),
        "runs": drawing.runs(),
        "dots": drawing.dots(),
        "gaps": drawing.gaps(),
        "lines": drawing.lines(relevant, plain=plain),
        "better": drawing.better(relevant),
        "rows": [_row(course, point) for point in course.points],
        "relevant": relevant,
        "sources": list(sources),
        "plain": plain,
        "unit": score.unit,
    }


@register.inclusion_tag("components/_goal_way.html")
def goal_way(way: float) -> dict[str, Any]:
    """How far a goal is on its way, as a bar with words. `way` is 0 at the start and 1 at the target."""
    percent = round(way * 100)
    words = _("%(percent)s%% of the way") if percent >= 0 else _("further away than at the start")
    return {"words": words % {"percent": percent} if percent >= 0 else words, "done": min(max(percent, 0), 100)}


class Drawing:
    """Where everything of a graph stands, in units of the drawing."""

    def __init__(self, course: Course) -> None:
        self.course, self.points = course, course.points
        self.start = self.points[0].on
        self.span = max((self.points[-1].on - self.start).days, WEEK)

    def x(self, on: dt.date) -> float:
        """Where a day stands."""
        return round(LEFT + 8 + (RIGHT - LEFT - 16) * (on - self.start).days / self.span, 1)

    def y(self, value: float) -> float:
        """Where a score stands."""
        score = self.course.score
        return round(BOTTOM - (BOTTOM - TOP) * (value - score.minimum) / (score.maximum - score.minimum), 1)

    def numbers(self) -> list[dict[str, Any]]:
        """The numbers beside the graph with their lines."""
        low, high = self.course.score.minimum, self.course.score.maximum
        step = next((each for each in STEPS if (high - low) / each <= MOST_NUMBERS), high - low)
        values = [low + step * number for number in range(int((high - low) // step) + 1)]
        return [{"text": _said(value), "y": self.y(value)} for value in values]

    def days(self) -> list[dict[str, Any]]:
        """The days under the graph, of which none stands over another: the last always, the first where it fits."""
        *earlier, last = dict.fromkeys(point.on for point in self.points)
        kept: list[dt.date] = []
        for on in earlier:
            room = self.x(last) - self.x(on) >= DATE and (not kept or self.x(on) - self.x(kept[-1]) >= DATE)
            kept += [on] if room else []
        return [{"text": date_format(on, "j b"), "x": self.x(on)} for on in (*kept, last)]

    def runs(self) -> list[str]:
        """The lines between scores that follow each other; a score that could not be computed breaks them."""
        runs = [list(run) for known, run in groupby(self.points, key=lambda point: point.value is not None) if known]
        return [" ".join(f"{self.x(one.on)},{self.y(_value(one))}" for one in run) for run in runs if len(run) > 1]

    def dots(self) -> list[dict[str, Any]]:
        """The scores themselves."""
        known = [point for point in self.points if point.value is not None]
        return [{"x": self.x(one.on), "y": self.y(_value(one)), "text": _said(one.value)} for one in known]

    def gaps(self) -> list[float]:
        """Where something was measured that could not be computed."""
        return [self.x(point.on) for point in self.points if point.value is None]

    def better(self, relevant: float | None) -> dict[str, float] | None:
        """The part of the graph in which a score is a relevant improvement."""
        if relevant is None:
            return None
        lower = self.course.instrument.direction is Direction.LOWER_IS_BETTER
        top, bottom = (self.y(relevant), BOTTOM) if lower else (TOP, self.y(relevant))
        return {"y": top, "height": round(bottom - top, 1)}

    def lines(self, relevant: float | None, *, plain: bool) -> list[dict[str, Any]]:
        """The start, the relevant change and the target as lines with words beside them, and where it is now."""
        course = self.course
        words = [
            ("start", course.baseline, pgettext("of a score", "start %(value)s")),
            ("relevant", relevant, _("clearly better from %(value)s") if plain else _("relevant from %(value)s")),
            ("target", course.target, _("target %(value)s")),
            ("now", course.now if course.latest else None, pgettext("of a score", "now %(value)s")),
        ]
        found = [
            {"kind": kind, "y": self.y(value), "text": text % {"value": _said(value)}}
            for kind, value, text in words
            if value is not None and course.score.minimum <= value <= course.score.maximum
        ]
        found.sort(key=lambda line: line["y"])
        places = spread([line["y"] for line in found], LINE, TOP, BOTTOM)
        return [line | {"at": at} for line, at in zip(found, places, strict=True)]


def spread(wanted: Sequence[float], distance: float, top: float, bottom: float) -> list[float]:
    """Places for words near where they are wanted (in order), each at least `distance` under the one before.

    Words that would come to stand under `bottom` push those above them up.
    """
    places: list[float] = []
    for at in wanted:
        places.append(max(at, places[-1] + distance) if places else max(at, top))
    limit = bottom
    for position in range(len(places) - 1, -1, -1):
        places[position] = min(places[position], limit)
        limit = places[position] - distance
    return [round(at, 1) for at in places]


def _value(point: Point) -> float:
    return 0 if point.value is None else point.value


def _said(value: float | None) -> str:
    return value_in_words(value, None, get_language() or "nl")


def _score(value: float | None) -> str:
    return _("not computable") if value is None else _said(value)


def _row(course: Course, point: Point) -> dict[str, Any]:
    change = ScoreChange(course.score, course.instrument.direction, course.baseline, point.value).better
    return {
        "on": point.on,
        "moment": MOMENTS[point.moment],
        "value": _score(point.value),
        "change": "" if point is course.points[0] or change is None else _better(change),
    }


def _better(points: float) -> str:
    if not points:
        return _("the same")
    words = _("%(points)s better") if points > 0 else _("%(points)s worse")
    return words % {"points": _said(abs(points))}


def _summary(course: Course, title: str, relevant: float | None) -> str:
    """The graph in words."""
    told = ", ".join(f"{date_format(point.on, 'j b')} {_score(point.value)}" for point in course.points)
    parts = [f"{title}, {DIRECTIONS[course.instrument.direction]}: {told}"]
    if relevant is not None:
        parts.append(_("relevant from %(value)s") % {"value": _said(relevant)})
    if course.target is not None:
        parts.append(_("target %(value)s") % {"value": _said(course.target)})
    return ". ".join(parts) + "."
