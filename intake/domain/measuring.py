"""Outcome measures taken more than once: what is asked again, and what a change says. Pure.

A change is called relevant only against a threshold that somebody read in its source. Where there is none, the sentence
says so. A score that cannot be computed is absent: it is never zero, and nothing is drawn or said in its place.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.conditions import Value
from intake.domain.instruments import Change, Direction, Instrument, Score, Threshold, ThresholdKind
from intake.domain.items import Item, ItemKind
from intake.domain.phrases import value_in_words
from intake.domain.reading import Evidence
from intake.domain.text import Text

VERIFIED = frozenset({Evidence.VERIFIED, Evidence.VERIFIED_SECONDARY})
TEXTS = frozenset({ItemKind.TEXT, ItemKind.LONG_TEXT})
Sources = Mapping[str, Mapping[str, Any]]


def subjects(instrument: Instrument) -> dict[str, str]:
    """For each question that the patient gives a subject its text: one that stands right before it, by code.

    So the activity that a patient names is what the score after it is about.
    """
    pairs = zip(instrument.items, instrument.items[1:], strict=False)
    return {item.code: text.code for text, item in pairs if text.kind in TEXTS and item.kind not in TEXTS}


def asked_again(instrument: Instrument, earlier: Mapping[str, Any]) -> tuple[Item, ...]:
    """The questions to ask once more after `earlier` answers: those that stand on the page or were answered then.

    A subject that the patient named stays as it was, so it is not asked again. An instrument of which nothing was
    answered is asked as the content shows it.
    """
    named = {code for code in subjects(instrument).values() if earlier.get(code)}
    items = (item for item in instrument.all_items if item.code in earlier or _is_open(item, instrument, earlier))
    return tuple(item for item in items if item.code not in named)


def _is_open(item: Item, instrument: Instrument, earlier: Mapping[str, Any]) -> bool:
    """Whether a question not answered earlier is asked now; of the subjects that patients choose, those they named."""
    subject = subjects(instrument).get(item.code)
    if subject in earlier:
        return True
    if any(item.code in (code, text) for code, text in subjects(instrument).items()) and earlier:
        return False
    return item.shown is instrument.shown


def measured(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, Value]:
    """The scores of these answers, as `Instrument.compute` gives them.

    A score that leaves out a subject which the patient named is not computable: the mean of fewer activities is
    another measure.
    """
    left_out = {code for code, text in subjects(instrument).items() if answers.get(text) and code not in answers}
    short = {score.code for score in instrument.scores if left_out & set(score.items)}
    return {code: value for code, value in instrument.compute(answers).items() if code not in short}


@dataclass(frozen=True, slots=True)
class Point:
    """One score at one moment; `value` is None where it could not be computed."""

    on: dt.date
    value: float | None
    moment: str = "interim"


@dataclass(frozen=True, slots=True)
class Course:
    """One score over time: its points in order, of which the first is the start, and the target agreed on, if any."""

    instrument: Instrument
    score: Score
    points: tuple[Point, ...]
    target: float | None = None

    @property
    def baseline(self) -> float | None:
        """The score at the start."""
        return self.points[0].value if self.points else None

    @property
    def latest(self) -> Point | None:
        """The last point, if anything was measured after the start."""
        return self.points[-1] if len(self.points) > 1 else None

    @property
    def now(self) -> float | None:
        """The last score that could be computed."""
        return next((point.value for point in reversed(self.points) if point.value is not None), None)

    @property
    def change(self) -> "ScoreChange":
        """From the start to the last point."""
        return ScoreChange(self.score, self.instrument.direction, self.baseline, self.points[-1].value)


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What happened to one score between two moments."""

    score: Score
    direction: Direction
    before: float | None
    now: float | None

    @property
    def better(self) -> float | None:
        """How many points better it is now; less than zero when it is worse, None when that cannot be said."""
        if self.before is None or self.now is None:
            return None
        lower = self.direction is Direction.LOWER_IS_BETTER
        return round(self.before - self.now if lower else self.now - self.before, 2)

    @property
    def verdict(self) -> Change:
        """Whether it is a relevant change; not computable when no verified threshold can tell."""
        known = verified_thresholds(self.score)
        if self.before is None or self.now is None or not known:
            return Change.NOT_COMPUTABLE
        if not any(threshold.reached(self.before, self.now) for threshold in known):
            return Change.NOT_RELEVANT
        return Change.IMPROVED if (self.better or 0) > 0 else Change.WORSE

    def sentence(self, language: str, sources: Sources) -> str:
        """The change in words: from what to what, better or worse, and whether that is relevant by which source."""
        return " ".join(part.in_language(language) for part in self._parts(sources))

    def _parts(self, sources: Sources) -> list[Text]:
        label = self.score.label
        if self.now is None:
            return [
                _said(label, "niet te berekenen: niet alles is beantwoord.", "not computable: not all was answered.")
            ]
        if self.before is None:
            nl, en = _number(self.now)
            return [_said(label, f"{nl}. Er is geen beginscore.", f"{en}. There is no score of the start.")]
        return [self._from_to(label), self._relevance(sources)]

    def _from_to(self, label: Text) -> Text:
        before, now = _number(self.before), _number(self.now)
        better = self.better or 0
        if not better:
            return _said(label, f"nog steeds {now[0]}.", f"still {now[1]}.")
        points = _points(abs(better))
        word = ("beter", "better") if better > 0 else ("slechter", "worse")
        return _said(
            label,
            f"van {before[0]} naar {now[0]}, {points.nl} {word[0]}.",
            f"from {before[1]} to {now[1]}, {points.en} {word[1]}.",
        )

    def _relevance(self, sources: Sources) -> Text:
        """What the thresholds say of it. Standing still needs no threshold."""
        known = verified_thresholds(self.score)
        if not known:
            return Text(
                "Voor deze score is geen geverifieerde drempel voor een relevante verandering.",
                "For this score there is no verified threshold of a relevant change.",
            )
        rule = relevant_change_in_words(self.score, sources)
        if self.verdict is Change.NOT_RELEVANT:
            return Text(f"Geen relevante verandering ({rule.nl}).", f"Not a relevant change ({rule.en}).")
        return Text(f"Een relevante verandering ({rule.nl}).", f"A relevant change ({rule.en}).")


def _said(label: Text, nl: str, en: str) -> Text:
    return Text(f"{label.nl}: {nl}", f"{label.en}: {en}")


def _number(value: float | None) -> tuple[str, str]:
    return value_in_words(value, None, "nl"), value_in_words(value, None, "en")


def _points(number: float) -> Text:
    nl, en = _number(number)
    return Text(f"{nl} {'punt' if number == 1 else 'punten'}", f"{en} {'point' if number == 1 else 'points'}")


def verified_thresholds(score: Score) -> tuple[Threshold, ...]:
    """The thresholds that were read in a source, and so may call a change relevant."""
    return tuple(each for each in score.relevant_change if each.backing.evidence in VERIFIED and each.backing.sources)


def relevant_change_in_words(score: Score, sources: Sources) -> Text:
    """From how much on a change is relevant, and who says so; only for a score that has a verified threshold."""
    known = verified_thresholds(score)
    names = _source_names(known, sources)
    nl = " of ".join(_threshold(each).nl for each in known)
    en = " or ".join(_threshold(each).en for each in known)
    return Text(f"vanaf {nl}; {names}", f"from {en}; {names}")


def _threshold(threshold: Threshold) -> Text:
    if threshold.kind is ThresholdKind.PERCENT:
        nl, en = _number(threshold.value)
        return Text(f"{nl}%", f"{en}%")
    return _points(threshold.value)


def _source_names(thresholds: Iterable[Threshold], sources: Sources) -> str:
    """The sources by who wrote them and when: "Ostelo et al. 2008". One source that all share is enough."""
    each = [threshold.backing.sources for threshold in thresholds]
    shared = [key for key in each[0] if all(key in others for others in each)]
    keys = shared[-1:] or dict.fromkeys(key for keys in each for key in keys)
    return ", ".join(_source_name(key, sources.get(key, {})) for key in keys)


def _source_name(key: str, source: Mapping[str, Any]) -> str:
    who = str(source.get("title", key.replace("_", " "))).split(",")[0].strip()
    return f"{who} {source['year']}" if source.get("year") else who


def relevant_from(score: Score, direction: Direction, baseline: float | None) -> float | None:
    """The first score, coming from the baseline, at which a patient is relevantly better; None where there is none."""
    if baseline is None:
        return None
    sign = -1 if direction is Direction.LOWER_IS_BETTER else 1
    steps = (_step(threshold, baseline) for threshold in verified_thresholds(score))
    step = min((step for step in steps if step > 0), default=None)
    if step is None:
        return None
    line = round(baseline + sign * step, 2)
    return line if score.minimum <= line <= score.maximum else None


def _step(threshold: Threshold, baseline: float) -> float:
    return threshold.value if threshold.kind is ThresholdKind.ABSOLUTE else abs(baseline) * threshold.value / 100


def attained(baseline: float | None, now: float | None, target: float | None) -> float | None:
    """What part of the way from baseline to target is gone: 0 none, 1 all; below 0 when it went the other way."""
    if baseline is None or now is None or target is None or baseline == target:
        return None
    return round((now - baseline) / (target - baseline), 2)
