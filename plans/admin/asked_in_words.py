"""Questions and instruments of a questionnaire in words, in the language of whoever reads the back office."""

from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake.domain.conditions import Condition, Terms
from intake.domain.instruments import Instrument, Method, Score, ThresholdKind
from intake.domain.items import Item, Required
from intake.domain.questionnaire import Questionnaire
from plans.admin.saying import EVIDENCE_WORDS
from plans.forms.asking import KINDS
from plans.forms.instruments import DIRECTIONS

REQUIRED = {
    Required.ALWAYS: gettext_lazy("required"),
    Required.DIRECT_ACCESS: gettext_lazy("required with direct access"),
    Required.REFERRAL: gettext_lazy("required with a referral"),
}
METHODS = {
    Method.SUM: gettext_lazy("the sum of the points"),
    Method.MEAN: gettext_lazy("the mean of the points"),
    Method.SUM_SCALED: gettext_lazy("the points as a share of the most that is possible"),
}
CHANGES = {
    ThresholdKind.ABSOLUTE: gettext_lazy("%(value)s points"),
    ThresholdKind.PERCENT: gettext_lazy("%(value)s percent of the first score"),
}


def row_of(item: Item, terms: Terms) -> dict[str, Any]:
    """One question in a list, in the reader's language."""
    language = get_language() or "nl"

    def sentence(condition: Condition | None) -> str:
        return condition.describe(language, terms) if condition else ""

    return {
        "item": item,
        "label": item.label.in_language(language),
        "help": item.help.in_language(language) if item.help else "",
        "kind": KINDS[item.kind],
        "choices": [choice.label.in_language(language) for choice in item.choices],
        "required": REQUIRED.get(item.required, ""),
        "core_when": sentence(item.core_when),
        "ask_when": sentence(item.ask_when),
    }


def instrument_in_words(instrument: Instrument, asked: Questionnaire) -> dict[str, Any]:
    """An instrument with its scores, its questions and on what it rests."""
    language = get_language() or "nl"
    scores = instrument.scores
    cited = dict.fromkeys(key for one in (instrument, *scores) for key in one.backing.sources)
    return {
        "instrument": instrument,
        "title": instrument.title.in_language(language),
        "help": instrument.help.in_language(language) if instrument.help else "",
        "direction": DIRECTIONS[instrument.direction.value],
        "scores": [_score(score) for score in scores],
        "sources": [(key, asked.sources.get(key, {})) for key in cited],
        "rows": [row_of(item, asked.terms) for item in instrument.items],
    }


def _score(score: Score) -> dict[str, Any]:
    """A score: between which numbers, how it is computed, from how much on a change matters, and its bands."""
    language = get_language() or "nl"
    return {
        "code": score.code,
        "label": score.label.in_language(language),
        "bounds": _("%(low)s to %(high)s") % {"low": f"{score.minimum:g}", "high": f"{score.maximum:g}"},
        "method": METHODS[score.method],
        "questions": len(score.items),
        "missing": score.missing_allowed,
        "changes": [
            {
                "words": CHANGES[one.kind] % {"value": f"{one.value:g}"},
                "evidence": EVIDENCE_WORDS[one.backing.evidence.value] if one.backing.evidence else "",
                "sources": one.backing.sources,
            }
            for one in score.relevant_change
        ],
        "bands": [(_edge(band.below, band.up_to), band.label.in_language(language)) for band in score.bands],
    }


def _edge(below: float | None, up_to: float | None) -> str:
    """Where a band ends."""
    if below is not None:
        return _("below %(number)s") % {"number": f"{below:g}"}
    return _("the rest") if up_to is None else _("up to %(number)s") % {"number": f"{up_to:g}"}
