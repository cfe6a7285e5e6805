"""Outcome measures: one scorer for every instrument, which is content.

An instrument is a list of items and the scores drawn from them. A score that cannot be computed is absent, never zero.

| method | score of n items, `a` of them answered, with at most `missing_allowed` unanswered |
|---|---|
| `sum` | the sum of the points, for missing items raised in proportion: sum x n / a |
| `mean` | the sum of the points / a |
| `sum_scaled` | the sum of the points as a share of the greatest possible sum of the answered items, x `scale_to` |

Points: what `points` says for the answer, else yes = 1 and no = 0, and a number or scale its own value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from intake.domain.conditions import Term, TermKind, Value, Values
from intake.domain.derived import Band, Classified, band_of
from intake.domain.derived_content import read_bands, read_cases
from intake.domain.items import Item, ItemKind, Shown, read_item
from intake.domain.reading import Backing, Problems, Reader
from intake.domain.text import Text

ENTERED = "_entered"
BAND = "_band"


class Direction(Enum):
    """Which way a score moves when the patient does better."""

    LOWER_IS_BETTER = "lower_is_better"
    HIGHER_IS_BETTER = "higher_is_better"


class Method(Enum):
    SUM = "sum"
    MEAN = "mean"
    SUM_SCALED = "sum_scaled"


class ThresholdKind(Enum):
    ABSOLUTE = "absolute"
    PERCENT = "percent"


class Change(Enum):
    """What happened between two scores of one instrument."""

    IMPROVED = "improved"
    WORSE = "worse"
    NOT_RELEVANT = "not_relevant"
    NOT_COMPUTABLE = "not_computable"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From how much on a change matters: in points, or in percent of the first score."""

    kind: ThresholdKind
    value: float
    backing: Backing

    def reached(self, before: float, after: float) -> bool:
        difference = abs(after - before)
        if self.kind is ThresholdKind.ABSOLUTE:
            return difference >= self.value
        return before != 0 and difference * 100 >= self.value * abs(before)


@dataclass(frozen=True, slots=True)
class Score:
    """One score of an instrument and how it is computed. `maximum_points` is the greatest sum of all items' points."""

    code: str
    label: Text
    method: Method
    items: tuple[str, ...]
    points: Mapping[str, Mapping[Value, float]]
    most: Mapping[str, float]
    minimum: float
    maximum: float
    missing_allowed: int
    scale_to: float
    unit: str
    relevant_change: tuple[Threshold, ...]
    bands: tuple[Band, ...]
    backing: Backing

    def compute(self, answers: Values) -> float | None:
        """The score, or None when more items are unanswered than is allowed."""
        given = [code for code in self.items if code in answers]
        if not given or len(self.items) - len(given) > self.missing_allowed:
            return None
        return _plain(self._combined(given, sum(self._points(code, answers[code]) for code in given)))

    def of_points(self, total: float) -> float:
        """The score when every item is answered, with that many points together."""
        return _plain(self._combined(list(self.items), total))

    def _combined(self, given: list[str], total: float) -> float:
        if self.method is Method.MEAN:
            return total / len(given)
        if self.method is Method.SUM_SCALED:
            return total * self.scale_to / sum(self.most[code] for code in given)
        return total * len(self.items) / len(given)

    def _points(self, code: str, answer: Value) -> float:
        table = self.points.get(code)
        return table[answer] if table else float(answer)  # type: ignore[arg-type]

    def compare(self, before: float | None, after: float | None, direction: Direction) -> Change:
        """What the change between two scores means; a change is relevant when it reaches one of the thresholds."""
        if before is None or after is None or not self.relevant_change:
            return Change.NOT_COMPUTABLE
        if not any(threshold.reached(before, after) for threshold in self.relevant_change):
            return Change.NOT_RELEVANT
        lower = after < before
        return Change.IMPROVED if lower is (direction is Direction.LOWER_IS_BETTER) else Change.WORSE


@dataclass(frozen=True, slots=True)
class Instrument:
    """One outcome measure. `groups` are classifications that need more than one score.

    An instrument that is `shown: more` puts all its questions one click away. One with `official_words` asks in the
    words of whoever holds the rights to it, which are not anybody else's to change.
    """

    code: str
    version: int
    title: Text
    help: Text | None
    direction: Direction
    shown: Shown
    regions: tuple[str, ...]
    items: tuple[Item, ...]
    scores: tuple[Score, ...]
    groups: tuple[Classified, ...]
    entered: tuple[Item, ...]
    backing: Backing
    official_words: bool = False

    @property
    def all_items(self) -> tuple[Item, ...]:
        """The questions, then the totals that may be typed over from paper."""
        return (*self.items, *self.entered)

    def score(self, code: str) -> Score:
        """The score of that code; raises `KeyError`."""
        for score in self.scores:
            if score.code == code:
                return score
        raise KeyError(code)

    def reach(self, score: Score) -> tuple[float, float]:
        """The lowest and the highest that a score can be, when every item is answered."""
        items = {item.code: item for item in self.items}
        least = sum(_least_points(items[code], score.points.get(code)) for code in score.items)
        return score.of_points(least), score.of_points(sum(score.most.values()))

    def compare(self, code: str, before: float | None, after: float | None) -> Change:
        """What the change of one score between two moments means."""
        return self.score(code).compare(before, after, self.direction)

    def compute(self, answers: Values) -> dict[str, Value]:
        """Scores, bands and groups that can be computed. A typed total counts only if no item of it is answered."""
        found: dict[str, Value] = {}
        for score in self.scores:
            value = self._score_or_entered(score, answers)
            if value is not None:
                found[score.code] = value
                found.update(_banded(score, value))
        for group in self.groups:
            value_of_group = group.compute({**answers, **found})
            if value_of_group is not None:
                found[group.code] = value_of_group
        return found

    def _score_or_entered(self, score: Score, answers: Values) -> float | None:
        if not answers.keys().isdisjoint(score.items):
            return score.compute(answers)
        entered = answers.get(score.code + ENTERED)
        return entered if isinstance(entered, int | float) else None

    @property
    def terms(self) -> dict[str, Term]:
        """How conditions may speak of the scores, their bands and the groups."""
        terms = {score.code: _score_term(score) for score in self.scores}
        for score in self.scores:
            if score.bands:
                terms[score.code + BAND] = _band_term(score)
        return terms | {group.code: group.term for group in self.groups}

    @property
    def drawn_from(self) -> dict[str, frozenset[str]]:
        """Which answers each score, band and group needs."""
        answers = {score.code: frozenset(score.items) - {score.code} for score in self.scores}
        bands = {score.code + BAND: frozenset([score.code]) for score in self.scores if score.bands}
        groups = {group.code: group.needs for group in self.groups}
        return {code: needs for code, needs in {**answers, **bands, **groups}.items() if needs}


def score(instrument: Instrument, answers: Values) -> dict[str, Value]:
    """Everything that one instrument yields from answers; what is not computable is absent."""
    return instrument.compute(answers)


def _plain(number: float) -> float:
    """A whole number as int; otherwise rounded to two decimals, as scores are read."""
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _banded(score: Score, value: float) -> dict[str, Value]:
    band = band_of(value, score.bands)
    return {score.code + BAND: band} if band else {}


def _score_term(score: Score) -> Term:
    return Term(score.code, TermKind.NUMBER, score.label, minimum=score.minimum, maximum=score.maximum)


def _band_term(score: Score) -> Term:
    return Term(score.code + BAND, TermKind.CHOICE, score.label, {band.code: band.label for band in score.bands})


def read_instrument(reader: Reader) -> Instrument:
    """One instrument from content; problems are collected by the reader."""
    code = reader.code()
    shown = reader.one_of("shown", Shown, Shown.CORE)
    items = tuple(_shown(read_item(inner, code), shown) for inner in reader.readers("items", required=True))
    _report_foreign_codes(code, items, reader)
    scores = tuple(_read_score(inner, items) for inner in reader.readers("scores"))
    instrument = Instrument(
        code=code,
        version=reader.integer("version"),
        title=reader.needed_text("title"),
        help=reader.text("help", required=False),
        direction=reader.needed_one_of("direction", Direction),
        shown=shown,
        regions=reader.strings("regions"),
        items=items,
        scores=scores,
        groups=_read_groups(reader),
        entered=tuple(_shown(item, shown) for item in _entered_items(reader, scores, code)),
        backing=reader.backing(),
        official_words=reader.flag("official_words"),
    )
    reader.close()
    return instrument


def _shown(item: Item, shown: Shown) -> Item:
    return replace(item, shown=Shown.MORE) if shown is Shown.MORE else item


def _report_foreign_codes(code: str, items: tuple[Item, ...], reader: Reader) -> None:
    for position, item in enumerate(items):
        if item.code != code and not item.code.startswith(f"{code}_"):
            reader.problem(f"items[{position}].code", f"'{item.code}' does not begin with '{code}_'")


def _read_groups(reader: Reader) -> tuple[Classified, ...]:
    """`groups` holds one classification, or a list of them."""
    value = reader.raw("groups")
    if value is None:
        return ()
    inners = list(reader.readers("groups")) if isinstance(value, list) else [reader.reader("groups")]
    return tuple(_read_group(inner) for inner in inners)


def _read_group(inner: Reader) -> Classified:
    code = inner.code()
    label = inner.text("label", required=False) or Text(code, code)
    group = Classified(code=code, label=label, backing=inner.backing(), cases=read_cases(inner))
    inner.close()
    return group


def _entered_items(reader: Reader, scores: tuple[Score, ...], instrument: str) -> Iterable[Item]:
    by_code = {score.code: score for score in scores}
    for position, code in enumerate(reader.strings("entered_totals")):
        score = by_code.get(code)
        if score is None:
            reader.problem(f"entered_totals[{position}]", f"'{code}' is not a score of this instrument")
            continue
        yield Item(
            code=code + ENTERED,
            kind=ItemKind.NUMBER,
            label=score.label,
            unit=score.unit,
            minimum=score.minimum,
            maximum=score.maximum,
            decimals=0 if score.method is Method.SUM else 2,
            instrument=instrument,
        )


def _read_score(reader: Reader, items: tuple[Item, ...]) -> Score:
    by_code = {item.code: item for item in items}
    codes = reader.strings("items", required=True)
    if "items" in reader and not codes:
        reader.problem("items", "is missing")
    points = _read_points(reader, by_code)
    score = Score(
        code=reader.code(),
        label=reader.needed_text("label"),
        method=reader.needed_one_of("method", Method),
        items=codes,
        points=points,
        most={code: _most_points(by_code[code], points.get(code)) for code in codes if code in by_code},
        minimum=reader.number("minimum") or 0,
        maximum=reader.number("maximum") or 0,
        missing_allowed=reader.integer("missing_allowed", required=False),
        scale_to=reader.number("scale_to", required=False) or 0,
        unit=reader.string("unit", required=False),
        relevant_change=tuple(_read_threshold(inner) for inner in reader.readers("relevant_change")),
        bands=read_bands(reader) if "bands" in reader else (),
        backing=reader.backing(),
    )
    _report_unusable(score, by_code, reader)
    reader.close()
    return score


def _read_threshold(inner: Reader) -> Threshold:
    kind, value = inner.needed_one_of("kind", ThresholdKind), inner.number("value") or 0
    threshold = Threshold(kind, value, inner.backing())
    if value <= 0:
        inner.problem("value", "must be more than 0")
    inner.close()
    return threshold


_WITH_POINTS = (ItemKind.YES_NO, ItemKind.SCALE, ItemKind.CHOICE)  # one answer of few, each worth what a table says


def _report_unusable(score: Score, items: Mapping[str, Item], reader: Reader) -> None:
    for position, code in enumerate(score.items):
        if code not in items:
            reader.problem(f"items[{position}]", f"'{code}' is not an item of this instrument")
        elif not _has_points(items[code], score.points.get(code)):
            reader.problem(f"items[{position}]", f"'{code}' has answers without points")
    if score.method is Method.SUM_SCALED:
        _report_unscalable(score, reader)
    if score.minimum >= score.maximum:
        reader.problem("minimum", "must be less than the maximum")


def _report_unscalable(score: Score, reader: Reader) -> None:
    """Report what leaves no most to take a share of."""
    if score.scale_to <= 0:
        reader.problem("scale_to", "is needed for the method sum_scaled")
    if any(most <= 0 for most in score.most.values()):
        reader.problem("points", "must be more than 0")


def _has_points(item: Item, table: Mapping[Value, float] | None) -> bool:
    if table is not None:
        return item.kind in _WITH_POINTS and set(_answers_of(item)) <= set(table)
    return item.kind in (ItemKind.YES_NO, ItemKind.NUMBER, ItemKind.SCALE)


def _answers_of(item: Item) -> list[Value]:
    if item.kind is ItemKind.YES_NO:
        return [True, False]
    if item.kind is ItemKind.SCALE:
        return list(range(int(item.minimum or 0), int(item.maximum or 0) + 1))
    return [choice.code for choice in item.choices]


def _least_points(item: Item, table: Mapping[Value, float] | None) -> float:
    if table:
        return min(table.values())
    return 0 if item.kind is ItemKind.YES_NO else item.minimum or 0


def _most_points(item: Item, table: Mapping[Value, float] | None) -> float:
    if table:
        return max(table.values())
    return 1 if item.kind is ItemKind.YES_NO else item.maximum or 0


def _read_points(reader: Reader, items: Mapping[str, Item]) -> dict[str, Mapping[Value, float]]:
    """Points per item and answer. A list of answers per item code; yes and no may be written as such."""
    value = reader.typed("points", Mapping, "items with the points of their answers", required=False) or {}
    return {
        code: _points_of_item(table, items.get(code), f"{reader.at('points')}.{code}", reader.problems)
        for code, table in value.items()
    }


def _points_of_item(table: object, item: Item | None, path: str, problems: Problems) -> dict[Value, float]:
    if item is None or not isinstance(table, Mapping):
        problems.add(path, "expected the points per answer of an item of this instrument")
        return {}
    possible = {_written(answer): answer for answer in _answers_of(item)}
    found: dict[Value, float] = {}
    for key, points in table.items():
        if _written(key) in possible and isinstance(points, int | float):
            found[possible[_written(key)]] = points
        else:
            problems.add(f"{path}.{_written(key)}", "expected an answer of the item with a number of points")
    return found


def _written(answer: object) -> str:
    """An answer as it reads in content, where YAML takes yes and no for true and false."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return str(answer)
